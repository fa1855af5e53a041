/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ticket: a thread for each task, and a spinlock that serves in order.
 *
 * Who runs it?  The kernel's scheduler, which stops a thread anywhere, also
 *   the one whose number is next: then all the others wait for it.
 * How it waits.  It takes the next number, and reads again and again which
 *   number is served; after a while it yields the CPU between two reads.
 * Shared state.  The counter, two numbers of the lock.  All waiting threads
 *   read the same cache line, and all of them when it changes.
 *
 * Compare with spinlock.c, which is in no order, and mcs.c, where each thread
 * waits at a cache line of its own.
 */
#include <ck_pr.h>
#include <sched.h>

#include "models/model.h"
#include "models/wait/guarded.h"

struct ticket_lock {
    unsigned next, served;
};

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

static void take(const struct counting *work, struct ticket_lock *lock)
{
    unsigned own = ck_pr_faa_uint(&lock->next, 1);

    for (uint64_t looks = 0; ck_pr_load_uint(&lock->served) != own; looks++)
        pause_or_yield(work, looks);
    ck_pr_fence_lock();
}

static void give(struct ticket_lock *lock)
{
    ck_pr_fence_unlock();
    ck_pr_store_uint(&lock->served, lock->served + 1);
}

/* It does not distinguish those that only read. */
static void read_often(const struct counting *work, struct ticket_lock *lock)
{
    for (uint64_t i = 0; i < work->reads; i++) {
        take(work, lock);
        counter_read(work);
        give(lock);
    }
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    struct ticket_lock *lock = guard;

    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        read_often(work, lock);
        take(work, lock);
        counter_once(work);
        give(lock);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    struct ticket_lock lock = {0, 0};

    return guarded_run(work, count_task, &lock);
}

static const char *version(void)
{
    return "ck " LIBRARY_VERSION;
}

const struct model model_ticket = {
    .contract = MODEL_CONTRACT,
    .name = "ticket",
    .label = "threads + ticket",
    .summary = "a thread for each task, a lock in order of arrival",
    .family = FAMILY_LOCKS,
    .mark = 5,
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
