/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_TABLE_H
#define BATON_HARNESS_RESULTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/results/sample.h"
#include "harness/results/statistics.h"
#include "workloads/kinds/journal.h"

/* All samples of one cell; of a check, those of one side in one trial. */
struct entry {
    const struct sample *first, *last;         /* of any status */
    const char *workload, *model, *parameters; /* those of `first` */
    bool twin;                                 /* of the entry like it */
    /*
     * Of the first entry of the same workload, of the same model, and of the
     * same workload with the same parameters: its index.
     */
    size_t workload_first, model_first, group_first;
    const struct sample **by_round; /* [rounds]; NULL: missing */
    const struct sample **right;    /* sample_is_right(), in run order */
    size_t n_right;
    unsigned measured, wrong, missing; /* samples, of rounds >= 1 */
    unsigned disturbed;                /* of those that are missing */
    unsigned meant; /* samples that there should be, one in each round */
    uint64_t iterations, wrong_iterations, broken_iterations;
    uint64_t lost_updates, errors;
    struct tally tally;       /* connections: what became of the pages */
    const char *text;         /* the first thing that was wrong, or "" */
    const char *missing_text; /* why the first missing one is, or "" */
    const char *why;          /* of the first round that was not right, or "" */
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
    size_t *sorted; /* the entries, by what they are samples of */
};

/* Borrows the samples.  0 or -ENOMEM. */
int table_build(struct table *t, const struct sample *samples, size_t n);
void table_finish(struct table *t);

/* The entry that the sample, or one like it, belongs to; NULL: none. */
struct entry *table_entry_of(const struct table *t, const struct sample *s);
const struct entry *table_find(const struct table *t, const char *workload,
                               const char *model, const char *parameters);
/* The second one of an identical pair, sampled beside `e`; or NULL. */
const struct entry *table_twin(const struct table *t, const struct entry *e);

/* Verified, in a round, and timed: the samples that are exported. */
bool sample_is_right(const struct sample *s);
/* The iterations that were not injected by a self-test. */
uint64_t sample_iterations(const struct sample *s);

/*
 * One value of a sample.  The times are those of one iteration; where a
 * self-test injected more work, of one iteration with what was injected.
 */
typedef double (*sample_value)(const struct sample *s);
double value_real_ns(const struct sample *s);
double value_cpu_ns(const struct sample *s);
double value_switches(const struct sample *s); /* per iteration, both kinds */
double value_lost_share(const struct sample *s);

/* Median and interval over the rounds. */
struct estimate table_estimate(const struct entry *e, unsigned rounds,
                               sample_value value);
/* The same over the right samples. */
struct estimate table_estimate_right(const struct entry *e, sample_value value);

/* The same of a metric by its name; `positive`: only of values above 0. */
struct estimate table_estimate_metric(const struct sample *const samples[],
                                      size_t most, const char *metric,
                                      bool positive);

/*
 * A / B: the median of ln(A/B) inside each round that has both sides.  Noise
 * that lasts longer than a pair divides out.
 */
struct estimate table_ratio(const struct entry *a, const struct entry *b,
                            unsigned rounds, sample_value value);

/* A / B of two runs, whose rounds are not paired. */
struct estimate table_unpaired_ratio(const struct entry *a, unsigned a_rounds,
                                     const struct entry *b, unsigned b_rounds,
                                     sample_value value);

/*
 * Whether two samples of a round may be compared: both are there, and were
 * measured on one host.  Parts of a run may come from several.
 */
bool sample_meets(const struct sample *a, const struct sample *b);

/*
 * The growth exponent: per round the slope of ln T on ln n over the entries,
 * of which entry i has size n[i].  Rounds that lack an entry are left out.
 */
struct estimate table_exponent(const struct entry *const entries[],
                               const double sizes[], size_t n, unsigned rounds);

#endif
