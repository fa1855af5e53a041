/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_CHECK_H
#define BATON_HARNESS_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/check/ruling.h"
#include "harness/measure/loop.h"
#include "harness/results/store.h"

/*
 * Calibrates, screens, and confirms: see verdict.h for what becomes of it.
 * How many pairs there are is settled by the budget, after the calibration and
 * before the first pair, and cut short only when that takes longer than it
 * should: no ratio is looked at to decide whether to go on.
 */
struct check {
    struct taker *taker;
    struct rules rules;
    uint64_t seed;
    unsigned trial;     /* of a self-test; 0: of none */
    unsigned variants;  /* of each side; 0: one program each */
    uint64_t budget_ns; /* of a clean check; twice as long at most */
    size_t others;      /* cells of other parts, which may be suspects, too */
    int (*on_sample)(void *context, const struct sample *s);
    /* `suspect_ns`: of fresh pairs at least, were a cell a suspect. */
    void (*on_progress)(void *context, const struct progress *p,
                        uint64_t suspect_ns);
    void *context;

    struct recording *recording; /* samples are added to it */
    /* Set by check_run(): why the screen ended and the fresh pairs; or NULL. */
    const char *ended[2];
};

enum {
    CHECK_FEWEST = 4, /* rounds of two pairs: too few, but never none */
    CHECK_MOST = 2000,
};

/* 0; -EINTR; another -errno of the taker or of on_sample(). */
int check_run(struct check *c);

#endif
