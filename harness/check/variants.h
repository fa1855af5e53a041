/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_VARIANTS_H
#define BATON_HARNESS_CHECK_VARIANTS_H

#include <stddef.h>
#include <stdint.h>

#include "harness/results/statistics.h"

/*
 * The statistics of a check with variants: several programs of each side, of
 * one source, whose functions stand in other orders.  Where functions stand
 * moves times by some percent, as much in each of a program's processes, so
 * more processes do not average it out (Mytkowicz, Diwan, Hauswirth and
 * Sweeney, Producing wrong data without doing anything obviously wrong, ASPLOS
 * 2009; Curtsinger and Berger, Stabilizer, ASPLOS 2013).  So the unit of
 * replication is the variant (Kalibera and Jones, Rigorous benchmarking in
 * reasonable time, ISMM 2013).  A variant's mean is that of the middle half of
 * its pairs, and the means of both sides are compared by Welch's test
 * (Biometrika 34, 1947).  Since a pair is in one mean of each side, its noise
 * counts twice: the test is stricter than its level.
 */

/* Which variant of each side a pair is of, from 1. */
struct drawn {
    uint32_t base, other;
};

struct spread {
    unsigned variants; /* with pairs, of the side that has fewer; 0: of none */
    double mean;       /* ln(candidate / base), of the means of variants */
    double error;      /* its standard error */
    double freedom;    /* degrees of, Welch's; 0: no test, no interval */
    /* Standard deviation between variants, without the noise of their pairs. */
    double deviation;
    double noise;    /* what that noise adds to `error`, as a deviation */
    double level;    /* one-sided, what a single cell is held to */
    unsigned needed; /* variants with which +5 % would be seen; 0: none would */
};

/* 0 or -ENOMEM; all but `level` and `needed`. */
int variants_spread(const double ln[], const struct drawn of[], size_t n,
                    struct spread *ret);

/* One-sided, to the side of the mean. */
double variants_p(const struct spread *s);
/* The mean with its interval of 95 %; `n` is the number of pairs. */
struct estimate variants_estimate(const struct spread *s, size_t n);

/*
 * With `variants` of each side: as ln, the smallest slowdown of which nine of
 * ten checks would find that it is significant and beyond `threshold`, by the
 * formula of the sample size of two means (Snedecor and Cochran, Statistical
 * Methods, 8th ed., 6.14), with Student's quantiles for normal ones.
 */
double variants_detectable(const struct spread *s, unsigned variants,
                           double threshold);
/* The fewest with which `slowdown` is detectable; 0: no number is enough. */
unsigned variants_needed(const struct spread *s, double slowdown,
                         double threshold);

#endif
