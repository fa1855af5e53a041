/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_MEASURE_RUN_H
#define BATON_HARNESS_MEASURE_RUN_H

#include "harness/results/sample.h"
#include "harness/sample/plan.h"
#include "harness/measure/loop.h"

struct trace;

/*
 * Calibrates all cells of a plan, then runs them round by round; at last takes
 * one traced sample of each cell of `traced`.
 */
struct run {
    struct plan *plan;
    struct plan *traced; /* NULL: none */
    uint64_t seed;
    unsigned rounds;    /* or 0: as many whole rounds as fit */
    uint64_t budget_ns; /* used when rounds is 0 */
    unsigned fewest;    /* then: rounds that are made in any case; 0: one */
    uint64_t target_ns; /* of a sample; 0: SAMPLER_TARGET_NS */
    const char *pin, *pin_origin;
    const struct pair *pairs;
    size_t n_pairs;

    /* As those of struct loop; NULL: without rounds they are not called. */
    void (*on_progress)(void *context, const struct progress *p);
    int (*on_sample)(void *context, const struct sample *s);
    int (*on_round)(void *context);
    /* Whatever became of the sample; its trace, or NULL, is the run's. */
    int (*on_trace)(void *context, const struct sample *s,
                    const struct trace *trace);
    /* At the end, of each reference program that was started; or NULL. */
    void (*on_runtime)(void *context, const char *program, const char *runtime);
    void *context;

    /* Of the last sample, in on_sample(): its cell, its taker's journal. */
    struct loop loop;
    char why[256]; /* when run_cells() failed: in words */
};

/*
 * 0; -EINTR when a signal came; -EPIPE when the origin died; another -errno.
 * Whatever it returns, each finished sample went through on_sample().
 */
int run_cells(struct run *run);

#endif
