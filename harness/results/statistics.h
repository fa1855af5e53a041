/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_STATISTICS_H
#define BATON_HARNESS_RESULTS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A median with an exact interval.  The interval runs from the r-th smallest
 * to the r-th largest of n values; for any continuous distribution it covers
 * the median with probability 1 - 2 P(Bin(n, 1/2) < r) (David and Nagaraja,
 * Order Statistics, 3rd ed., section 7.1).  r is the largest one that keeps
 * the coverage at 95 % or more, so the coverage reached is a little higher:
 * 98.4 % for n = 7.  Fewer than 6 values reach no 95 %: no interval.
 */
enum { LEAST_VALUES = 6 };
struct estimate {
    size_t n;
    double median, low, high;
    double coverage; /* reached; 0: no interval, low and high are unset */
};

/* Sorts `values`.  n = 0 gives a median of 0. */
struct estimate estimate_median(double *values, size_t n);

/* The same of values that keep their order.  0 or -ENOMEM. */
int estimate_copy(const double *values, size_t n, struct estimate *ret);

/*
 * The median of a less that of b, two samples that are not paired; sorts both.
 * The interval of 95 % is that of Price and Bonett (Distribution-free
 * confidence intervals for difference and ratio of medians, Journal of
 * Statistical Computation and Simulation 72, 119, 2002), which take the
 * variance of each median from the distance of two of its ordered values.
 * Fewer than six values of either: no interval.  n is that of the smaller one.
 */
struct estimate estimate_difference(double *a, size_t n, double *b, size_t m);

/* The same of a ratio, from its logarithms. */
struct estimate estimate_exp(struct estimate of_ln);

bool estimate_has_interval(const struct estimate *e);

/* Whether the interval holds `value`; true where there is no interval. */
bool estimate_spans(const struct estimate *e, double value);

/* Slope of a straight line through n >= 2 points, by least squares. */
double slope(const double *x, const double *y, size_t n);

#endif
