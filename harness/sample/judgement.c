/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The status of a sample: how its process ended, and what its results are. */
#include "harness/sample/judgement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "harness/results/histogram.h"
#include "harness/results/names.h"
#include "harness/results/text.h"
#include "workloads/clock.h"

/* Findings, and the times of all items that they are of. */
struct timed {
    struct findings findings; /* first */
    struct times {
        struct histogram histogram;
        uint64_t longest;
    } whole, first_byte, noticed;
};

static void add_time(struct times *t, uint64_t ns)
{
    histogram_add(&t->histogram, ns);
    if (ns > t->longest)
        t->longest = ns;
}

static void take_time(struct findings *f, uint64_t ns, uint64_t first_ns)
{
    struct timed *t = (struct timed *)f;

    add_time(&t->whole, ns);
    if (first_ns)
        add_time(&t->first_byte, first_ns);
}

static void take_noticed(struct findings *f, uint64_t ns)
{
    add_time(&((struct timed *)f)->noticed, ns);
}

static void judge_slots(const struct cell *cell, const struct slots *r,
                        size_t first, size_t end, struct findings *f)
{
    for (size_t i = first; i < end && i < r->n; i++)
        cell->workload->judge(cell->workload, &cell->setup, cell->expected,
                              r->bytes + i * r->stride, f);
}

/* A defect, whatever was promised. */
static void condemn(struct sample *s, const char *words)
{
    s->status = STATUS_WRONG;
    s->broken_iterations += s->broken_iterations == 0;
    if (!s->text[0])
        snprintf(s->text, sizeof(s->text), "%s", words);
}

/* 0 where there were too few times. */
static double percentile(const struct times *t, unsigned permille)
{
    double ns = 0;

    if (permille == 1000)
        return (double)t->longest;
    return histogram_percentile(&t->histogram, permille, &ns) ? ns : 0;
}

static void measure(const struct kind *kind, const struct timed *t,
                    struct sample *s)
{
    const struct findings *f = &t->findings;
    double *values = sample_metrics(s, kind);

    for (size_t i = 0; i < kind->n_metrics; i++) {
        const struct metric *m = &kind->metrics[i];
        bool mean = m->mean && f->iterations;

        values[i] = m->permille
                        ? percentile(m->first_byte ? &t->first_byte
                                     : m->noticed  ? &t->noticed
                                                   : &t->whole,
                                     m->permille)
                        : f->metrics[i] / (mean ? (double)f->iterations : 1);
        if (m->per_second)
            values[i] = s->real_ns > 0 ? values[i] * 1e9 / s->real_ns : 0;
    }
    s->latency_histogram = histogram_keep(&t->whole.histogram);
    s->first_byte_histogram = histogram_keep(&t->first_byte.histogram);
}

static bool has_timeouts(const struct tally *t)
{
    return t->by[OUTCOME_CONNECT_TIMEOUT] || t->by[OUTCOME_HEADER_TIMEOUT] ||
           t->by[OUTCOME_BODY_TIMEOUT];
}

/* Whether a deadline was missed, the warm-up's included. */
static bool judge(const struct cell *cell, const struct slots *r,
                  struct sample *s)
{
    struct findings warm = {0}, f;
    struct timed timed = {.findings.take_time = take_time,
                          .findings.take_noticed = take_noticed};

    judge_slots(cell, r, 0, !cell_is_cold(cell), &warm);
    judge_slots(cell, r, 1, 1 + s->iterations, &timed.findings);
    f = timed.findings;
    s->wrong_iterations = f.wrong_iterations;
    s->broken_iterations = f.broken_iterations;
    measure(cell->workload->kind, &timed, s);
    s->lost_updates = f.lost_updates;
    s->errors = f.errors;
    s->tally = f.tally;
    s->peak = f.peak > warm.peak ? f.peak : warm.peak;
    s->inner_ns =
        s->iterations ? (double)f.inner_ns / (double)s->iterations : 0;
    snprintf(s->text, sizeof(s->text), "%s", f.text);
    s->status = f.wrong_iterations ? STATUS_WRONG : STATUS_OK;
    if (warm.broken_iterations ||
        (warm.wrong_iterations &&
         cell_promised_exact(cell->workload, cell->model)))
        condemn(s, warm.text);
    return has_timeouts(&warm.tally) || has_timeouts(&f.tally);
}

