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

struct estimate estimate_median(double *values, size_t n)
{
    struct estimate e = {.n = n};
    unsigned r = 1;

    if (n == 0)
        return e;
    gsl_sort(values, 1, n);
    e.median = gsl_stats_median_from_sorted_data(values, 1, n);
    if (coverage_of(r, n) < 0.95)
        return e;
    while (r < n / 2 && coverage_of(r + 1, n) >= 0.95)
        r++;
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
