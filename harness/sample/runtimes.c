/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/runtimes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/results/names.h"
#include "harness/sample/machine.h"
#include "harness/sample/reference.h"
#include "harness/sample/reference_judge.h"
#include "harness/sample/tree.h"
#include "workloads/clock.h"

/* A program that did not start so often is not tried again. */
enum { TRIES = 3 };

struct runtime {
    struct reference reference;
    bool running;
    char version[sizeof((struct reference){0}.runtime)]; /* "": not started */
    unsigned starts, failures; /* failures: in sequence */
    char why[192];             /* it did not start */
};

struct runtimes {
    struct runtime *all; /* [n_reference_programs] */
};

/* A sample that is being taken. */
struct taking {
    const struct sampler *sampler;
    struct runtime *runtime;
    struct cell *cell;
    const struct reference_offer *offer;
    struct sample *s;
    struct reference_task task;
    bool first; /* request of the cell since the program was started */
    char url[64 + NUMBERED_MAX_TARGET];
};

struct runtimes *runtimes_create(void)
{
    struct runtimes *r = calloc(1, sizeof(*r));

    if (r)
        r->all = calloc(n_reference_programs, sizeof(*r->all));
    if (r && r->all)
        return r;
    free(r);
    return NULL;
}

void runtimes_destroy(struct runtimes *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < n_reference_programs; i++)
        if (r->all[i].running)
            reference_end(&r->all[i].reference);
    free(r->all);
    free(r);
}

void runtimes_each(const struct runtimes *r,
                   void (*take)(void *context, const char *program,
                                const char *runtime),
                   void *context)
{
    for (size_t i = 0; i < n_reference_programs; i++)
        if (r->all[i].version[0])
            take(context, reference_programs[i].name, r->all[i].version);
}

/* Its program is gone; another one is started for the next sample. */
static int fail(struct taking *t, enum status status, int error,
                const char *text)
{
    struct runtime *r = t->runtime;

    if (r->running)
        reference_end(&r->reference);
    r->running = false;
    if (error == -EINTR)
        return error;
    t->s->status = status;
    snprintf(t->s->text, sizeof(t->s->text), "%s", text);
    return 1;
}

/* 0; 1: the sample failed; or -EINTR. */
static int start(struct taking *t)
{
    struct runtime *r = t->runtime;
    int error;

    if (r->running)
        return 0;
    if (r->failures >= TRIES)
        return fail(t, STATUS_FAILED, 0, r->why);
    error =
        reference_start(&r->reference, &reference_programs[t->offer->program],
                        t->sampler->pin, r->why, sizeof(r->why));
    if (error) {
        reference_end(&r->reference);
        r->failures++;
        return fail(t, STATUS_FAILED, error, r->why);
    }
    r->running = true;
    strcpy(r->version, r->reference.runtime);
    r->failures = 0;
    r->starts++;
    program_pause(&r->reference.process);
    return 0;
}

/* The table and READY have to agree on what a wrong result means. */
static int check_offer(const struct taking *t)
{
    const struct cell *c = t->cell;
    char offer[160];

    snprintf(offer, sizeof(offer), "%s/%s:%s", c->workload->name,
             t->offer->model,
             cell_promised_exact(c->workload, c->model) ? "exact" : "may-lose");
    if (reference_has(&t->runtime->reference, offer))
        return 0;
    t->s->status = STATUS_FAILED;
    snprintf(t->s->text, sizeof(t->s->text), "its READY has no %.100s", offer);
    return 1;
}

static uint64_t parameter(const struct cell *cell, const char *name)
{
    int at = workload_parameter(cell->workload, name);

    return at < 0 ? 0 : cell->setup.values[at];
}

