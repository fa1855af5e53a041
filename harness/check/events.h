/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_EVENTS_H
#define BATON_HARNESS_CHECK_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/results/store.h"

/*
 * The gates beside time, which need no statistics: what was done, how often it
 * was wrong, what it took from the kernel.  Exact are results, operations,
 * errors, and lost updates where none were promised; of threads the candidate
 * may have a tenth more (one at least), of voluntary switches twice as many as
 * its base, and EVENTS_SWITCHES more, for these depend on the scheduler.
 */
enum { EVENTS_SWITCHES = 20 }; /* an iteration */

struct events {
    bool base_wrong; /* then there is nothing to compare with */
    bool cand_worse;
    char words[512]; /* what was found, or "" */
};

/* Of the samples of cell number `cell` in one trial (0: of a check). */
int events_find(const struct recording *r, unsigned trial, unsigned cell,
                struct events *ret);

#endif