/* How many work at once in this cell, as the model declares. */
static uint64_t declared_width(const struct cell *cell)
{
    struct ability a = model_ability(cell->model, cell->workload->kind);

    return ability_at_once(
        &a, cell->workload->tasks(&cell->setup),
        workload_workers(cell->workload, cell->setup.values));
}

/* Did as many work at once as the model declares? */
static void audit(const struct cell *cell, bool origin, struct sample *s)
{
    struct ability a = model_ability(cell->model, cell->workload->kind);
    bool counted = origin && cell->workload->kind->served && !a.in_memory;
    uint64_t seen = counted ? s->origin_peak : s->peak;
    uint64_t requests = cell->workload->requests
                            ? cell->workload->requests(&cell->setup)
                            : s->items;
    uint64_t at_once = declared_width(cell);

    if (seen > at_once)
        s->audit |= AUDIT_OVERLAPPING;
    if ((!cell->workload->tells_width ||
         cell->workload->tells_width(&cell->setup)) &&
        seen * 2 < at_once)
        s->audit |= AUDIT_SERIALISED;
    if (counted && s->errors == 0 &&
        s->origin_requests < requests * (s->iterations + !cell_is_cold(cell)))
        condemn(s, "the origin saw fewer requests than pages");
    if (counted && s->inside_ns && s->origin_cpu_ns * 10 > s->inside_ns * 7)
        s->audit |= AUDIT_ORIGIN_BOUND;
}

static void describe_end(const struct cell *cell, const struct observer *o,
                         const struct slots *r,
                         const struct cell_report *report, struct sample *s)
{
    uint64_t all = !cell_is_cold(cell) + cell->iterations;
    struct findings f = {0};
    const struct child *child = o->child;
    char end[80];

    if (report->error) {
        s->status = STATUS_FAILED;
        snprintf(s->text, sizeof(s->text), "the model gave up: %s %.100s",
                 strerror(-report->error), report->refused);
        return;
    }
    judge_slots(cell, r, cell_is_cold(cell), 1 + cell->iterations, &f);
    s->status = child->hung ? STATUS_HUNG : STATUS_CRASHED;
    child_describe_end(child, end, sizeof(end));
    if (!child->hung && !WIFSIGNALED(child->wait_status)) {
        snprintf(s->text, sizeof(s->text), "ended early: %s", end);
        return;
    }
    snprintf(s->text, sizeof(s->text),
             "%s, %" PRIu64 " of %" PRIu64 " iterations done", end,
             f.iterations - f.wrong_iterations, all);
    if (child->hung)
        observer_describe(o, s->text, sizeof(s->text));
    text_add(s->text, sizeof(s->text), "; %.80s", f.text);
}

/* Whether the process speaks this protocol, with results of this size. */
static bool is_understood(const struct slots *r,
                          const struct cell_report *report, struct sample *s)
{
    if (report->schema != CELL_SCHEMA)
        snprintf(s->text, sizeof(s->text),
                 report->schema ? "it speaks `baton cell` of schema %" PRIu64
                                : "it does not speak `baton cell`: is it a "
                                  "build of Baton?",
                 report->schema);
    else if (report->results_bytes && report->results_bytes != r->stride)
        snprintf(s->text, sizeof(s->text),
                 "its results take %" PRIu64 " bytes, not %zu: it was built "
                 "from too different a version",
                 report->results_bytes, r->stride);
    else
        return true;
    s->status = STATUS_FAILED;
    return false;
}

/* Another count is another amount of work, however long it took. */
static bool is_other_work(const struct cell *cell, struct sample *s)
{
    if (s->iterations == cell->iterations)
        return false;
    snprintf(s->text, sizeof(s->text),
             "it made %" PRIu64 " iterations, not %" PRIu64, s->iterations,
             cell->iterations);
    s->status = STATUS_FAILED;
    return true;
}

