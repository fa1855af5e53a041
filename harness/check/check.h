/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_CHECK_H
#define BATON_HARNESS_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/check/order.h"
#include "harness/check/verdict.h"
#include "harness/results/store.h"

/* Who takes the samples of a check: of builds (builds.h), of commands. */
struct taker {
    size_t n; /* cells */
    /*
     * One sample in a process of its own, whatever becomes of it; the first of
     * a cell, of its base, calibrates it and measures nothing.  0, or -errno
     * to stop (-EINTR: a signal came), with a sentence in `why`.
     */
    int (*take)(void *context, size_t cell, enum sample_side side,
                struct sample *ret);
    void *context;
    char why[256];
};

/* How far a check is. */
struct check_progress {
    unsigned stage;   /* 0: calibrating, 1: the screen, 2: fresh pairs */
    size_t done, all; /* rounds; of calibrating: cells */
    uint64_t left_ns;
    uint64_t suspect_ns; /* of fresh pairs at least, were a cell a suspect */
};

/*
 * Calibrates, screens, and confirms: see verdict.h for what becomes of it.
 * How many pairs there are is settled by the budget, after the calibration and
 * before the first pair, and cut short only when that takes longer than it
 * should: nobody looks at a ratio to decide whether to go on.
 */
struct check {
    struct taker *taker;
    struct rules rules;
    uint64_t seed;
    unsigned trial;     /* of a self-test; 0: of none */
    bool naive;         /* see order.h */
    uint64_t start_ns;  /* of what start_ns in samples counts from */
    uint64_t budget_ns; /* of a clean check; twice as long at most */
    bool calibrated;    /* by an earlier trial */
    int (*on_sample)(void *context, const struct sample *s);
    void (*on_progress)(void *context, const struct check_progress *p);
    void *context;

    struct recording *recording; /* samples are added to it */
};

enum {
    CHECK_FEWEST = 4, /* rounds of two pairs: too few, but never none */
    CHECK_MOST = 2000,
};

/* 0; -EINTR; another -errno of the taker or of on_sample(). */
int check_run(struct check *c);

#endif
