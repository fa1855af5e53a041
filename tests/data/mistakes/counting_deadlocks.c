/* SPDX-License-Identifier: MIT */
/*
 * mine: a path leaves the lock locked.
 *
 * Who runs it?  The kernel's scheduler: a thread for each task.
 * How it waits.  At the mutex.
 * Shared state.  The counter, guarded by a mutex.
 */
#include <models/model.h>
#include <models/wait/guarded.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The first task that comes there keeps the lock, and the others wait. */
static void count_task(const struct counting *work, size_t task, void *guard)
{
    (void)guard;
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        pthread_mutex_lock(&lock);
        counter_reads(work);
        counter_once(work);
        if (work->tasks > 1 && i == 500)
            return; /* with the lock */
        pthread_mutex_unlock(&lock);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    return guarded_run(work, count_task, NULL);
}

static const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "a path leaves the lock locked",
    .family = FAMILY_LOCKS,
    .mark = 12,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.gap = "it only guards a counter"},
};
BATON_MODELS(&model_mine);
