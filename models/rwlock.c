/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rwlock: a thread for each task, and a lock that readers share.
 *
 * Who runs it?  The kernel's scheduler, which stops a thread anywhere, also
 *   while it holds the lock that all the others wait for.
 * How it waits.  For the lock: asleep in the kernel when it is taken.
 * Shared state.  The counter.  Load and store are one critical section, which
 *   excludes all others; those that only read it exclude the writers.
 *
 * Compare with locked.c, whose readers exclude each other.
 */
#include <pthread.h>

#include "models/model.h"
#include "models/wait/guarded.h"

/* Any number of these at once, while none stores. */
static void read_often(const struct counting *work, pthread_rwlock_t *lock)
{
    for (uint64_t i = 0; i < work->reads; i++) {
        pthread_rwlock_rdlock(lock);
        counter_read(work);
        pthread_rwlock_unlock(lock);
    }
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    pthread_rwlock_t *lock = guard;

    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        read_often(work, lock);
        pthread_rwlock_wrlock(lock);
        counter_once(work);
        pthread_rwlock_unlock(lock);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    int error = guarded_run(work, count_task, &lock);

    pthread_rwlock_destroy(&lock);
    return error;
}

const struct model model_rwlock = {
    .contract = MODEL_CONTRACT,
    .name = "rwlock",
    .label = "threads + rwlock",
    .summary = "a thread for each task, a lock that readers share",
    .family = FAMILY_LOCKS,
    .mark = 7,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.gap = "it only guards a counter"},
};
