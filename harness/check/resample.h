/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_RESAMPLE_H
#define BATON_HARNESS_CHECK_RESAMPLE_H

#include "harness/check/ruling.h"

/*
 * Many checks from the pairs of some: what a self-test's trials without a
 * slowdown recorded of each cell is cut into windows that begin anywhere (and
 * go on at the beginning), and a slowdown is multiplied into the candidate's
 * times.  A window is taken as it was recorded, so that what holds on for a
 * while in the machine stays together; windows overlap, so that these checks
 * are fewer than they look if the recording is short.
 */
struct recorded {
    char name[640];
    size_t cell;   /* its number in the recording */
    double *pairs; /* ln(candidate / base), in the order taken */
    size_t n;
    double *control; /* ln(copy / base) */
    size_t n_control;
};

/* What became of one cell in all resampled checks with one slowdown. */
struct rate {
    unsigned checks;
    unsigned regressed, improved, passed;
    unsigned covered; /* its interval held the true ratio */
    unsigned plain;   /* ... that of its screen did, whatever that led to */
};

struct resampling {
    unsigned suites;
    unsigned red;       /* suites with a cell called slower */
    unsigned improved;  /* ... or faster */
    unsigned disturbed; /* ... or a control that was not quiet */
    struct rate *cells; /* [n] */
};

/*
 * `suites` checks of all cells at once, `screen` pairs and, of a suspect, twice
 * as many fresh ones; all cells slower by `slowdown` (0.05: 5 %).  `on_suite`,
 * unless NULL, is called for each: where its windows began.  0 or -ENOMEM; ends
 * with free(ret->cells).
 */
struct resample_setup {
    const struct rules *rules;
    uint64_t seed;
    unsigned suites;
    size_t screen;
    double slowdown;
    void (*on_suite)(void *context, unsigned suite, const size_t first[],
                     const struct checked cells[], size_t n);
    void *context;
};
int resample(const struct resample_setup *setup,
             const struct recorded recorded[], size_t n,
             struct resampling *ret);

#endif
