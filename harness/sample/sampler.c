/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sample: starts its process, reads its report, limits its time, judges. */
#include "harness/sample/sampler.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/results/names.h"
#include "harness/sample/cell_protocol.h"
#include "harness/process/child.h"
#include "harness/sample/judgement.h"
#include "harness/sample/machine.h"
#include "harness/sample/observer.h"
#include "harness/sample/slots.h"
#include "harness/sample/taker.h"
#include "workloads/clock.h"

/* In the process that takes the sample. */
enum { RESULTS_FD = 3, TRACE_FD = 4 };

/* What is added to its environment, for free(); NULL: no memory. */
static const char **added_for(const struct cell *cell)
{
    const char *const *own = model_environment(cell->model);
    const char **added;
    size_t n = 0;

    while (own[n])
        n++;
    added = calloc(n + 2, sizeof(*added));
    if (!added)
        return NULL;
    memcpy(added, own, n * sizeof(*added));
    /* What a thread keeps for its next malloc() would count as a leak. */
    if (!cell->iterations || cell->warm)
        added[n] = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0";
    return added;
}

static int start(struct child *child, const struct sampler *sampler,
                 const struct cell *cell, int results_fd)
{
    /* Google Benchmark takes flags from there: BENCHMARK_REPETITIONS, say. */
    static const char *const dropped[] = {"BENCHMARK_", NULL};
    const struct request request = {
        .workload = cell->workload,
        .model = cell->model,
        .setup = cell->setup,
        .iterations = cell->iterations,
        .calibrate_ns = cell->iterations ? 0 : sampler->target_ns,
        .cold = cell_is_cold(cell),
        .results_fd = RESULTS_FD,
        .trace_fd = sampler->trace_fd >= 0 ? TRACE_FD : 0,
    };
    struct arguments arguments;
    struct child_setup setup = {
        .program = sampler->program ? sampler->program : "/proc/self/exe",
        .argv = arguments.argv,
        .dropped = dropped,
        .padding = gsl_rng_uniform_int(sampler->random, CHILD_PADDING),
        /* The trace's is above the others, so that none has replaced it. */
        .fds = (const struct child_fd[]){{results_fd, RESULTS_FD},
                                         {sampler->trace_fd, TRACE_FD},
                                         {-1, -1}},
        .heard = STDOUT_FILENO,
    };
    int error = request_write(&request, sampler->pin, &arguments);
    const char **added;

    if (error)
        return error;
    setup.added = added = added_for(cell);
    error = added ? child_spawn(child, &setup) : -ENOMEM;
    free(added);
    return error;
}

/* A hung one is ended after 10 s, or ten times what can be expected. */
static uint64_t patience_ns(const struct cell *cell)
{
    uint64_t expected_ns = cell->iterations
                               ? cell->iteration_ns * (cell->iterations + 1)
                               : cell->workload->patience_ns(&cell->setup);
    uint64_t limit_ns = 10 * expected_ns;

    return limit_ns < TAKER_LEAST_LIMIT_NS ? TAKER_LEAST_LIMIT_NS : limit_ns;
}

void sampler_identify(const struct cell *cell, struct sample *s)
{
    const struct workload *w = cell->workload;

    machine_host(s->host, sizeof(s->host));
    s->part = 1;
    snprintf(s->workload, sizeof(s->workload), "%s", w->name);
    snprintf(s->model, sizeof(s->model), "%s", cell->model->name);
    cell_parameters(w, cell->setup.values, s->parameters,
                    sizeof(s->parameters));
    s->twin = cell->twin;
    s->most_rounds = cell->most_rounds;
    s->items = w->items(&cell->setup);
    s->extra = cell->extra;
}

static void set_iterations(struct cell *cell, uint64_t target,
                           uint64_t iteration_ns)
{
    uint64_t most = slots_most(cell);
    /* 10 % more, for the calibration may have been slow. */
    uint64_t wanted = target + target / 10;

    cell->iteration_ns = iteration_ns;
    cell->iterations =
        iteration_ns >= target ? 1 : (wanted + iteration_ns - 1) / iteration_ns;
    if (cell->iterations > most)
        cell->iterations = most;
}

/* Counts that only some samples of a cell have are copied to all of them. */
static void share_counts(struct cell *cell, struct sample *s)
{
    if (cell->iterations == 0) {
        cell->heap_left_bytes = s->heap_left_bytes;
        cell->heap_growth_bytes = s->heap_growth_bytes;
    }
    if (!cell_is_cold(cell)) {
        cell->threads_peak = s->threads_peak;
        cell->fds_peak = s->fds_peak;
        cell->children_bytes = s->children_bytes;
    }
    s->heap_left_bytes = cell->heap_left_bytes;
    /* The allocator's cache of a thread grows, too, but has a limit. */
    if (!cell->warm && (cell->iterations < SAMPLER_FEW ||
                        s->heap_growth_bytes > cell->heap_growth_bytes))
        s->heap_growth_bytes = cell->heap_growth_bytes;
    s->threads_peak = cell->threads_peak;
    s->fds_peak = cell->fds_peak;
    s->children_bytes = cell->children_bytes;
    s->peak_rss_bytes += cell->children_bytes;
}

/* Likewise memory, by task. */
static void share_growth(struct cell *cell, const struct cell_report *report,
                         struct sample *s)
{
    const struct workload *w = cell->workload;
    double *values = sample_metrics(s, w->kind);

