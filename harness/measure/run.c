/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/sample/builds.h"
#include "harness/sample/sampler.h"
#include "harness/sample/tracer.h"
#include "workloads/clock.h"

enum { ATTEMPTS = 3 }; /* at calibrating a cell */

struct state {
    struct run *run;
    struct builds *builds;
    struct loop loop;
};

static void on_progress(void *context, const struct progress *p)
{
    const struct run *run = ((struct state *)context)->run;

    if (run->on_progress)
        run->on_progress(run->context, p);
}

/* A calibration is no measurement, and its sites are none either. */
static int on_sample(void *context, const struct sample *s)
{
    const struct state *st = context;
    const struct run *run = st->run;
    const struct journal *journal = st->loop.taker->journal;
    int error = run->on_sample(run->context, s);

    if (!error && s->round && journal && run->on_sites)
        error = run->on_sites(run->context, s, &run->plan->cells[st->loop.last],
                              journal);
    return error;
}

static int on_round(void *context)
{
    const struct run *run = ((struct state *)context)->run;

    return run->on_round ? run->on_round(run->context) : 0;
}

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
static int run_rounds(struct state *st)
{
    struct run *run = st->run;
    struct stage stage = {
        .order =
            order_chains(run->seed, run->plan->n, run->pairs, run->n_pairs),
        .rounds = run->rounds,
        .fewest = run->rounds || !run->fewest ? 1 : run->fewest,
        .end_ns = run->rounds ? 0 : run->budget_ns,
    };
    int error = stage.order ? loop_calibrate(&st->loop) : -ENOMEM;

    if (!error)
        error = loop_stage(&st->loop, &stage);
    run->rounds_done = stage.done;
    order_destroy(stage.order);
    return error;
}

/* A trace that cannot be had is no reason to lose what was measured. */
static int take_trace(struct state *st, struct cell *cell, struct sample *ret,
                      struct trace **ret_trace)
{
    int error = builds_trace(st->builds, cell, ret, ret_trace);

    if (!error || error == -EINTR || error == -EPIPE || error == -ETIMEDOUT)
        return error;
    *ret = (struct sample){.status = STATUS_FAILED};
    sampler_identify(cell, ret);
    snprintf(ret->text, sizeof(ret->text), "%s", strerror(-error));
    *ret_trace = NULL;
    return 0;
}

static int trace_all(struct state *st)
{
    struct run *run = st->run;
    int error = 0;

    for (size_t i = 0; run->traced && i < run->traced->n && !error; i++) {
        struct sample sample;
        struct trace *trace;

        error = take_trace(st, &run->traced->cells[i], &sample, &trace);
        if (error)
            break;
        error = run->on_trace(run->context, &sample, trace);
        if (trace)
            tracer_release(trace);
    }
    return error;
}

static int run_all(struct state *st)
{
    int error = st->run->plan->n ? run_rounds(st) : 0;

    if (!error)
        error = trace_all(st);
    if (error && !st->run->why[0])
        snprintf(st->run->why, sizeof(st->run->why), "%.255s",
                 st->loop.taker->why[0] ? st->loop.taker->why
                                        : strerror(-error));
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
        .target_ns = SAMPLER_TARGET_NS,
    };
    struct state st = {.run = run};
    int error = builds_create(&setup, &st.builds, run->why, sizeof(run->why));

    if (error) {
        if (!run->why[0])
            snprintf(run->why, sizeof(run->why), "%s", strerror(-error));
        return error;
    }
    st.loop = (struct loop){
        .taker = builds_taker(st.builds),
        .cells = calloc(run->plan->n + 1, sizeof(struct loop_cell)),
        .attempts = ATTEMPTS,
        .on_sample = on_sample,
        .on_progress = on_progress,
        .on_round = on_round,
        .context = &st};
    error = -ENOMEM;
    if (st.loop.cells) {
        describe_cells(run->plan, st.loop.cells);
        error = run_all(&st);
    }
    free(st.loop.cells);
    builds_destroy(st.builds);
    return error;
}
