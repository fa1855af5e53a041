/* SPDX-License-Identifier: MIT */
/*
 * mine: each run leaves a thread behind.
 *
 * Who runs it?  The kernel's scheduler: a thread for each task.
 * How it waits.  At the mutex.
 * Shared state.  The counter, guarded by a mutex.
 */
#include <models/model.h>
#include <models/wait/guarded.h>
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void count_task(const struct counting *work, size_t task, void *guard)
{
    (void)guard;
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        pthread_mutex_lock(&lock);
        counter_reads(work);
        counter_once(work);
        pthread_mutex_unlock(&lock);
        counter_think(work);
    }
}

static void *watch(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

static int count_and_watch(struct counting *work)
{
    pthread_t watcher;

    pthread_create(&watcher, NULL, watch, NULL);
    return guarded_run(work, count_task, NULL);
}

static int count(struct counting *work)
{
    return count_and_watch(work);
}

static const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "each run leaves a thread behind",
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
