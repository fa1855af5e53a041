/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_POOLED_H
#define BATON_HARNESS_RESULTS_POOLED_H

#include <stddef.h>

#include "harness/results/statistics.h"

/*
 * The mean of one effect over n >= 2 hosts, which differ by more than their
 * noise (random effects).  Host i measured effects[i] with variances[i] > 0.
 *
 * The variance between hosts is that of DerSimonian and Laird (Meta-analysis
 * in clinical trials, Controlled Clinical Trials 7, 177, 1986).  The interval
 * of 95 % is that of Hartung and Knapp (A refined method for the meta-analysis
 * of controlled clinical trials with binary outcome, Statistics in Medicine
 * 20, 3875, 2001): it has the quantile of Student's t with n - 1 degrees of
 * freedom.
 */
struct estimate estimate_pooled(const double effects[],
                                const double variances[], size_t n);

/* Fewer hosts are shown beside each other, and not pooled. */
enum { LEAST_HOSTS = 5 };

/*
 * The variance of the logarithm of a ratio, from the width of its interval as
 * that of a normal distribution.  Not 0, however alike the values are.
 */
double estimate_log_variance(const struct estimate *ratio);

#endif