/* New pages for each request: no answer is known from an earlier one. */
static int aim(struct taking *t)
{
    static const enum numbered_kind kinds[] = {[ANSWER_SUM] = NUMBERED_PAGE,
                                               [ANSWER_TITLES] = NUMBERED_PLAIN,
                                               [ANSWER_BYTES] = NUMBERED_BULK};
    const struct cell *c = t->cell;
    char target[NUMBERED_MAX_TARGET];

    strcpy(t->url, "-");
    if (!c->workload->kind->served)
        return 0;
    t->task.secret = t->sampler->origin->secret;
    t->task.nonce = (struct nonce){
        .seed = gsl_rng_get(t->sampler->random),
        .bytes = parameter(c, "bytes"),
        .latency_ms = parameter(c, "latency-ms"),
    };
    numbered_target(&t->task.nonce, kinds[c->workload->answer], target);
    snprintf(t->url, sizeof(t->url), "http://%s%s", c->setup.host, target);
    return origin_mark(t->sampler->origin);
}

static uint64_t patience_ns(const struct cell *cell, uint64_t repetitions)
{
    uint64_t each = cell->iteration_ns
                        ? cell->iteration_ns
                        : cell->workload->patience_ns(&cell->setup);

    return 10 * NS_PER_S + 10 * each * repetitions;
}

static int view_origin(struct taking *t)
{
    struct origin_view *view = &t->task.origin;
    struct sample *s = t->s;
    int error = origin_look(t->sampler->origin, view);

    s->origin_peak = view->peak;
    s->origin_requests = view->requests;
    s->origin_delay_us = view->delay_us;
    s->origin_cpu_ns = view->cpu_ns;
    s->late_ns = view->late_ns;
    return error;
}

static int ask(struct taking *t, struct reference_answer *answer)
{
    const struct cell *c = t->cell;
    const struct workload *w = c->workload;
    uint64_t tasks =
        w->kind->served ? w->items(&c->setup) : w->tasks(&c->setup);
    struct reference_request q = {
        .workload = w->name,
        .model = t->offer->model,
        .n = tasks,
        .m = w->kind->served ? t->task.nonce.bytes * (w->answer == ANSWER_BYTES)
                             : w->items(&c->setup) / tasks,
        .repetitions = t->task.repetitions,
        .url = t->url,
        .deadline_ns = clock_ns() + patience_ns(c, t->task.repetitions),
    };
    char why[192];
    int error =
        reference_ask(&t->runtime->reference, &q, answer, why, sizeof(why));

    if (!error)
        return 0;
    if (error == -EREMOTE) {
        snprintf(why, sizeof(why), "it refused: %.160s", answer->refusal);
        t->s->status = STATUS_FAILED;
        snprintf(t->s->text, sizeof(t->s->text), "%s", why);
        return 1;
    }
    return fail(t, clock_ns() >= q.deadline_ns ? STATUS_HUNG : STATUS_CRASHED,
                error, why);
}

/* What it may not do between and behind its requests. */
static void audit(struct taking *t, const struct tree *before,
                  const struct tree *after, uint64_t idle_ns)
{
    struct sample *s = t->s;

    /* A runtime may start helpers for its first request of a kind. */
    if (!t->first && after->processes > before->processes)
        s->children_left = after->processes - before->processes;
    s->stopped_cpu_ns = idle_ns;
    if (!idle_ns && !s->children_left)
        return;
    s->status = STATUS_WRONG;
    s->broken_iterations += !s->broken_iterations;
    if (idle_ns && !s->text[0])
        snprintf(s->text, sizeof(s->text),
                 "it used %.3g ms of CPU time between two requests, while it "
                 "was stopped",
                 (double)idle_ns / 1e6);
    else if (!s->text[0])
        snprintf(s->text, sizeof(s->text), "child processes are left open");
}

static void measure(struct taking *t, const struct reference_answer *answer,
                    const struct tree *before, const struct tree *after)
{
    double k = (double)t->task.repetitions;
    struct sample *s = t->s;

    s->iterations = t->task.repetitions;
    s->inside_ns = answer->heard_ns - answer->sent_ns;
    s->real_ns = (double)s->inside_ns / k;
    s->clock_ns = s->real_ns;
    s->own_ns = (double)answer->own_ns / k;
    s->cpu_ns = after->cpu_ns > before->cpu_ns
                    ? (double)(after->cpu_ns - before->cpu_ns) / k
                    : 0;
    s->peak_rss_bytes = after->peak_bytes;
    if (t->cell->workload->kind->served)
        s->tally.begun = s->tally.by[OUTCOME_OK] =
            s->items * t->task.repetitions;
}

