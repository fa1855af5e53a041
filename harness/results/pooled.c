/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/pooled.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* The effects weighted by 1 / (variance + between), and what follows. */
struct weighted {
    double mean;
    double squares;           /* sum of w (y - mean)^2 */
    double weights, weights2; /* sum of w, of w^2 */
};

static struct weighted weigh(const double y[], const double variances[],
                             size_t n, double between)
{
    struct weighted sum = {0};

    for (size_t i = 0; i < n; i++) {
        double w = 1 / (variances[i] + between);

        sum.weights += w;
        sum.weights2 += w * w;
        sum.mean += w * y[i];
    }
    sum.mean /= sum.weights;
    for (size_t i = 0; i < n; i++)
        sum.squares += pow(y[i] - sum.mean, 2) / (variances[i] + between);
    return sum;
}

struct estimate estimate_pooled(const double effects[],
                                const double variances[], size_t n)
{
    struct weighted fixed = weigh(effects, variances, n, 0), all;
    double freedom = (double)n - 1;
    double between = (fixed.squares - freedom) /
                     (fixed.weights - fixed.weights2 / fixed.weights);
    double half;

    all = weigh(effects, variances, n, fmax(between, 0));
    half = gsl_cdf_tdist_Qinv(0.025, freedom) *
           sqrt(all.squares / freedom / all.weights);
    return (struct estimate){.n = n,
                             .median = all.mean,
                             .low = all.mean - half,
                             .high = all.mean + half,
                             .coverage = 0.95};
}

double estimate_log_variance(const struct estimate *ratio)
{
    double z = gsl_cdf_ugaussian_Qinv((1 - ratio->coverage) / 2);

    return fmax(pow(log(ratio->high / ratio->low) / (2 * z), 2), 1e-12);
}
