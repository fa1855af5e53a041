/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two models for the tests of the stepper: tasks that wait for a flag with a
 * condition variable, and tasks that try a lock until they have it.
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "models/model.h"
#include "models/wait/threads.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_free = PTHREAD_COND_INITIALIZER;
static bool busy;

static void increment(struct counting *work)
{
    counter_store(work, counter_load(work) + 1);
}

/* Load and store are outside of the mutex: the flag guards them. */
static void wait_for_flag(void *context, size_t task)
{
    struct counting *work = context;

    gate_wait(work->gate, task);
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        pthread_mutex_lock(&mutex);
        while (busy)
            pthread_cond_wait(&is_free, &mutex);
        busy = true;
        pthread_mutex_unlock(&mutex);
        increment(work);
        pthread_mutex_lock(&mutex);
        busy = false;
        pthread_cond_signal(&is_free);
        pthread_mutex_unlock(&mutex);
    }
    gate_leave(work->gate, task);
}

static void try_lock(void *context, size_t task)
{
    struct counting *work = context;

    gate_wait(work->gate, task);
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        while (pthread_mutex_trylock(&mutex))
            sched_yield();
        increment(work);
        pthread_mutex_unlock(&mutex);
    }
    gate_leave(work->gate, task);
}

static int waiting(struct counting *work)
{
    return threads_run(work->tasks, wait_for_flag, NULL, work);
}

static int trying(struct counting *work)
{
    return threads_run(work->tasks, try_lock, NULL, work);
}

#define MODEL(id, number)                                                      \
    {                                                                          \
        .contract = MODEL_CONTRACT, .name = #id, .label = #id, .summary = #id, \
        .family = FAMILY_LOCKS, .mark = number,                                \
        .counting = {.run = id,                                                \
                     .plain = PROMISE_EXACT,                                   \
                     .split = PROMISE_EXACT,                                   \
                     .at_once = AT_ONCE_ALL,                                   \
                     .unit = UNIT_THREAD},                                     \
        .connections = {.gap = "none"}, .sleeping = {.gap = "none"},           \
        .relay = {                                                             \
            .gap = "none"                                                      \
        }                                                                      \
    }

static const struct model model_waiting = MODEL(waiting, 11);
static const struct model model_trying = MODEL(trying, 12);
BATON_MODELS(&model_waiting, &model_trying);
