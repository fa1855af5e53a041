/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cas: a thread for each task, which tries each increment until it succeeds.
 *
 * Who runs it?  The kernel's scheduler, which interrupts a thread anywhere;
 *   none of the others has to wait until it continues.
 * How it waits.  It does not: compare-and-swap stores only if the counter is
 *   still what was loaded, and else the increment is computed again.
 * Shared state.  The counter.  A try fails only because another one succeeded:
 *   the algorithm is lock-free.
 *
 * Compare with atomic.c: this loop can compute any new value from the old one.
 */
#include "models/model.h"
#include "models/wait/guarded.h"

static void add_one(const struct counting *work)
{
    uint64_t value = counter_load(work);

    counter_hold(work);
    /* Another task has stored: it computes anew, from what is there now. */
    while (!counter_cas(work, &value, value + 1))
        if (work->hold_ns)
            counter_spin(work->hold_ns);
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    (void)guard;
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        counter_reads(work);
        add_one(work);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    return guarded_run(work, count_task, NULL);
}

const struct model model_cas = {
    .contract = MODEL_CONTRACT,
    .name = "cas",
    .label = "threads + CAS",
    .summary = "a thread for each task, which tries until it succeeds",
    .family = FAMILY_LOCKS,
    .mark = 3,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.gap = "it only guards a counter"},
};
