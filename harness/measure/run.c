/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/sample/cell.h"
#include "harness/sample/sampler.h"
#include "harness/sample/serve.h"
#include "harness/sample/tracer.h"
#include "workloads/clock.h"

enum { GIVE_UP_AFTER = 3 }; /* samples of one cell that were not measured */

struct state {
    struct run *run;
    struct server server;
    struct sampler sampler;
    struct schedule *schedule;
    uint64_t start_ns;
    size_t *order;
};

static uint64_t random_below(void *context, uint64_t bound)
{
    return schedule_random(context, bound);
}

static int start_origin(struct state *st)
{
    struct run *run = st->run;
    int error = serve_start(&st->server, run->pin_origin);

    if (error) {
        snprintf(run->why, sizeof(run->why), "the origin does not start: %s",
                 strerror(-error));
        return error;
    }
    serve_plan(&st->server, run->plan);
    if (run->traced)
        serve_plan(&st->server, run->traced);
    st->sampler.origin = &st->server.origin;
    return 0;
}

static uint64_t sample_ns(const struct cell *cell)
{
    if (cell->given_up)
        return 0;
    return cell->iteration_ns * (cell->iterations + 1) + 3 * NS_PER_MS;
}

static uint64_t left_ns(const struct state *st, unsigned round, size_t slot)
{
    const struct run *run = st->run;
    uint64_t a_round = 0, rest = 0, elapsed = clock_ns() - st->start_ns;

    if (!run->rounds)
        return run->budget_ns > elapsed ? run->budget_ns - elapsed : 0;
    for (size_t i = 0; i < run->plan->n; i++) {
        a_round += sample_ns(&run->plan->cells[i]);
        if (i >= slot)
            rest += sample_ns(&run->plan->cells[st->order[i]]);
    }
    return round ? rest + (run->rounds - round) * a_round
                 : a_round * run->rounds;
}

static void report_progress(const struct state *st, unsigned round, size_t slot,
                            const struct cell *cell)
{
    struct run *run = st->run;
    struct progress p = {
        .round = round,
        .rounds = run->rounds,
        .slot = slot,
        .slots = run->plan->n,
        .cell = cell,
        .left_ns = left_ns(st, round, slot),
    };

    if (run->on_progress)
        run->on_progress(run->context, &p);
}

static void blame_origin(const struct state *st, int error)
{
    if (error == -EPIPE)
        snprintf(st->run->why, sizeof(st->run->why), "the origin died");
    if (error == -ETIMEDOUT)
        snprintf(st->run->why, sizeof(st->run->why),
                 "the origin does not answer");
}

static void count_missing(struct cell *cell, const struct sample *s)
{
    if (s->status == STATUS_OK || s->status == STATUS_WRONG)
        return;
    cell->missing++;
    cell->given_up =
        cell->missing >= GIVE_UP_AFTER && cell->missing * 10 > s->round;
}

/* A calibration is no measurement, and its sites are none either. */
static int hand_on(const struct run *run, const struct cell *cell,
                   const struct sample *s, const struct journal *journal)
{
    int error = run->on_sample(run->context, s);

    if (!error && s->round && journal && run->on_sites)
        error = run->on_sites(run->context, s, cell, journal);
    return error;
}

static int take(struct state *st, unsigned round, size_t slot,
                struct cell *cell)
{
    struct sampler sampler = st->sampler;
    struct journal *journal = NULL;
    struct sample sample;
    int error;

    report_progress(st, round, slot, cell);
    sampler.journal = &journal;
    error = sampler_take(&sampler, cell, &sample);
    blame_origin(st, error);
    if (!error) {
        sample.round = round;
        sample.slot = (uint32_t)slot;
        count_missing(cell, &sample);
        error = hand_on(st->run, cell, &sample, journal);
    }
    free(journal);
    return error;
}

/* Twins do exactly the same work. */
static void copy_calibration(const struct plan *plan, struct cell *twin)
{
    const struct cell *c = &plan->cells[plan_find(
        plan, twin->workload->name, twin->model->name, twin->setup.values)];

    twin->iterations = c->iterations;
    twin->iteration_ns = c->iteration_ns;
    twin->threads_peak = c->threads_peak;
    twin->fds_peak = c->fds_peak;
    twin->given_up = c->given_up;
}

static int calibrate(struct state *st)
{
    for (size_t i = 0; i < st->run->plan->n; i++) {
        struct cell *cell = &st->run->plan->cells[i];

        if (cell->twin)
            copy_calibration(st->run->plan, cell);
        /* What cannot be calibrated has no length to be sampled at. */
        while (!cell->iterations && !cell->given_up) {
            int error = take(st, 0, i, cell);

            if (error)
                return error;
        }
    }
    return 0;
}

static int run_round(struct state *st, unsigned round)
{
    struct run *run = st->run;

    schedule_round(st->schedule, st->order);
    for (size_t slot = 0; slot < run->plan->n; slot++) {
        struct cell *cell = &run->plan->cells[st->order[slot]];
        int error = cell_is_due(cell, round) ? take(st, round, slot, cell) : 0;

        if (error)
            return error;
    }
    return run->on_round ? run->on_round(run->context) : 0;
}

/* Runs end at round borders, at the one that is nearest to the budget. */
static bool goes_on(const struct state *st, uint64_t last_ns)
{
    const struct run *run = st->run;
    uint64_t elapsed = clock_ns() - st->start_ns;

    if (run->rounds)
        return run->rounds_done < run->rounds;
    return run->rounds_done == 0 || elapsed + last_ns / 2 <= run->budget_ns;
}

static int run_all(struct state *st)
{
    uint64_t last_ns = 0;
    int error = calibrate(st);

    while (!error && goes_on(st, last_ns)) {
        uint64_t begin_ns = clock_ns();

        error = run_round(st, st->run->rounds_done + 1);
        st->run->rounds_done += !error;
        last_ns = clock_ns() - begin_ns;
    }
    return error;
}

/* A trace that cannot be had is no reason to lose what was measured. */
static int take_trace(struct state *st, struct cell *cell, struct sample *ret,
                      struct trace **ret_trace)
{
    int error = tracer_take(&st->sampler, cell, ret, ret_trace);

    blame_origin(st, error);
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

int run_cells(struct run *run)
{
    struct state st = {.run = run, .start_ns = clock_ns()};
    size_t n = run->plan->n;
    int error = 0;

    st.server.origin.control_fd = -1;
    st.schedule = schedule_create(run->seed, n, run->pairs, run->n_pairs);
    st.order = calloc(n ? n : 1, sizeof(*st.order));
    if (!st.schedule || !st.order)
        error = -ENOMEM;
    st.sampler = (struct sampler){
        .pin = run->pin,
        .trace_fd = -1,
        .start_ns = st.start_ns,
        .random = random_below,
        .context = st.schedule,
    };
    if (!error && (serve_is_needed(run->plan) ||
                   (run->traced && serve_is_needed(run->traced))))
        error = start_origin(&st);
    if (!error && n > 0)
        error = run_all(&st);
    if (!error)
        error = trace_all(&st);
    if (error && !run->why[0])
        snprintf(run->why, sizeof(run->why), "%s",
                 error == -EINTR ? "interrupted" : strerror(-error));
    origin_stop(&st.server.origin);
    schedule_destroy(st.schedule);
    free(st.order);
    return error;
}
