/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/demo_noise.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

const double noise_threshold = 0.02;
const double noise_level = 0.05;

/* Mann and Whitney. */

struct ranked {
    double value;
    bool in_a;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return (x->value > y->value) - (x->value < y->value);
}

/* The sum of the ranks of a, and of t^3 - t over the groups of equal values. */
static void add_ranks(const struct ranked all[], size_t n, double *ret_sum,
                      double *ret_ties)
{
    *ret_sum = *ret_ties = 0;
    for (size_t i = 0, end; i < n; i = end) {
        size_t in_a = 0;
        double t;

        for (end = i; end < n && all[end].value <= all[i].value; end++)
            in_a += all[end].in_a;
        t = (double)(end - i);
        /* They share the mean of the ranks from i + 1 to end. */
        *ret_sum += (double)in_a * (double)(i + 1 + end) / 2;
        *ret_ties += t * t * t - t;
    }
}

static double p_of(double rank_sum, double ties, double n, double m)
{
    double all = n + m, u = rank_sum - n * (n + 1) / 2;
    double variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)));

    if (!(variance > 0))
        return 1;
    return fmin(1, 2 * gsl_cdf_ugaussian_Q((fabs(u - n * m / 2) - 0.5) /
                                           sqrt(variance)));
}

int mann_whitney(const double *a, size_t n, const double *b, size_t m,
                 double *ret_p)
{
    struct ranked *all = calloc(n + m + 1, sizeof(*all));
    double sum, ties;

    if (!all)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        all[i] = (struct ranked){a[i], true};
    for (size_t i = 0; i < m; i++)
        all[n + i] = (struct ranked){b[i], false};
    qsort(all, n + m, sizeof(*all), by_value);
    add_ranks(all, n + m, &sum, &ties);
    *ret_p = p_of(sum, ties, (double)n, (double)m);
    free(all);
    return 0;
}

/* Blocks. */

static bool is_large(double ratio)
{
    return fabs(log(ratio)) > log1p(noise_threshold);
}

int noise_blocks(const double *times, size_t n, struct noise_blocks *ret)
{
    const double *b = times + n / 2;
    struct noise_blocks blocks;
    struct estimate first, second;
    int error = estimate_copy(times, n / 2, &first);

    if (!error)
        error = estimate_copy(b, n / 2, &second);
    if (!error)
        error = mann_whitney(times, n / 2, b, n / 2, &blocks.p);
    if (error)
        return error;
    blocks.a = first.median;
    blocks.b = second.median;
    blocks.ratio = blocks.b / blocks.a;
    blocks.alarm = blocks.p < noise_level && is_large(blocks.ratio);
    *ret = blocks;
    return 0;
}

/* Pairs. */

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
    for (size_t i = 0; i < pairs; i++) {
        double second_to_first = log(times[2 * i + 1] / times[2 * i]);

        logs[i] = b_first[i] ? -second_to_first : second_to_first;
    }
    ret->ratio = estimate_exp(estimate_median(logs, pairs));
    ret->alarm = !estimate_spans(&ret->ratio, 1) && is_large(ret->ratio.median);
    free(logs);
    return 0;
}

/* Windows. */

static int ask_window(const double *times, const bool b_first[],
                      struct noise_windows *ret)
{
    struct noise_blocks blocks;
    struct noise_pairs pairs;
    int error = noise_blocks(times, NOISE_WINDOW, &blocks);

    if (!error)
        error = noise_pairs(times, NOISE_WINDOW / 2, b_first, &pairs);
    if (error)
        return error;
    ret->n++;
    ret->blocks += blocks.alarm;
    ret->pairs += pairs.alarm;
    return 0;
}

/* Each window has an order of its own, or all would share one's luck. */
int noise_windows(const double *times, size_t n, uint64_t seed,
                  struct noise_windows *ret)
{
    size_t windows = n < NOISE_WINDOW ? 0 : n - NOISE_WINDOW + 1;
    size_t pairs = windows * (NOISE_WINDOW / 2);
    bool *b_first = calloc(pairs + 1, sizeof(*b_first));
    struct noise_windows found = {0};
    int error = b_first ? noise_order(seed, pairs, b_first) : -ENOMEM;

    for (size_t i = 0; i < windows && !error; i++)
        error = ask_window(times + i, b_first + i * (NOISE_WINDOW / 2), &found);
    free(b_first);
    if (!error)
        *ret = found;
    return error;
}
