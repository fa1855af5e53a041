/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_VERDICTS_H
#define BATON_HARNESS_REPORT_VERDICTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "harness/report/results.h"
#include "harness/results/claims.h"

/*
 * The verdicts on published claims: one for each entry that has a rule, made
 * from the recording alone.
 */

/*
 * The statistic at one value of the parameter that a claim sweeps; of an
 * exponent, between two neighbouring values.
 */
struct decided {
    double at, to; /* `to` of an exponent; else as `at`.  0: no sweep */
    struct estimate estimate;
    enum decision decision;
};

/* Why nothing is decided although there are numbers, or why there are none. */
enum obstacle {
    OBSTACLE_NONE,
    OBSTACLE_ABSENT,    /* a cell of it was not measured */
    OBSTACLE_MISSING,   /* samples of a cell are */
    OBSTACLE_BROKEN,    /* a cell breaks what it promises */
    OBSTACLE_FEW,       /* rounds */
    OBSTACLE_DISTURBED, /* by other programs on the machine */
};

struct setting_verdict {
    const struct claim *claim; /* the entry */
    enum decision decision;
    enum decision alone; /* of the numbers, whatever the obstacle is */
    enum obstacle obstacle;
    const struct entry *cell;  /* the obstacle's; or NULL */
    const struct entry *a, *b; /* subject; b: of a ratio.  NULL: none */
    struct decided whole;      /* over all values; or of the first one */
    struct decided *values;    /* for free() */
    size_t n;
    /* DEPENDS: decided one way up to `low`, and another way from `high` on. */
    double low, high, crossover; /* where the limit itself is met; or 0 */
    enum decision before, after;
};

struct claim_verdict {
    const char *id;
    const struct claim *words;          /* has the quote and the source */
    const struct setting_verdict *head; /* the headline, one of these */
    struct setting_verdict *settings;   /* for free() */
    size_t n;
};

struct verdicts {
    struct claim_verdict *items;
    size_t n;
    double disturbed; /* the share of looks that found other programs busy */
};

/*
 * Of all claims that have an entry of which a cell was measured.  0 or -ENOMEM.
 */
int verdicts_make(const struct results *r, struct verdicts *ret);
void verdicts_finish(struct verdicts *v);

/* Whether more rounds may decide it. */
bool verdict_is_open(const struct setting_verdict *s);

/*
 * A setting in one sentence: what was measured, and what the rule asks for.
 * For free(); NULL: no memory.
 */
char *verdict_sentence(const struct setting_verdict *s,
                       const struct verdicts *v);
/* The estimates from which on as narrow an interval would have decided. */
struct effect {
    double low, high;           /* supported from here to there */
    double refuted_to, refuted; /* or refuted up to this, or from this on */
};
struct effect verdict_effect(const struct setting_verdict *s);
/* "models", or the language of the entry. */
const char *verdict_setting(const struct claim *c);

/* An array of objects, one for each claim; docs/claims.md lists the keys. */
json_t *verdicts_json(const struct verdicts *v);
/* These, and of which run they are. */
json_t *verdicts_document(const struct results *r);

/* The estimate of a claim's statistic at value `i` of `over`, from cells. */
struct estimate claim_estimate(const struct claim *c, const struct table *t,
                               const struct entry *const cells[2]);
/* Of an exponent, over n cells. */
struct estimate claim_exponent(const struct claim *c, const struct table *t,
                               const struct entry *const cells[],
                               const double sizes[], size_t n);

#endif
