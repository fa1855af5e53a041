/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_OPTIMUM_H
#define BATON_HARNESS_WATCH_OPTIMUM_H

/*
 * How few preemptions make `tasks` unguarded tasks, of `increments` each, end
 * at a value.  An increment is two steps, a load and a store; a preemption ends
 * a run of steps of a task that is not finished.
 */
#include <stdint.h>

#include "harness/watch/schedule.h"

struct game {
    uint64_t tasks, increments;
    uint64_t goal; /* the counter's last value */
};

/* 0, 1, 2 or 4; -ERANGE: no order of steps ends at the goal. */
int optimum_preemptions(const struct game *g);
/*
 * The switches of any complete game with so many preemptions: besides them, the
 * end of each task but the last.
 */
uint64_t optimum_switches(const struct game *g, uint64_t preemptions);
/*
 * Adds a schedule with that many, which names no model, to `ret`, which holds
 * no run.  0, -ERANGE or -ENOMEM.
 */
int optimum_schedule(const struct game *g, struct schedule *ret);

#endif
