/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/demo_noise.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const double noise_threshold = 0.02;
const double noise_level = 0.05;

static double p_of(double rank_sum, double ties, double n, double m)
{
    double all = n + m, u = rank_sum - n * (n + 1) / 2;
    double variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)));

    if (!(variance > 0))
        return 1;
    return fmin(1, 2 * gsl_cdf_ugaussian_Q((fabs(u - n * m / 2) - 0.5) /
                                           sqrt(variance)));
}

int mann_whitney(const double *times, size_t n, size_t m, double *ret_p)
{
    size_t *order = calloc(n + m + 1, sizeof(*order));
    double sum = 0, ties = 0;

    if (!order)
        return -ENOMEM;
    gsl_sort_index(order, times, 1, n + m);
    for (size_t i = 0, end; i < n + m; i = end) {
        size_t in_a = 0;
        double t;

        for (end = i; end < n + m && times[order[end]] <= times[order[i]];)
            in_a += order[end++] < n;
        t = (double)(end - i);
        /* They share the mean of the ranks from i + 1 to end. */
        sum += (double)in_a * (double)(i + 1 + end) / 2;
        ties += t * t * t - t;
    }
    *ret_p = p_of(sum, ties, (double)n, (double)m);
    free(order);
    return 0;
}

static bool is_large(double ratio)
{
    return fabs(log(ratio)) > log1p(noise_threshold);
}

int noise_blocks(const double *times, size_t n, struct noise_blocks *ret)
{
    struct estimate a, b;
    double p;

    if (estimate_copy(times, n / 2, &a) ||
        estimate_copy(times + n / 2, n / 2, &b) ||
        mann_whitney(times, n / 2, n / 2, &p))
        return -ENOMEM;
    *ret = (struct noise_blocks){a.median, b.median, b.median / a.median, p,
                                 false};
    ret->alarm = p < noise_level && is_large(ret->ratio);
    return 0;
}

int noise_order(uint64_t seed, size_t pairs, bool b_first[])
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    if (!random)
        return -ENOMEM;
    gsl_rng_set(random, (unsigned long)seed);
    for (size_t i = 0; i < pairs; i++)
        b_first[i] =
            i % 2 ? !b_first[i - 1] : gsl_rng_uniform_int(random, 2) == 1;
    gsl_rng_free(random);
    return 0;
}

int noise_pairs(const double *times, size_t pairs, const bool b_first[],
                struct noise_pairs *ret)
{
    double *logs = calloc(pairs + 1, sizeof(*logs));

    if (!logs)
        return -ENOMEM;
    for (size_t i = 0; i < pairs; i++)
        logs[i] = log(times[2 * i + !b_first[i]] / times[2 * i + b_first[i]]);
    ret->ratio = estimate_exp(estimate_median(logs, pairs));
    ret->alarm = !estimate_spans(&ret->ratio, 1) && is_large(ret->ratio.median);
    free(logs);
    return 0;
}

/* Each window has a random order of its own. */
int noise_windows(const double *times, size_t n, uint64_t seed,
                  struct noise_windows *ret)
{
    enum { PAIRS = NOISE_WINDOW / 2 };
    size_t windows = n < NOISE_WINDOW ? 0 : n - NOISE_WINDOW + 1;
    bool *b_first = calloc(windows * PAIRS + 1, sizeof(*b_first));
    struct noise_windows found = {.n = windows};
    int error = b_first ? noise_order(seed, windows * PAIRS, b_first) : -ENOMEM;

    for (size_t i = 0; i < windows && !error; i++) {
        struct noise_blocks blocks;
        struct noise_pairs pairs;

        error = noise_blocks(times + i, NOISE_WINDOW, &blocks);
        if (!error)
            error = noise_pairs(times + i, PAIRS, b_first + i * PAIRS, &pairs);
        found.blocks += !error && blocks.alarm;
        found.pairs += !error && pairs.alarm;
    }
    free(b_first);
    if (!error)
        *ret = found;
    return error;
}

/* The axis of the figure. */
struct scale {
    double unit; /* nanoseconds */
    const char *name;
    double low, high;
};

static struct scale scale_of(const double *sorted, size_t n)
{
    /*
     * One time in fifty may lie above the axis, which has more room for the
     * others.
     */
    double last = sorted[n - 1 - n / 50];
    double margin = 0.08 * (last - sorted[0]) + 0.01 * last;
    struct scale s = last < 1e3   ? (struct scale){1, "ns", 0, 0}
                     : last < 1e6 ? (struct scale){1e3, "us", 0, 0}
                     : last < 1e9 ? (struct scale){1e6, "ms", 0, 0}
                                  : (struct scale){1e9, "s", 0, 0};

    s.low = fmax(0, sorted[0] - margin) / s.unit;
    s.high = (last + margin) / s.unit;
    return s;
}

static void write_median(char half, size_t first, size_t last, double median,
                         const struct scale *s, FILE *out)
{
    double time = median / s->unit;

    fprintf(out, "median\t%c\t%zu\t%zu\t%.5g\t\t\t\tmedian of %c: %.*f %s\n",
            half, first, last, time, half, time < 9.995 ? 2 : time < 99.95,
            time, s->name);
}

int noise_figure(const double *times, size_t n, const struct noise_blocks *b,
                 FILE *out)
{
    size_t half = n / 2;
    double *sorted = calloc(n + 1, sizeof(*sorted));
    struct scale s;

    if (!sorted)
        return -ENOMEM;
    memcpy(sorted, times, 2 * half * sizeof(*sorted));
    gsl_sort(sorted, 1, 2 * half);
    s = scale_of(sorted, 2 * half);
    free(sorted);
    fputs("row\thalf\tnumber\tuntil\ttime\tlow\thigh\tclipped\tlabel\n", out);
    fprintf(out, "axis\t\t0\t%zu\t\t%.5g\t%.5g\t\t%s\n", 2 * half + 1, s.low,
            s.high, s.name);
    fprintf(out, "cut\t\t%.1f\t\t\t\t\t\t\n", (double)half + 0.5);
    for (size_t i = 0; i < 2 * half; i++)
        fprintf(out, "sample\t%c\t%zu\t\t%.5g\t\t\t%d\t\n",
                i < half ? 'A' : 'B', i + 1, fmin(times[i] / s.unit, s.high),
                times[i] / s.unit > s.high);
    write_median('A', 1, half, b->a, &s, out);
    write_median('B', half + 1, 2 * half, b->b, &s, out);
    return 0;
}
