/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_HISTOGRAM_H
#define BATON_HARNESS_RESULTS_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * How many times of how long there were, in buckets that are the same for
 * every sample, so that the histogram of any set of samples is the sum of
 * theirs.  Each power of two is cut into 64 buckets of equal width: times below
 * 128 ns have a bucket each, and the middle of any other bucket is within
 * 0.8 % of all the times in it.
 */
enum {
    HISTOGRAM_STEPS = 64, /* buckets of a power of two */
    HISTOGRAM_BUCKETS = (64 - 5) * HISTOGRAM_STEPS
};
struct histogram {
    uint64_t n; /* sum of the counts */
    uint64_t counts[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t ns);

/* The middle of a bucket, in ns. */
double histogram_time(unsigned bucket);

/* As text: "BUCKET=COUNT BUCKET=COUNT", empty ones left out; "": no times. */
void histogram_print(const void *histogram, FILE *out);
/*
 * Its text, which lasts as long as the process; NULL: no times, or no memory.
 */
const char *histogram_keep(const struct histogram *h);
/* The same of a text that was read; what is not one is left out. */
const char *histogram_keep_text(const char *text);
/* Adds the counts of a text; -EINVAL: it is no histogram, and none is added. */
int histogram_add_text(struct histogram *h, const char *text);

/*
 * The time that is not exceeded by `permille` of 1,000 times (500: the median;
 * 999: p99.9), within 1 %.  False: it would rest on fewer than ten times that
 * are longer, so that p99 needs 1,000 times.
 */
bool histogram_percentile(const struct histogram *h, unsigned permille,
                          double *ret_ns);

#endif
