/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_CERTIFICATE_H
#define BATON_HARNESS_CHECK_CERTIFICATE_H

#include <stdio.h>

#include "harness/check/resample.h"
#include "harness/check/verdict.h"

/*
 * What a self-test found out about `baton check` on one machine: how often it
 * calls something slower that is not, and which slowdowns it sees.  Live trials
 * are whole checks that were run; resampled ones are made of the pairs that the
 * clean ones of these recorded; both are counted apart.
 */
enum { CERTIFICATE_SUITES = 1000, CERTIFICATE_SIZES = 12 };

/* The slowdowns that are looked at, 0 first. */
extern const double certificate_sizes[CERTIFICATE_SIZES];

/* Live trials with one slowdown. */
struct live {
    unsigned suites, red, improved;
    unsigned decided; /* suites without an undecided cell */
    unsigned broken;  /* with a cell that was not measured; all: no suite */
    /* Whose control was not quiet: of clean ones besides, if not red. */
    unsigned disturbed;
    unsigned cells, seen, passed, undecided; /* seen: called slower */
    unsigned covered; /* cells whose interval held the true ratio */
    unsigned intervals;
    unsigned
        untouched; /* cells whose few iterations took no more; not counted */
    double least, most; /* really injected, in whole iterations: 0.05 is 5 % */
    double seconds;     /* of a trial, the median */
};

struct certificate {
    size_t n;        /* cells */
    size_t left_out; /* cells that were never measured; not among these */
    struct rules rules;
    double budget_s;
    char pin[64]; /* the CPUs of the samples, or "none" */
    struct live live[CERTIFICATE_SIZES];
    struct resampling resampled[CERTIFICATE_SIZES];
    struct recorded *recorded; /* [n] */
    double *smallest;          /* [n]: detected in 90 %; infinite: none was */
    /* Pairs in a resampled screen, the median of the clean trials'; 0: none. */
    size_t screen;
};

/*
 * Clopper and Pearson's upper bound (Biometrika 26, 1934), one-sided, 95 %, of
 * the rate of which `n` trials showed `r`.
 */
double certificate_bound(unsigned r, unsigned n);

/*
 * Of the first `trials` trials of a self-test; `slowdowns[i]` was injected into
 * trial i + 1, and a negative one says that it came to no end.  What became of
 * each resampled cell is written to `windows`, a table that other methods can
 * be applied to as well, unless that is NULL.  0, -ENOMEM, or -EINVAL: there is
 * no clean trial.  Ends with certificate_finish().
 */
int certificate_make(const struct recording *r, const double slowdowns[],
                     unsigned trials, FILE *windows, struct certificate *ret);
void certificate_finish(struct certificate *c);

/* For a terminal. */
void certificate_print(const struct certificate *c, FILE *out);
/* As text, for free(); of which machine, and from which day. */
char *certificate_json(const struct certificate *c, const char *machine,
                       const char *date);

#endif
