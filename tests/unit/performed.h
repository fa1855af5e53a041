/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_TESTS_UNIT_PERFORMED_H
#define BATON_TESTS_UNIT_PERFORMED_H

#include "tests/unit/unit.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/measure/order.h"

/* Checks that nobody ran, as they would be recorded. */

enum { CELLS = 4, SEED = 7 };

/* A check that might have been; what is zero is a clean one of one cell. */
struct script {
    size_t cells;
    unsigned screen, fresh; /* rounds */
    bool suspect[CELLS];    /* gets fresh pairs */
    double slower[CELLS];   /* the candidate: 0.1 is 10 % */
    double control;         /* the copy, of all cells */
    double scatter;         /* of a sample's time */
    bool naive, cut;
    bool old;            /* as recorded before checks said how they ended */
    unsigned planned[2]; /* rounds; 0: as many as there are of the stage */
    unsigned trial;
    uint64_t extra; /* injected into the candidate's 100 iterations */
    /* Makes of a sample what it is to be. */
    void (*change)(struct sample *s);
};

static const char *const models[CELLS] = {"sequential", "locked", "libuv",
                                          "null"};

struct writer {
    const struct script *script;
    struct recording *r;
    gsl_rng *random;
    uint64_t now_ns;
};

static inline void write_sample(struct writer *w, unsigned stage,
                                unsigned round, size_t slot,
                                struct order_step step)
{
    const struct script *script = w->script;
    double factor = step.side == SIDE_CAND   ? 1 + script->slower[step.cell]
                    : step.side == SIDE_COPY ? 1 + script->control
                                             : 1;
    double noise = exp(gsl_ran_gaussian(w->random, script->scatter));
    struct sample s = sample_of("counter", models[step.cell], "tasks=10", round,
                                1e5 * factor * noise);

    s.iterations = 100 + (step.side == SIDE_CAND ? script->extra : 0);
    s.extra = s.iterations - 100;
    s.trial = script->trial;
    if (stage)
        s.most_rounds = script->planned[stage - 1];
    s.stage = stage;
    s.slot = (uint32_t)slot;
    s.cell = step.cell;
    strcpy(s.side, side_names[step.side]);
    s.start_ns = w->now_ns;
    s.wall_ns = 12000000;
    w->now_ns += 13000000;
    if (script->change)
        script->change(&s);
    assert_int_equal(recording_add(w->r, &s), 0);
}

static inline void write_stage(struct writer *w, unsigned stage,
                               unsigned rounds)
{
    const struct script *script = w->script;
    struct order *order =
        order_create(SEED, script->trial, stage, script->cells, script->naive,
                     stage == 1 && !script->old &&
                         order_is_short(script->cells, script->planned[0]));
    struct order_step steps[ORDER_MOST * CELLS];

    assert_non_null(order);
    for (unsigned round = 1; round <= rounds; round++) {
        size_t n = order_round(order, steps);

        for (size_t slot = 0; slot < n; slot++)
            if (stage == 1 || script->suspect[steps[slot].cell])
                write_sample(w, stage, round, slot, steps[slot]);
    }
    order_destroy(order);
}

static inline struct recording perform(struct script script)
{
    static const char header[] =
        "# schema=1\n# seed=7\n# check=%d\n# base=old/baton\n# cand=new/baton\n"
        "# rules=threshold=0.02 screen=0.05 alpha=0.002 control=0.001\n"
        "# order=%s\n# ended=%s\n";
    struct recording r = {.header = malloc(sizeof(header) + 32)};
    struct writer w = {&script, &r, gsl_rng_alloc(gsl_rng_mt19937), 1000};

    script.cells += script.cells == 0;
    script.screen = script.screen ? script.screen : 40;
    script.scatter = script.scatter > 0 ? script.scatter : 0.002;
    if (!script.planned[0] && !script.old)
        script.planned[0] = script.screen;
    if (!script.planned[1] && !script.old)
        script.planned[1] = script.fresh;
    assert_non_null(r.header);
    snprintf(r.header, sizeof(header) + 32, header, script.old ? 1 : 2,
             script.naive ? "naive" : "random",
             script.cut ? "interrupted" : "complete");
    gsl_rng_set(w.random, 3);
    for (uint32_t cell = 0; cell < script.cells; cell++)
        for (int side = 0; side < SIDE_N; side++)
            write_sample(&w, 0, 0, 0,
                         (struct order_step){cell, (enum sample_side)side});
    write_stage(&w, 1, script.screen);
    write_stage(&w, 2, script.fresh);
    gsl_rng_free(w.random);
    return r;
}

#endif
