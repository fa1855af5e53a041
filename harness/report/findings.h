/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_FINDINGS_H
#define BATON_HARNESS_REPORT_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/report/facts.h"
#include "harness/report/results.h"
#include "harness/results/claims.h"

struct sweep; /* harness/report/sweep.h */

/*
 * What a run shows, as values: made from the recording, and rendered as text,
 * HTML and JSON.
 */
enum finding_kind {
    FINDING_CLAIM, /* the statistic of a claim */
    FINDING_SITES, /* whether all models report the same of each site */
    FINDING_CELL,  /* something is wrong with a cell */
};

struct finding {
    enum finding_kind kind;
    const struct claim *claim;    /* CLAIM */
    const struct entry *a, *b;    /* the cells; b: of a ratio; SITES: none */
    struct estimate estimate;     /* CLAIM; its rounds, interval, coverage */
    double noise;                 /* ratio: A/A pairs differ by; 0: unknown */
    bool wrong;                   /* a cell or a class is; never ranked */
    bool broken;                  /* CELL: what was promised is not there */
    const struct matrix *matrix;  /* SITES */
    const struct fact_note *note; /* CLAIM: NULL; CELL: what is wrong */
};

struct finding_list {
    struct finding *items;
    size_t n;
    struct fact_note *notes;
};

/* In the order of the claims, the sites, and the cells.  0 or -ENOMEM. */
int findings_make(const struct results *r, struct finding_list *ret);
void findings_finish(struct finding_list *f);

/*
 * A finding in one sentence, and where its parts end: what it is of, what was
 * found, the interval; and behind that whatever else there is to know.
 */
struct wording {
    char *text; /* for free() */
    size_t subject, statement, interval;
};
/* At most `most` differences between sites.  0 or -ENOMEM. */
int finding_words(const struct finding *f, const struct table *t, size_t most,
                  struct wording *ret);

/* An array of objects; NULL: no memory. */
json_t *findings_json(const struct finding_list *f, const struct table *t);

/*
 * "slower" or "faster" for a ratio, which is turned so as to be at least 1
 * times that; NULL: the interval holds 1, the two are not separated.
 */
const char *ratio_word(struct estimate *e);

/* The cells over which an exponent was measured; ends with sweep_finish(). */
void finding_sweep(const struct finding *f, const struct table *t,
                   struct sweep *ret);

/* The ratio of a cell to its A/A twin; n = 0: it has none. */
struct estimate noise_of_pair(const struct table *t, const struct entry *e);

/*
 * How many times another time something of a workload must be to be more than
 * noise: the farthest end from 1 of all intervals of its A/A pairs, for either
 * side may be the slower one.  0: it has none.
 */
double noise_of(const struct table *t, const char *workload);

#endif
