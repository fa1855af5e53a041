/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_HEADLINES_H
#define BATON_HARNESS_REPORT_HEADLINES_H

#include <stdio.h>

#include "harness/results/table.h"

/*
 * The sentences of the report: one table of (pair, statistic, words).  No
 * ratio without its interval; "not separated" where the interval spans 1.
 */
enum statistic {
    STATISTIC_RATIO,    /* a's time over b's */
    STATISTIC_LOST,     /* the share of updates that a lost */
    STATISTIC_EXPONENT, /* how a's time grows with its workload's `size` */
};

struct side {
    const char *workload, *model;
    const char *parameters; /* those that are not at their preset */
};

struct headline {
    enum statistic statistic;
    struct side a, b; /* b: RATIO only */
    const char *size; /* EXPONENT: the parameter that varies */
    const char *task; /* "100 tasks x 1000 increments" */
    const char *note; /* what a reader should hold it against; or NULL */
};

extern const struct headline headlines[];
extern const size_t n_headlines;

/* All sides of a headline as a sample has them; -EINVAL: unknown workload. */
int side_parameters(const struct side *side, char *out, size_t size);

/*
 * Writes the sentence without a line end; 0, or -ENOENT when the table lacks
 * a side or a single pair (then nothing is written).
 */
int headline_print(const struct headline *h, const struct table *t, FILE *out);

#endif
