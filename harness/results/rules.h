/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_RULES_H
#define BATON_HARNESS_RESULTS_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/results/statistics.h"

/* The statistics of claims: a closed list; claims/README.md explains them. */
enum statistic {
    STATISTIC_NONE,       /* the cells are measured and shown, no more */
    STATISTIC_RATIO,      /* the first model's time over the second's */
    STATISTIC_EXPONENT,   /* how a model's time grows with `over` */
    STATISTIC_SHARE,      /* the share of updates that a model lost */
    STATISTIC_PERCENTILE, /* `metric`, a percentile inside each sample */
    STATISTIC_COUNT,      /* `metric`, a number */
    STATISTIC_WRONG,      /* the share of iterations that ended wrong */
    STATISTIC_GROWTH,     /* a model's time over that at the first value */
    STATISTIC_N
};
extern const char *const statistic_names[STATISTIC_N];

/* When a claim is right: a closed list too. */
enum rule_kind { RULE_NONE, RULE_AT_LEAST, RULE_AT_MOST, RULE_BETWEEN, RULE_N };
struct rule {
    enum rule_kind kind;
    double low, high; /* AT_LEAST has only low, AT_MOST only high */
};

/* Reads "at-least 10", "at-most 1/3", "between 0.9 1.1"; 0 or -EINVAL. */
int rule_read(const char *text, struct rule *ret);
/* "0.0327", "1/3"; 0 or -EINVAL. */
int rule_number(const char *text, double *ret);

/* "at-least 10": as it is read. */
void rule_words(const struct rule *r, char *out, size_t size);

/*
 * The numbers from which on an interval decides: it supports the rule where it
 * lies inside of `inner`, and refutes it where it lies wholly outside of
 * `outer`.  What the rule does not limit is infinite.  Between them lie the
 * margins: a factor of 1.2 of a ratio, a fifth of a share, 0.1 of an exponent
 * and of a range of ratios, none of other numbers.
 */
struct margins {
    double inner_low, inner_high, outer_low, outer_high;
};
extern const double ratio_margin; /* that factor */
struct margins rule_margins(const struct rule *r, enum statistic s);

/* Whether there are numbers that support the rule, and some that refute it. */
bool rule_can_fail(const struct rule *r, enum statistic s);

enum decision { UNDECIDED, SUPPORTED, REFUTED, DEPENDS, DECISION_N };
extern const char *const decision_names[DECISION_N];

/* UNDECIDED where there is no interval; never DEPENDS. */
enum decision rule_decide(const struct rule *r, enum statistic s,
                          const struct estimate *e);

#endif
