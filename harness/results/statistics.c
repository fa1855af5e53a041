/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/statistics.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

static double coverage_of(unsigned r, size_t n)
{
    return 1 - 2 * gsl_cdf_binomial_P(r - 1, 0.5, (unsigned)n);
}

/* The largest r that keeps 95 %, for n values that have one. */
static unsigned rank_of(size_t n)
{
    unsigned r = (unsigned)(n / 2);

    /* About the root of n steps. */
    while (r > 1 && coverage_of(r, n) < 0.95)
        r--;
    return r;
}

struct estimate estimate_median(double *values, size_t n)
{
    struct estimate e = {.n = n};
    unsigned r;

    if (n == 0)
        return e;
    gsl_sort(values, 1, n);
    e.median = gsl_stats_median_from_sorted_data(values, 1, n);
    if (n < LEAST_VALUES)
        return e;
    r = rank_of(n);
    e.low = values[r - 1];
    e.high = values[n - r];
    e.coverage = coverage_of(r, n);
    return e;
}

int estimate_copy(const double *values, size_t n, struct estimate *ret)
{
    double *sorted = calloc(n + 1, sizeof(*sorted));

    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        sorted[i] = values[i];
    *ret = estimate_median(sorted, n);
    free(sorted);
    return 0;
}

/* Of the median of sorted values. */
static double median_variance(const double *sorted, size_t n)
{
    double rank = round(((double)n + 1) / 2 - sqrt((double)n));
    size_t r = rank < 1 ? 1 : (size_t)rank;
    double tail = gsl_cdf_binomial_P((unsigned)r - 1, 0.5, (unsigned)n);
    double width = sorted[n - r] - sorted[r - 1];

    return pow(width / (2 * gsl_cdf_ugaussian_Qinv(tail)), 2);
}

struct estimate estimate_difference(double *a, size_t n, double *b, size_t m)
{
    struct estimate e = {.n = n < m ? n : m};
    double half;

    if (e.n == 0)
        return e;
    e.median = estimate_median(a, n).median - estimate_median(b, m).median;
    if (e.n < LEAST_VALUES)
        return e;
    half = gsl_cdf_ugaussian_Qinv(0.025) *
           sqrt(median_variance(a, n) + median_variance(b, m));
    e.low = e.median - half;
    e.high = e.median + half;
    e.coverage = 0.95;
    return e;
}

struct estimate estimate_exp(struct estimate e)
{
    e.median = exp(e.median);
    if (estimate_has_interval(&e)) {
        e.low = exp(e.low);
        e.high = exp(e.high);
    }
    return e;
}

bool estimate_has_interval(const struct estimate *e)
{
    return e->coverage > 0;
}

bool estimate_spans(const struct estimate *e, double value)
{
    return !estimate_has_interval(e) || (e->low <= value && value <= e->high);
}

double slope(const double *x, const double *y, size_t n)
{
    double c0, c1, cov00, cov01, cov11, sumsq;

    gsl_fit_linear(x, 1, y, 1, n, &c0, &c1, &cov00, &cov01, &cov11, &sumsq);
    return c1;
}
