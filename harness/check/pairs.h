/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_PAIRS_H
#define BATON_HARNESS_CHECK_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/check/variants.h"
#include "harness/results/store.h"

/* The pairs of one cell of a check, from its samples. */
struct pair_set {
    double *ln;       /* of the other side's time over base's */
    struct drawn *of; /* their variants; in the memory of `ln` */
    size_t n;
    size_t missing; /* a side was not measured */
};

/*
 * The samples of one trial of a self-test, which stand together; of a check
 * when `trial` is 0.  A view: nothing to free.
 */
struct recording pairs_trial(const struct recording *r, unsigned trial);

/* Whether a sample of a check has a time in it. */
bool pairs_measured(const struct sample *s);

/*
 * Of one trial's samples: the pairs of cell number `cell` in stage `stage` (0:
 * in both) whose other side is `other`, in the order in which they were taken.
 * 0 or -ENOMEM.  Ends with free(ret->ln).
 */
int pairs_collect(const struct recording *r, unsigned cell, unsigned stage,
                  enum sample_side other, struct pair_set *ret);

#endif
