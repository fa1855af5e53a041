/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_FINDING_H
#define BATON_HARNESS_REPORT_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/report/facts.h"
#include "harness/results/claims.h"

struct sweep; /* harness/report/sweep.h */

/*
 * A result of a run, as values: made from the recording, and rendered as text,
 * HTML and JSON.
 */
enum finding_kind {
    FINDING_NONE,
    FINDING_CLAIM,     /* the statistic of a claim */
    FINDING_RATIO,     /* a model against the base, at the same parameters */
    FINDING_CROSSOVER, /* from one value to the next, the other is faster */
    FINDING_GROWTH,    /* how a model's time grows with a parameter */
    FINDING_SITES,     /* whether all models report the same of each site */
    FINDING_CELL,      /* something is wrong with a cell */
    /* Of a figure alone, whose title it is. */
    FINDING_RANGE,   /* a number of the model with the least and the most */
    FINDING_NOISE,   /* how much the A/A pairs of a workload differ */
    FINDING_OVERLAP, /* tasks at once in traced samples */
    FINDING_SPREAD,  /* of most samples around the medians of their cells */
    FINDING_MAP,     /* which model is the fastest of most cells of a grid */
};

/* The number of a FINDING_RANGE. */
enum range { RANGE_COST, RANGE_LATENCY, RANGE_GROWTH, RANGE_LOST };

/* Of a traced sample: the most tasks or lanes at a time. */
struct overlap {
    const char *model;
    unsigned begun;   /* and not done */
    unsigned running; /* 0: the trace has no switches of threads */
};

struct finding {
    enum finding_kind kind;
    const struct claim *claim;         /* CLAIM */
    const struct entry *a, *b;         /* the cells; b: of a ratio */
    const char *workload, *parameters; /* SITES, OVERLAP, MAP: of what */
    struct estimate estimate;          /* its rounds, interval, coverage */
    double noise;                /* ratio: A/A pairs differ by; 0: unknown */
    bool wrong;                  /* a cell or a class is; never ranked */
    bool broken;                 /* CELL: what was promised is not there */
    bool within_noise;           /* RATIO: no difference, as far as is known */
    const struct entry *barred;  /* RATIO: there is none because of this cell */
    const char *over;            /* GROWTH, CROSSOVER, MAP: the parameter */
    double low, high;            /* CROSSOVER: its values on either side */
    const struct matrix *matrix; /* SITES */
    const struct fact_note *note; /* CLAIM: NULL; CELL: what is wrong */
    enum range range;
    struct estimate most;     /* RANGE: of b; `estimate` is of a */
    unsigned one_in;          /* LATENCY: of all items over all samples */
    double longest_ns[2];     /* takes longer than this, in a and in b; or 0 */
    struct overlap *overlaps; /* OVERLAP: for free() */
    size_t n_overlaps;
    const char *down;        /* MAP: the parameter beside `over` */
    size_t cells, won, even; /* MAP: all; of model `a`; within noise */
};

struct finding_list {
    struct finding *items;
    size_t n;
    struct fact_note *notes;
};

/*
 * Makes a cell the `a` or the `b` of a RANGE where its number is the least or
 * the greatest so far.
 */
void finding_widen(struct finding *f, const struct entry *e,
                   struct estimate number);

struct finding finding_of_sites(const struct matrix *m);

/* 0 or -ENOMEM. */
int findings_add(struct finding_list *f, struct finding finding);
void findings_finish(struct finding_list *f);

/*
 * "slower" or "faster" for a ratio, which is turned so as to be at least 1
 * times that; NULL: the interval contains 1: not significant.
 */
const char *ratio_word(struct estimate *e);

/* The cells over which an exponent was measured; ends with sweep_finish(). */
void finding_sweep(const struct finding *f, const struct table *t,
                   struct sweep *ret);

/* The ratio of a cell to the other cell of its A/A pair; n = 0: it has none. */
struct estimate noise_of_pair(const struct table *t, const struct entry *e);

/*
 * The smallest ratio of a workload that is more than noise: the farthest end
 * from 1 of the intervals of its A/A pairs, whichever side is slower. 0: it has
 * none.
 */
double noise_of(const struct table *t, const char *workload);

#endif
