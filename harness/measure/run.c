/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/sample/builds.h"
#include "harness/sample/runtimes.h"
#include "harness/sample/sampler.h"
#include "harness/sample/tracer.h"
#include "workloads/clock.h"

enum { ATTEMPTS = 3 }; /* at calibrating a cell */

static void describe_cells(const struct plan *plan, struct loop_cell cells[])
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct cell *c = &plan->cells[i];

        cells[i].most_rounds = c->most_rounds;
        cells[i].follows = c->twin;
        if (c->twin)
            cells[i].as = (size_t)plan_find(plan, c->workload->name,
                                            c->model->name, c->setup.values);
    }
}

/* Ends at the border of rounds that is nearest to the budget. */
static int run_rounds(struct run *run)
{
    struct stage stage = {
        .order =
            order_chains(run->seed, run->plan->n, run->pairs, run->n_pairs),
        .rounds = run->rounds,
        .fewest = run->rounds || !run->fewest ? 1 : run->fewest,
        .end_ns = run->rounds ? 0 : run->budget_ns,
    };
    int error = stage.order ? loop_calibrate(&run->loop) : -ENOMEM;

    if (!error)
        error = loop_stage(&run->loop, &stage);
    order_destroy(stage.order);
    return error;
}

/* A trace that fails must not end the run: its samples would be lost. */
static int take_trace(struct builds *builds, struct cell *cell,
                      struct sample *ret, struct trace **ret_trace)
{
    int error = builds_trace(builds, cell, ret, ret_trace);

    if (!error || error == -EINTR || error == -EPIPE || error == -ETIMEDOUT)
        return error;
    *ret = (struct sample){.status = STATUS_FAILED};
    sampler_identify(cell, ret);
    snprintf(ret->text, sizeof(ret->text), "%s", strerror(-error));
    *ret_trace = NULL;
    return 0;
}

static int trace_all(struct run *run, struct builds *builds)
{
    int error = 0;

    for (size_t i = 0; run->traced && i < run->traced->n && !error; i++) {
        struct sample sample;
        struct trace *trace;

        error = take_trace(builds, &run->traced->cells[i], &sample, &trace);
        if (error)
            break;
        error = run->on_trace(run->context, &sample, trace);
        if (trace)
            tracer_release(trace);
    }
    return error;
}

static int run_all(struct run *run, struct builds *builds)
{
    struct loop_cell *cells = calloc(run->plan->n + 1, sizeof(*cells));
    int error = 0;

    if (!cells)
        return -ENOMEM;
    describe_cells(run->plan, cells);
    run->loop = (struct loop){.taker = builds_taker(builds),
                              .cells = cells,
                              .attempts = ATTEMPTS,
                              .on_sample = run->on_sample,
                              .on_progress = run->on_progress,
                              .on_round = run->on_round,
                              .context = run->context};
    if (run->plan->n)
        error = run_rounds(run);
    if (!error)
        error = trace_all(run, builds);
    if (error && !run->why[0])
        snprintf(run->why, sizeof(run->why), "%.255s", run->loop.taker->why);
    free(cells);
    return error;
}

int run_cells(struct run *run)
{
    const struct builds_setup setup = {
        .plan = run->plan,
        .traced = run->traced,
        .alone = true,
        .pin = run->pin,
        .pin_origin = run->pin_origin,
        .seed = run->seed,
        .start_ns = clock_ns(),
        .target_ns = run->target_ns ? run->target_ns : SAMPLER_TARGET_NS,
    };
    struct builds *builds;
    int error = builds_create(&setup, &builds, run->why, sizeof(run->why));

    if (!error) {
        error = run_all(run, builds);
        if (run->on_runtime)
            runtimes_each(builds_runtimes(builds), run->on_runtime,
                          run->context);
        builds_destroy(builds);
    }
    if (error && !run->why[0])
        snprintf(run->why, sizeof(run->why), "%s", strerror(-error));
    return error;
}
