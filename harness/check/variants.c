/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/variants.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_NEEDED = 1000 };
static const double trim = 0.25, power = 0.9;

/* The means of one side's variants. */
struct side {
    size_t n;
    double mean, variance; /* of the means */
    double noise;          /* mean variance of a mean by its pairs alone */
};

/*
 * Variance of a trimmed mean, from the Winsorized one (Tukey and McLaughlin,
 * Sankhya A 25, 1963); 0: too few values to show it.
 */
static double noise_of(double sorted[], size_t n)
{
    size_t g = (size_t)floor(trim * (double)n), kept = n - 2 * g;

    if (kept < 2)
        return 0;
    for (size_t i = 0; i < g; i++) {
        sorted[i] = sorted[g];
        sorted[n - 1 - i] = sorted[n - 1 - g];
    }
    return gsl_stats_variance(sorted, 1, n) * (double)(n - 1) /
           ((double)kept * (double)(kept - 1));
}

static uint32_t variant_of(struct drawn d, bool other)
{
    return other ? d.other : d.base;
}

/* `room` has place for 2n; the means are in its first part. */
static struct side summarize(const double ln[], const struct drawn of[],
                             size_t n, bool other, double room[])
{
    double *pairs = room + n;
    struct side side = {0};
    uint32_t last = 0;

    for (size_t i = 0; i < n; i++)
        if (variant_of(of[i], other) > last)
            last = variant_of(of[i], other);
    for (uint32_t v = 1; v <= last; v++) {
        size_t k = 0;

        for (size_t i = 0; i < n; i++)
            if (variant_of(of[i], other) == v)
                pairs[k++] = ln[i];
        if (!k)
            continue;
        gsl_sort(pairs, 1, k);
        room[side.n++] = gsl_stats_trmean_from_sorted_data(trim, pairs, 1, k);
        side.noise += noise_of(pairs, k);
    }
    side.mean = side.n ? gsl_stats_mean(room, 1, side.n) : 0;
    side.variance = side.n > 1 ? gsl_stats_variance(room, 1, side.n) : 0;
    side.noise /= side.n ? (double)side.n : 1;
    return side;
}

/* Of two variances of means; of equal ones that of both sides together. */
static double welch(double a, size_t n, double b, size_t m)
{
    if (a + b == 0)
        return (double)(n + m - 2);
    return (a + b) * (a + b) /
           (a * a / (double)(n - 1) + b * b / (double)(m - 1));
}

static struct spread compare(struct side base, struct side other)
{
    size_t fewer = base.n < other.n ? base.n : other.n;
    double between = (base.variance + other.variance) / 2;
    double within = (base.noise + other.noise) / 2;
    struct spread s = {.variants = (unsigned)fewer,
                       .mean = (base.mean + other.mean) / 2};
    double a, b;

    if (fewer < 2)
        return s;
    a = base.variance / (double)base.n;
    b = other.variance / (double)other.n;
    s.error = sqrt(a + b);
    s.freedom = welch(a, base.n, b, other.n);
    s.deviation = between > within ? sqrt(between - within) : 0;
    s.noise = sqrt(2 * within / (double)fewer);
    return s;
}

int variants_spread(const double ln[], const struct drawn of[], size_t n,
                    struct spread *ret)
{
    double *room = calloc(2 * n + 1, sizeof(*room));
    struct side base, other;

    if (!room)
        return -ENOMEM;
    base = summarize(ln, of, n, false, room);
    other = summarize(ln, of, n, true, room);
    free(room);
    *ret = compare(base, other);
    return 0;
}

double variants_p(const struct spread *s)
{
    if (!(s->freedom > 0) || s->mean == 0)
        return 1;
    return s->error > 0 ? gsl_cdf_tdist_Q(fabs(s->mean) / s->error, s->freedom)
                        : 0;
}

struct estimate variants_estimate(const struct spread *s, size_t n)
{
    struct estimate e = {.n = n, .median = s->mean};
    double half;

    if (!(s->freedom > 0))
        return e;
    half = gsl_cdf_tdist_Pinv(0.975, s->freedom) * s->error;
    e.low = s->mean - half;
    e.high = s->mean + half;
    e.coverage = 0.95;
    return e;
}

double variants_detectable(const struct spread *s, unsigned variants,
                           double threshold)
{
    double freedom = 2.0 * variants - 2;
    double error =
        sqrt(2 * s->deviation * s->deviation / variants + s->noise * s->noise);
    double sure, significant, large;

    if (variants < 2 || !(s->freedom > 0))
        return INFINITY;
    sure = gsl_cdf_tdist_Pinv(power, freedom) * error;
    significant = gsl_cdf_tdist_Qinv(s->level, freedom) * error + sure;
    large = log1p(threshold) + sure;
    return significant > large ? significant : large;
}

unsigned variants_needed(const struct spread *s, double slowdown,
                         double threshold)
{
    unsigned n = 2;

    while (n <= MOST_NEEDED &&
           variants_detectable(s, n, threshold) > log1p(slowdown))
        n++;
    return n > MOST_NEEDED ? 0 : n;
}
