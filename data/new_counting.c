/* SPDX-License-Identifier: MIT */
/*
 * mine: a thread for each task, and a mutex around the counter.
 *
 * Replace this, and answer these questions for your model:
 *
 * Who runs it?  Which scheduler decides whose turn it is, and where can it
 *   interrupt a task?
 * How it waits.  What does a task do while it cannot go on, and what ends
 *   that?
 * Shared state.  What is used by several tasks, and what guards it?
 */
#include <pthread.h>

#include "models/model.h"
#include "models/wait/guarded.h"

/* All increments of one task, between the gate and its end. */
static void count_task(const struct counting *work, size_t task, void *guard)
{
    pthread_mutex_t *lock = guard;

    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        pthread_mutex_lock(lock);
        counter_reads(work);
        counter_once(work); /* load, hold and store: one step for the others */
        pthread_mutex_unlock(lock);
        counter_think(work);
    }
}

/* guarded_run() starts a thread for each task, and joins all of them. */
static int count(struct counting *work)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int error = guarded_run(work, count_task, &lock);

    pthread_mutex_destroy(&lock);
    return error;
}

const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "a thread for each task, a mutex around the counter",
    .family = FAMILY_LOCKS,
    .mark = 12,
    /* What it promises; the checks compare it with what the model does. */
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
