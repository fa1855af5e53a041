/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_RULING_H
#define BATON_HARNESS_CHECK_RULING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/check/variants.h"
#include "harness/results/statistics.h"
#include "harness/results/store.h"

/* A file may hold any number. */
enum { VERDICT_MOST_CELLS = 10000, VERDICT_MOST_VARIANTS = 1000 };

/*
 * Whether a candidate is slower than its base: from recorded samples alone, so
 * that it can be said again from the file, byte for byte.
 *
 * Base and candidate run as neighbours, in processes of their own; a pair's
 * value is ln(candidate's time / base's time).  The screen's pairs tell which
 * cells are suspects, by an exact sign test; a suspect is decided by fresh
 * pairs alone, Holm's correction (Holm 1979) keeping the chance that any clean
 * cell is called slower or faster below `alpha`.  All the others are decided by
 * the screen's interval.  What is slow in a minority of its processes does not
 * move the median: the pairs that are far off have a sign test of their own,
 * at a tenth of `alpha` in all, and a fifth of `screen`.  A copy of the base,
 * treated as a candidate is, must not differ from it: else nothing here can be
 * believed.
 */
struct rules {
    double threshold; /* practical: 0.02 is 2 % */
    double screen;    /* one-sided level at which a cell becomes a suspect */
    double alpha;     /* of all confirmations together, one-sided */
    double control;   /* of all controls together, two-sided */
};

extern const struct rules rules_default;

/* Those of a recorded check; what its header lacks is the default. */
void rules_read(const struct recording *r, struct rules *ret);

enum ruling {
    RULING_PASS,
    RULING_IMPROVED,
    RULING_INCONCLUSIVE,
    RULING_REGRESSED,
    RULING_BROKEN, /* it could not be measured */
    RULING_N
};

/* "PASS", "REGRESSED", ... */
const char *ruling_name(enum ruling ruling);

/* One cell that was checked. */
struct checked {
    /* "counter/locked/tasks:100/increments:1000"; or two, and "against". */
    char name[2 * (32 + SAMPLE_MODEL + SAMPLE_PARAMETERS)];
    uint64_t items; /* increments, pages or runs in one iteration */
    enum ruling ruling;
    unsigned stage; /* whose pairs decided: 1 the screen's, 2 fresh ones */
    bool suspect;   /* by the screen */
    /* Of the pairs that decided. */
    struct estimate ratio; /* candidate's time over base's */
    size_t slower, faster; /* pairs; ties are neither */
    double p;              /* one-sided, in the direction of the median */
    double p_bound;        /* what it had to stay below; 0: nothing */
    /* Pairs that are far off, see decide_far(), and whether more are slower. */
    size_t far_slower, far_faster;
    double far_p;
    double far_mean;         /* what they add to the mean of all: 0.02 is 2 % */
    bool by_far;             /* it is these alone that it has regressed by */
    struct spread spread;    /* of sides with variants: between these */
    double base_ns, cand_ns; /* medians, an iteration */
    /*
     * The smallest slowdown that nine of ten such checks would have seen; 0.05
     * is 5 %.  Infinite: none, with that few pairs.
     */
    double detectable;
    uint64_t budget_ns;      /* of a check that would pass it; 0: not known */
    struct estimate control; /* copy's time over base's, of both stages */
    bool disturbed;          /* the control is not quiet */
    size_t screened;         /* pairs, of the screen */
    size_t measured;         /* pairs, of both stages and the control */
    unsigned missing;        /* pairs of which a side was not */
    char failure[240];       /* the first of them: whose, and why; or "" */
    char events[512];        /* what the event gates found; "": nothing */
    char why[512];           /* a sentence: what the ruling rests on */
};

struct verdict {
    struct rules rules;
    uint64_t seed;
    unsigned variants;         /* of each side; 0: one program each */
    char base[512], cand[512]; /* what was compared: paths, cells, commands */
    struct checked *cells;
    size_t n;
    size_t count[RULING_N];  /* cells of each ruling */
    enum ruling ruling;      /* the worst of them */
    struct estimate control; /* of all cells */
    bool disturbed;          /* by all controls together, or by any of them */
    bool untested;           /* so few pairs could not: nothing passes either */
    uint64_t test_budget_ns; /* ... of a check whose control could, if so */
    char ended[16];          /* how the check did; "": not recorded */
    bool cut;                /* it did not come to its end, so nothing passes */
    /* Of the screen, and of the fresh pairs; fewer done: they took too long. */
    struct {
        unsigned done, planned; /* rounds; planned 0: not recorded */
        char ended[16];         /* "rounds", "time", "failures", or "" */
    } rounds[2];
    uint64_t elapsed_ns;
    int status;        /* the exit status without --strict */
    int strict_status; /* ... and with it */
    char reason[2048]; /* a paragraph, in words */
};

#endif
