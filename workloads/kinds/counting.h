/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_KINDS_COUNTING_H
#define BATON_WORKLOADS_KINDS_COUNTING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/gate.h"

/*
 * The counting kind of work: `tasks` tasks add `increments` each to one shared
 * counter.  Counting is not a protocol: a callback per increment would cost
 * more than the increment, so each model writes its own loop, as a textbook
 * would, around counter_load() and counter_store().
 *
 * Everything here belongs to the harness and outlives the model's run.
 */
struct counting {
    size_t tasks;
    uint64_t increments; /* per task */
    uint64_t per_turn;   /* before a cooperative task hands over; 0: all */
    unsigned passes;     /* hand-overs between load and store: 0 or 1 */
    _Atomic uint64_t *counter;
    struct gate *gate;
};

/*
 * One increment is a load, an addition and a store, as in the machine and in
 * the tutorial's `counter += 1`.  Relaxed atomics: updates are lost for real
 * when threads interleave, without undefined behaviour, ThreadSanitizer has
 * nothing to say, and no compiler folds the loop into one addition (gcc -O2
 * does that to a plain `counter++`).
 */
static inline uint64_t counter_load(const struct counting *work)
{
    return atomic_load_explicit(work->counter, memory_order_relaxed);
}

static inline void counter_store(const struct counting *work, uint64_t value)
{
    atomic_store_explicit(work->counter, value, memory_order_relaxed);
}

#endif
