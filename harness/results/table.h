/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_TABLE_H
#define BATON_HARNESS_RESULTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/results/sample.h"
#include "harness/results/statistics.h"
#include "workloads/kinds/journal.h"

/* All samples of one cell, by round. */
struct entry {
    const char *workload, *model, *parameters; /* a sample's */
    bool twin;                                 /* of the entry like it */
    const struct sample **by_round;            /* [rounds]; NULL: missing */
    const struct sample *last;                 /* of any status */
    unsigned measured, wrong, missing;         /* samples, of rounds >= 1 */
    unsigned meant; /* samples that there should be, one in each round */
    uint64_t iterations, wrong_iterations, broken_iterations;
    uint64_t lost_updates, errors;
    struct tally tally;       /* connections: what became of the pages */
    const char *text;         /* the first thing that was wrong, or "" */
    const char *missing_text; /* why the first missing one is, or "" */
    unsigned labelled;        /* samples the audit objected to */
    bool origin_bound;        /* more than half of the samples */
    bool calibrated;
    bool overlapping; /* labelled so: more at once than it declares */
};

/* Samples, sorted into cells in the order in which these first appear. */
struct table {
    struct entry *entries;
    size_t n;
    unsigned rounds;
};

/* Borrows the samples.  0 or -ENOMEM. */
int table_build(struct table *t, const struct sample *samples, size_t n);
void table_finish(struct table *t);

const struct entry *table_find(const struct table *t, const char *workload,
                               const char *model, const char *parameters);
/* The second one of an identical pair, sampled beside `e`; or NULL. */
const struct entry *table_twin(const struct table *t, const struct entry *e);

/* One value of a sample. */
typedef double (*sample_value)(const struct sample *s);
double value_real_ns(const struct sample *s);
double value_cpu_ns(const struct sample *s);
double value_switches(const struct sample *s); /* per iteration, both kinds */
double value_lost_share(const struct sample *s);

/* Median and interval over the rounds. */
struct estimate table_estimate(const struct entry *e, unsigned rounds,
                               sample_value value);

/*
 * A / B: the median of ln(A/B) inside each round that has both sides.  Noise
 * that lasts longer than a pair divides out.
 */
struct estimate table_ratio(const struct entry *a, const struct entry *b,
                            unsigned rounds, sample_value value);

/*
 * The growth exponent: per round the slope of ln T on ln n over the entries,
 * of which entry i has size n[i].  Rounds that lack an entry are left out.
 */
struct estimate table_exponent(const struct entry *const entries[],
                               const double sizes[], size_t n, unsigned rounds);

/* The value of "key" in "tasks=100,increments=1000"; false: not there. */
bool sample_parameter(const char *parameters, const char *key, uint64_t *ret);

#endif
