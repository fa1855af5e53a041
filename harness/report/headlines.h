/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_HEADLINES_H
#define BATON_HARNESS_REPORT_HEADLINES_H

#include <stdio.h>

#include "harness/report/sweep.h"
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

enum { MAX_CLAIMS = 2 };

struct headline {
    enum statistic statistic;
    struct side a, b; /* b: RATIO only */
    const char *size; /* EXPONENT: the parameter that varies */
    const char *task; /* "100 tasks x 1000 increments" */
    const char *note; /* what a reader should hold it against; or NULL */
    /* What the tutorial said this number is; 0 ends them. */
    double claims[MAX_CLAIMS];
};

extern const struct headline headlines[];
extern const size_t n_headlines;

/* All sides of a headline as a sample has them; -EINVAL: unknown workload. */
int side_parameters(const struct side *side, char *out, size_t size);

/* The cell of one side, or NULL: the table lacks it. */
const struct entry *headline_entry(const struct side *side,
                                   const struct table *t);

/* EXPONENT: the cells over which a grows; 0 or -ENOENT. */
int headline_sweep(const struct headline *h, const struct table *t,
                   struct sweep *ret);

/*
 * The number of the sentence: RATIO a's time over b's, LOST the share (1 is
 * all), EXPONENT the exponent.  0, or -ENOENT when there is no sentence.
 */
int headline_estimate(const struct headline *h, const struct table *t,
                      struct estimate *ret);

/*
 * "slower" or "faster" for a ratio, which is turned so as to be at least 1
 * times that; NULL: the interval holds 1, the two are not separated.
 */
const char *ratio_word(struct estimate *e);

/* The ratio of a cell to its identical twin; n = 0: it has none. */
struct estimate headline_twin(const struct table *t, const struct entry *e);

/*
 * How many times another time something of a workload must be to be more than
 * noise: the farthest end from 1 of all intervals of its identical pairs, for
 * either twin may be the slower one.  0: it has none.
 */
double headline_noise(const struct table *t, const char *workload);

/*
 * Writes the sentence without a line end; 0, or -ENOENT when the table lacks
 * a side or a single pair (then nothing is written).
 */
int headline_print(const struct headline *h, const struct table *t, FILE *out);

#endif
