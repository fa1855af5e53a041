/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_GUARD_H
#define BATON_HARNESS_WATCH_GUARD_H

#include "harness/watch/free_run.h"

/* What keeps updates of a counter from being lost, as a run shows it. */
struct guard {
    uint64_t indivisible; /* increments in one step: additions, exchanges */
    uint64_t locked;      /* stores of a thread that has a lock */
    uint64_t turns;       /* of tasks on one thread */
};

/* One run.  0 or -errno, as free_run_once(). */
int guard_find(struct free_run *r, struct guard *ret);
/* A sentence on it, of a model that promises exact results. */
void guard_describe(const struct guard *g, const struct free_run *r, char *out,
                    size_t size);

#endif