/* Threads of the program go on a moment after the signal. */
static const struct timespec settling = {.tv_nsec = 1000000};

/*
 * One request of so many repetitions.  0 with *t->s filled; 1: it failed, and
 * t->s says why; or -errno.
 */
static int request(struct taking *t, uint64_t repetitions)
{
    struct program *p = &t->runtime->reference.process;
    struct reference_answer answer = {0};
    struct tree before, after;
    uint64_t idle_ns = program_resume(p);
    int error;

    nanosleep(&settling, NULL);
    t->task.repetitions = repetitions;
    error = aim(t);
    tree_reset_peak(p->child.pid);
    tree_look(p->child.pid, &before);
    if (!error)
        error = ask(t, &answer);
    if (t->runtime->running) {
        tree_look(p->child.pid, &after);
        program_pause(p);
    }
    if (!error && t->cell->workload->kind->served)
        error = view_origin(t);
    if (!error) {
        measure(t, &answer, &before, &after);
        if (!reference_judge(&t->task, &answer, t->s))
            audit(t, &before, &after, idle_ns);
    }
    free(answer.fields);
    return error;
}

/* Results have to fit into a line, and times of single requests vary. */
static uint64_t most_repetitions(const struct taking *t)
{
    uint64_t each = t->cell->workload->answer == ANSWER_TITLES
                        ? t->s->items * BLOG_MAX_TITLE
                        : 24;
    uint64_t most = PROGRAM_LINE / 2 / each;

    return most ? most : 1;
}

/*
 * The first requests warm the program up; the count of repetitions is settled
 * by one that takes about as long as a sample.
 */
static int calibrate(struct taking *t)
{
    enum { STEPS = 6 };
    uint64_t target = t->sampler->target_ns, most = most_repetitions(t);
    uint64_t k = 1;
    int error = 0;

    for (int i = 0; i < STEPS && !error; i++) {
        *t->s = (struct sample){0};
        sampler_identify(t->cell, t->s);
        t->first = i == 0;
        error = request(t, k);
        if (error || t->s->status == STATUS_FAILED)
            return error;
        if (i && (t->s->inside_ns * 5 >= target * 4 || k == most))
            break;
        k = 1 + (target + target / 10) / (1 + (uint64_t)t->s->real_ns);
        k = k < most ? k : most;
    }
    t->cell->iteration_ns = (uint64_t)t->s->real_ns + 1;
    t->cell->iterations = k;
    t->cell->warmed = t->runtime->starts;
    return 0;
}

/* A program that was started anew is not warm. */
static int measure_warm(struct taking *t)
{
    struct sample first = *t->s;
    int error = 0;

    if (t->cell->warmed != t->runtime->starts) {
        t->first = true;
        error = request(t, 1);
        *t->s = error > 0 ? *t->s : first;
    }
    t->cell->warmed = t->runtime->starts;
    t->first = false;
    return error ? error : request(t, t->cell->iterations);
}

static int take(struct taking *t)
{
    int error = start(t);

    if (!error)
        error = check_offer(t);
    if (!error)
        error = t->cell->iterations ? measure_warm(t) : calibrate(t);
    if (error == -EPIPE || error == -ETIMEDOUT || error == -EINTR)
        return error;
    return error < 0 ? error : 0;
}

int runtimes_take(struct runtimes *r, const struct sampler *sampler,
                  struct cell *cell, struct sample *ret)
{
    const struct reference_offer *offer = reference_offer(cell->model);
    uint64_t begin_ns = clock_ns(), steal = machine_steal();
    double load = machine_load();
    struct sample s = {0};
    struct taking t = {.sampler = sampler,
                       .runtime = &r->all[offer->program],
                       .cell = cell,
                       .offer = offer,
                       .s = &s,
                       .task.cell = cell};
    int error;

    sampler_identify(cell, &s);
    error = take(&t);
    if (error)
        return error;
    s.load1 = load;
    s.start_ns = begin_ns - sampler->start_ns;
    s.wall_ns = clock_ns() - begin_ns;
    s.steal_ticks = machine_steal() - steal;
    *ret = s;
    return 0;
}