/* A clock that only goes forward cannot report this. */
static bool is_impossible(struct sample *s)
{
    double timed_ns = s->real_ns * (double)s->iterations;

    if (timed_ns > 0 && timed_ns <= (double)s->wall_ns)
        return false;
    s->status = STATUS_FAILED;
    if (!(timed_ns > 0)) {
        snprintf(s->text, sizeof(s->text), "it reported no time");
        return true;
    }
    snprintf(s->text, sizeof(s->text),
             "it timed %.3g s in a process that lived for %.3g s: a clock "
             "stepped",
             timed_ns / 1e9, (double)s->wall_ns / 1e9);
    return true;
}

/*
 * A timer was late, or a thread of the sample waited for a CPU, for longer than
 * `bound_ns`: the machine may be the reason for what was found (`text`), so
 * that the model cannot be judged.  Threads that wait for each other's CPU are
 * no such reason: a wait counts as far as other processes used the CPUs.  Of a
 * deadline or a limit, the bound is a quarter; 0: there is none.
 */
static bool was_disturbed(const struct observer *o, uint64_t bound_ns,
                          const char *text, struct sample *s)
{
    uint64_t wait_ns =
        s->cpu_wait_ns < o->others_ns ? s->cpu_wait_ns : o->others_ns;
    uint64_t delay = s->late_ns > wait_ns ? s->late_ns : wait_ns;
    char found[sizeof(s->text)];

    if (!bound_ns || delay <= bound_ns)
        return false;
    snprintf(found, sizeof(found), "%s", text);
    snprintf(s->text, sizeof(s->text),
             "the machine was busy (timer %" PRIu64 " ms late, %" PRIu64
             " ms of waiting for a CPU): %.90s",
             s->late_ns / NS_PER_MS, s->cpu_wait_ns / NS_PER_MS, found);
    s->status = STATUS_DISTURBED;
    s->audit = 0;
    s->wrong_iterations = s->broken_iterations = s->errors = 0;
    return true;
}

/*
 * Requests overlap only where the first ones are not answered before the last
 * ones are sent: a delay as long as an iteration ends that.  Tasks that count
 * wait for each other at the gate, so that no delay changes how many there are.
 */
static bool has_disturbed_width(const struct cell *cell,
                                const struct observer *o, struct sample *s)
{
    const struct workload *w = cell->workload;
    const char *text = s->audit & AUDIT_OVERLAPPING
                           ? "more requests at once than the model declares"
                           : "fewer requests at once than the model declares";

    return w->kind->served && s->status == STATUS_OK &&
           s->audit & (AUDIT_OVERLAPPING | AUDIT_SERIALISED) &&
           was_disturbed(o, w->expected_ns(&cell->setup, declared_width(cell)),
                         text, s);
}

bool judgement_of(const struct cell *cell, const struct observer *o,
                  const struct slots *r, const struct cell_report *report,
                  bool origin, struct sample *s)
{
    const struct child *child = o->child;
    bool calibration = cell->iterations == 0;

    if (child->hung || !report->ended || child->wait_status != 0) {
        if (child->hung || WIFSIGNALED(child->wait_status) ||
            is_understood(r, report, s))
            describe_end(cell, o, r, report, s);
        if (s->status == STATUS_HUNG)
            was_disturbed(o, (child->deadline_ns - child->spawned_ns) / 4,
                          s->text, s);
        return false;
    }
    if (!is_understood(r, report, s) ||
        (!calibration && (is_other_work(cell, s) || is_impossible(s))))
        return false;
    if (judge(cell, r, s) && s->status == STATUS_WRONG &&
        was_disturbed(
            o, workload_deadline_ns(cell->workload, cell->setup.values) / 4,
            s->text, s))
        return false;
    if (s->children_left)
        condemn(s, "child processes are left open");
    if (!calibration)
        audit(cell, origin, s);
    return calibration || !has_disturbed_width(cell, o, s);
}
