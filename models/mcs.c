/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mcs: a thread for each task, and a spinlock that is a queue.
 *
 * Who runs it?  The kernel's scheduler, which stops a thread anywhere, also
 *   the one that is next: then all the others wait for it.
 * How it waits.  It appends itself to the queue, and reads a word of its own
 *   again and again, until the thread before it changes that; after a while it
 *   yields the CPU between two reads.  (Mellor-Crummey and Scott, 1991.)
 * Shared state.  The counter, and the end of the queue.
 *
 * Compare with ticket.c: the same order, but all wait at one cache line.
 */
#include <ck_spinlock.h>
#include <sched.h>

#include "models/model.h"
#include "models/wait/guarded.h"

/*
 * Between two looks at whose turn it is.  It spins at first; then that one may
 * be without a CPU, and this thread yields its own.
 */
static void pause_or_yield(const struct counting *work, uint64_t looks)
{
    if (looks < work->spins)
        ck_pr_stall();
    else
        sched_yield();
}

/* As ck_spinlock_mcs_lock(), which only spins. */
static void take(const struct counting *work, ck_spinlock_mcs_t *lock,
                 ck_spinlock_mcs_context_t *own)
{
    ck_spinlock_mcs_context_t *before;

    own->locked = true;
    own->next = NULL;
    ck_pr_fence_store_atomic();
    before = ck_pr_fas_ptr(lock, own);
    if (before) {
        ck_pr_store_ptr(&before->next, own);
        for (uint64_t looks = 0; ck_pr_load_uint(&own->locked); looks++)
            pause_or_yield(work, looks);
    }
    ck_pr_fence_lock();
}

/* It does not distinguish those that only read. */
static void read_often(const struct counting *work, ck_spinlock_mcs_t *lock)
{
    ck_spinlock_mcs_context_t own;

    for (uint64_t i = 0; i < work->reads; i++) {
        take(work, lock, &own);
        counter_read(work);
        ck_spinlock_mcs_unlock(lock, &own);
    }
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    ck_spinlock_mcs_t *lock = guard;
    ck_spinlock_mcs_context_t own;

    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        read_often(work, lock);
        take(work, lock, &own);
        counter_once(work);
        ck_spinlock_mcs_unlock(lock, &own);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    ck_spinlock_mcs_t lock = CK_SPINLOCK_MCS_INITIALIZER;

    return guarded_run(work, count_task, &lock);
}

static const char *version(void)
{
    return "ck " LIBRARY_VERSION;
}

const struct model model_mcs = {
    .contract = MODEL_CONTRACT,
    .name = "mcs",
    .label = "threads + MCS lock",
    .summary =
        "a thread for each task, a queue of those that wait for the lock",
    .family = FAMILY_LOCKS,
    .mark = 6,
    .library_version = version,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD,
                 .most_tasks = 8,
                 .most_why = "only the first in the queue can continue, and "
                             "it may be waiting for a CPU"},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.gap = "it only guards a counter"},
};
