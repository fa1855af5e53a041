/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spinlock: a thread for each task, and a lock that is waited for on the CPU.
 *
 * Who runs it?  The kernel's scheduler, which stops a thread anywhere, also
 *   while it holds the lock: the others then spin in vain.
 * How it waits.  It reads the lock's word again and again until that is free,
 *   then tries to swap its own value into it: test and test-and-set.  After
 *   many reads it sleeps, so that the holder can have the CPU.
 * Shared state.  The counter; load and store are one critical section.  Any
 *   of the waiting threads may get the lock next.
 *
 * Compare with locked.c, whose threads sleep, and ticket.c, which is fair.
 */
#include <ck_spinlock.h>
#include <time.h>

#include "models/model.h"
#include "models/wait/guarded.h"

/* Longer than any increment: then the holder itself waits for a CPU. */
enum { SPINS = 1000 };

static void lock_it(ck_spinlock_fas_t *lock)
{
    const struct timespec nap = {.tv_nsec = 500000};
    unsigned spins = 0;

    while (!ck_spinlock_fas_trylock(lock))
        while (ck_spinlock_fas_locked(lock))
            if (spins++ < SPINS)
                ck_pr_stall();
            else
                nanosleep(&nap, NULL);
}

/* It does not distinguish those that only read. */
static void read_often(const struct counting *work, ck_spinlock_fas_t *lock)
{
    for (uint64_t i = 0; i < work->reads; i++) {
        lock_it(lock);
        counter_read(work);
        ck_spinlock_fas_unlock(lock);
    }
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    ck_spinlock_fas_t *lock = guard;

    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        read_often(work, lock);
        lock_it(lock);
        counter_once(work);
        ck_spinlock_fas_unlock(lock);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    ck_spinlock_fas_t lock = CK_SPINLOCK_FAS_INITIALIZER;
    int error = guarded_run(work, count_task, &lock);

    return error;
}

static const char *version(void)
{
    return "ck " LIBRARY_VERSION;
}

const struct model model_spinlock = {
    .contract = MODEL_CONTRACT,
    .name = "spinlock",
    .label = "threads + spinlock",
    .summary = "a thread for each task, a spinlock around the counter",
    .family = FAMILY_LOCKS,
    .mark = 4,
    .library_version = version,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.gap = "it only guards a counter"},
};
