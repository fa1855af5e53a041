/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_TURNS_H
#define BATON_MODELS_WAIT_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/counting.h"

/*
 * A counting task whose model keeps no stack for it, between two turns.  A turn
 * ends where the task hands over: after work->per_turn increments, or, with
 * work->passes, between a load and its store.
 */
struct turns {
    uint64_t done;  /* increments */
    uint64_t value; /* loaded, and to be stored after hand-overs: */
    unsigned held;  /* so many are left; 0: nothing is loaded */
};

/* counter: a turn's increments run to their end. */
static inline void turns_whole(const struct counting *work, struct turns *t)
{
    uint64_t n = work->increments - t->done;

    if (work->per_turn && work->per_turn < n)
        n = work->per_turn;
    counter_run(work, n);
    t->done += n;
}

/* counter-split: each increment hands over with its value in hand. */
static inline void turns_split(const struct counting *work, struct turns *t)
{
    if (t->held && --t->held == 0) {
        counter_put(work, t->value);
        t->done++;
    }
    if (t->held == 0 && t->done < work->increments) {
        t->value = counter_take(work);
        t->held = work->passes;
    }
}

/* The next turn of a task; false: it was the last one, and the task has left.
 */
static inline bool turns_take(const struct counting *work, struct turns *t,
                              size_t task)
{
    gate_turn(work->gate, task);
    counter_more(work, task, t->done);
    if (work->passes)
        turns_split(work, t);
    else
        turns_whole(work, t);
    if (t->done < work->increments)
        return true;
    gate_leave(work->gate, task);
    return false;
}

/* All tasks on one thread, one turn each, until the last is done.  As run(). */
int turns_run(struct counting *work);

#endif
