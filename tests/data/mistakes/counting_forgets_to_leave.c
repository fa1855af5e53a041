/* SPDX-License-Identifier: MIT */
/*
 * mine: one task does not leave the gate.
 *
 * Who runs it?  The kernel's scheduler: a thread for each task.
 * How it waits.  At the mutex.
 * Shared state.  The counter, guarded by a mutex.
 */
#include <models/model.h>
#include <models/wait/threads.h>
#include <pthread.h>

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

static void count_one(void *context, size_t index)
{
    struct counting *work = context;

    gate_wait(work->gate, index);
    count_task(work, index, NULL);
    if (index > 0)
        gate_leave(work->gate, index);
}

static void break_gate(void *context)
{
    gate_break(((struct counting *)context)->gate);
}

static int count(struct counting *work)
{
    return threads_run(work->tasks, count_one, break_gate, work);
}

static const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "one task does not leave the gate",
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
