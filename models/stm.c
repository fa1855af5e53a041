/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stm: a thread for each task, and a transaction around each increment.
 *
 * Who runs it?  The kernel's scheduler, which interrupts a thread anywhere.
 * How it waits.  It does not: the library (libitm) notes what a transaction
 *   reads and writes.  Of two that conflict one is undone and starts again;
 *   after many failures it runs alone.
 * Shared state.  The counter.  The code names no lock: the compiler replaces
 *   each access inside the braces by a call of the library.
 *
 * Compare with locked.c, and with cas.c, which tries again by hand.
 */
#include "models/model.h"
#include "models/wait/guarded.h"

/* Not undone with the transaction, so that it may be called inside of one. */
__attribute__((transaction_pure)) static void hold(uint64_t ns)
{
    if (ns)
        counter_spin(ns);
}

/* Not inlined: a loop's variables would not survive that it starts again. */
__attribute__((noinline)) static uint64_t read_one(const uint64_t *counter,
                                                   uint64_t hold_ns)
{
    uint64_t value;

    __transaction_atomic
    {
        value = *counter;
        hold(hold_ns);
    }
    return value;
}

__attribute__((noinline)) static void add_one(uint64_t *counter,
                                              uint64_t hold_ns)
{
    __transaction_atomic
    {
        uint64_t value = *counter;

        hold(hold_ns);
        *counter = value + 1;
    }
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    /* Inside, an atomic access is refused: it could not be undone. */
    uint64_t *counter = (uint64_t *)work->counter;

    (void)guard;
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        for (uint64_t j = 0; j < work->reads; j++)
            read_one(counter, work->hold_ns);
        add_one(counter, work->hold_ns);
        /* Not inside: each commit waits for all older transactions. */
        for (unsigned pass = 0; pass < work->passes; pass++)
            sched_yield();
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    return guarded_run(work, count_task, NULL);
}

const struct model model_stm = {
    .contract = MODEL_CONTRACT,
    .name = "stm",
    .label = "transactional memory",
    .summary = "a thread for each task, a transaction for each increment",
    .family = FAMILY_LOCKS,
    .mark = 10,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "what a socket has sent cannot be undone"},
    .sleeping = {.gap = "a transaction is not to wait"},
    .relay = {.gap = "a transaction is not to wait"},
};
