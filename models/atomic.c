/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * atomic: a thread for each task, an indivisible increment.
 *
 * Who runs it?  The kernel's scheduler, which interrupts a thread anywhere,
 *   but not in the middle of the one instruction that counts.
 * How it waits.  It does not: the processors decide which of them has the
 *   cache line.
 * Shared state.  The counter; load, addition and store are one operation.
 *
 * Compare with locked.c, where a mutex does it, and cas.c, for what no single
 * instruction can do.
 */
#include "models/model.h"
#include "models/wait/guarded.h"

static void count_task(const struct counting *work, size_t task, void *guard)
{
    (void)guard;
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        counter_reads(work);
        /* Nothing can be between load and store: they are one. */
        counter_hold(work);
        counter_add(work, 1);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    return guarded_run(work, count_task, NULL);
}

const struct model model_atomic = {
    .contract = MODEL_CONTRACT,
    .name = "atomic",
    .label = "threads + atomic add",
    .summary = "a thread for each task, one instruction for each increment",
    .family = FAMILY_LOCKS,
    .mark = 2,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.gap = "it only guards a counter"},
};
