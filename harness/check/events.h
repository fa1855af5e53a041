/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_EVENTS_H
#define BATON_HARNESS_CHECK_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/check/ruling.h"
#include "harness/results/store.h"

/*
 * The gates beside time: what was done, how often it was wrong, what it took
 * from the kernel.  Exact, and without statistics, are results, operations,
 * errors, crashes, and lost updates where none were promised.  A sample that
 * hangs, or that had no thread to begin with, may be the machine's doing: it is
 * an event where it is no chance that it is the candidate's, and a doubt where
 * it may be, so that the cell does not pass.  Of threads the candidate may have
 * a tenth more (one at least), of voluntary switches twice as many as base, and
 * EVENTS_SWITCHES more, for these depend on the scheduler; both of builds
 * alone, and of one cell.  A leak that base does not have is one as well.
 */
enum { EVENTS_SWITCHES = 20 }; /* an iteration */

struct events {
    bool base_wrong; /* then there is nothing to compare with */
    bool cand_worse;
    bool doubtful;   /* it may be: so it does not pass */
    char words[512]; /* what was found, or "" */
};

/* Of the samples of cell number `cell`, in one trial's samples. */
int events_find(const struct rules *rules, const struct recording *r,
                unsigned cell, struct events *ret);

#endif
