/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_DEMO_NOISE_H
#define BATON_HARNESS_CHECK_DEMO_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/results/statistics.h"

/*
 * Times of identical code in run order, and two ways of testing whether B is
 * slower than A.  They differ only in which times are called A and which B:
 * halves, or neighbours.
 */

/* A difference raises an alarm when it is larger than this and significant. */
extern const double noise_threshold; /* 0.02: 2 % either way */
extern const double noise_level;     /* 0.05: of p, and 95 % for intervals */

/*
 * The two-sided p value of the Mann-Whitney test of the first n times against
 * the m behind them, by the normal approximation with the correction for ties
 * and that for continuity:
 *
 *     U     = R - n (n + 1) / 2, R the sum of the ranks of the n values of a
 *     mean  = n m / 2
 *     var   = n m / 12 * (N + 1 - sum(t^3 - t) / (N (N - 1))), N = n + m
 *     z     = (|U - mean| - 1/2) / sqrt(var)
 *     p     = 2 (1 - Phi(z)), at most 1
 *
 * where t runs over the groups of equal values, which share their mean rank
 * (Mann and Whitney, Annals of Mathematical Statistics 18, 50, 1947; for ties
 * Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd ed.,
 * section 4.1).  When all values are equal, p is 1.  0 or -ENOMEM.
 */
int mann_whitney(const double *times, size_t n, size_t m, double *ret_p);

/* The first half of the times is A, the second B; an odd last one is left. */
struct noise_blocks {
    double a, b;  /* medians */
    double ratio; /* b / a */
    double p;
    bool alarm;
};
int noise_blocks(const double *times, size_t n, struct noise_blocks *ret);

/*
 * Which is first in each pair: two pairs, which are four neighbours, have the
 * order ABBA or BAAB, chosen at random.  0 or -ENOMEM.
 */
int noise_order(uint64_t seed, size_t pairs, bool b_first[]);

/* Times 2i and 2i + 1 are a pair: B / A inside each, and their median. */
struct noise_pairs {
    struct estimate ratio;
    bool alarm; /* never without an interval */
};
int noise_pairs(const double *times, size_t pairs, const bool b_first[],
                struct noise_pairs *ret);

/*
 * Both tests on every NOISE_WINDOW times in a row.  n = 0 in the result: there
 * are fewer.  0 or -ENOMEM.
 */
enum { NOISE_WINDOW = 60, NOISE_LEAST = 12 /* times that have an interval */ };
struct noise_windows {
    size_t n, blocks, pairs; /* windows; of these with an alarm */
};
int noise_windows(const double *times, size_t n, uint64_t seed,
                  struct noise_windows *ret);

/* What plots/noise.gp draws: the times in run order, as two halves. */
int noise_figure(const double *times, size_t n, const struct noise_blocks *b,
                 FILE *out);

#endif