    if (!cell_is_cold(cell)) {
        cell->own_growth = report->own_growth;
        cell->kernel_growth = report->kernel_growth;
    }
    for (size_t i = 0; i < w->kind->n_metrics; i++) {
        enum growth growth = w->kind->metrics[i].growth;
        double bytes =
            cell->kernel_growth + (growth == GROWTH_ALL ? cell->own_growth : 0);

        if (growth)
            values[i] = bytes / (double)w->tasks(&cell->setup);
    }
}

static size_t threads_kept(const struct cell *cell)
{
    struct ability a = model_ability(cell->model, cell->workload->kind);
    bool offloads = workload_offloads(cell->workload, cell->setup.values);

    return a.keeps_threads + (offloads ? a.offload_keeps_threads : 0);
}

/* The sample is made of the child's report and of its results. */
static void conclude(const struct sampler *sampler, struct cell *cell,
                     const struct observer *o, const struct slots *r,
                     struct sample *s)
{
    size_t kept = threads_kept(cell);
    bool calibration = cell->iterations == 0, judged;
    struct cell_report report;

    cell_parse_report(o->child->report, s, &report);
    if (o->child->hung)
        s->cpu_wait_ns = o->threads.cpu_wait_ns;
    /* Threads that the model declares are no leak. */
    s->threads_left -= s->threads_left < kept ? s->threads_left : kept;
    share_counts(cell, s);
    judged = judgement_of(cell, o, r, &report, sampler->origin != NULL, s);
    share_growth(cell, &report, s);
    if (judged && calibration)
        set_iterations(cell, sampler->target_ns, report.iteration_ns);
}

static int view_origin(const struct sampler *sampler, struct sample *s)
{
    struct origin_view view;
    int error = origin_read(sampler->origin, &view);

    if (error)
        return error == -ETIMEDOUT ? error : -EPIPE;
    s->origin_peak = view.peak;
    s->origin_requests = view.requests;
    s->origin_delay_us = view.delay_us;
    s->origin_cpu_ns = view.cpu_ns;
    if (view.late_ns > s->late_ns)
        s->late_ns = view.late_ns;
    return 0;
}

/*
 * What the machine's processes and other virtual machines used, without the
 * child and the children that it reaped.  The kernel counts in ticks.
 */
static uint64_t others_ns(const struct child *child, uint64_t ticks)
{
    double all_ns = 1e9 * (double)(ticks + 2) / (double)sysconf(_SC_CLK_TCK);
    double own_ns = child_cpu_ns(&child->usage);

    return all_ns > own_ns ? (uint64_t)(all_ns - own_ns) : 0;
}

static int run_child(const struct sampler *sampler, struct cell *cell,
                     struct slots *r, struct sample *s)
{
    bool origin = sampler->origin && cell->workload->kind->served;
    char said[CHILD_REPORT];
    struct child child = {.report = said};
    struct observer observer;
    uint64_t steal = machine_steal(), used = machine_used();
    int error = origin ? origin_reset(sampler->origin) : 0;

    if (!error)
        error = start(&child, sampler, cell, r->fd);
    if (error)
        return error;
    child.deadline_ns = child.spawned_ns + patience_ns(cell);
    observer_watch(&observer, &child, r);
    if (cell->workload->kind->served)
        child.look_ns = NS_PER_MS;
    error = child_attend(&child);
    child_reap(&child);
    s->start_ns = child.spawned_ns - sampler->start_ns;
    s->wall_ns = clock_ns() - child.spawned_ns;
    s->steal_ticks = machine_steal() - steal;
    observer.others_ns =
        others_ns(&child, machine_used() - used + s->steal_ticks);
    s->late_ns = cell->workload->kind->served ? child.late_ns : 0;
    if (!error && origin)
        error = view_origin(sampler, s);
    if (error)
        return error;
    conclude(sampler, cell, &observer, r, s);
    return 0;
}

/*
 * Growth of the heap in one or two iterations may be what the first one sets
 * up.  Where it is much, a sample of three after a warm-up measures what each
 * one leaves.
 */
static int count_heap(const struct sampler *sampler, struct cell *cell)
{
    struct cell few = *cell;
    struct sample s = {0};
    struct slots slots;
    int error;

    few.iterations = SAMPLER_FEW;
    few.warm = true;
    error = slots_open(&few, &slots);
    if (error)
        return error;
    error = run_child(sampler, &few, &slots, &s);
    slots_close(&slots);
    if (s.status == STATUS_OK || s.status == STATUS_WRONG)
        cell->heap_growth_bytes = s.heap_growth_bytes;
    return error;
}

int sampler_take(const struct sampler *sampler, struct cell *cell,
                 struct sample *ret)
{
    struct sample s = {.load1 = machine_load()};
    struct slots slots = {0};
    bool calibration;
    int error;

    sampler_identify(cell, &s);
    error = slots_open(cell, &slots);
    if (error)
        return error;
    calibration = cell->iterations == 0;
    error = run_child(sampler, cell, &slots, &s);
    if (!error && calibration && cell->iterations &&
        cell->iterations < SAMPLER_FEW && s.heap_growth_bytes > LEAK_BYTES)
        error = count_heap(sampler, cell);
    if (!error && sampler->journal && cell->workload->group)
        error = slots_journal(cell, &slots, sampler->journal);
    slots_close(&slots);
    if (!error)
        *ret = s;
    return error;
}
