/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * locked: a thread for each task, and a mutex around the counter.
 *
 * Who runs it?  The kernel's scheduler, which stops a thread anywhere, also
 *   while it holds the lock that all the others wait for.
 * How it waits.  For the lock: asleep in the kernel when it is taken.
 * Shared state.  The counter; load and store are one critical section, kept
 *   across a hand-over, so that no update is lost.
 *
 * Compare with thread_per_socket.c, the same without the mutex.
 */
#include <pthread.h>

#include "models/model.h"
#include "models/wait/threads.h"

struct guarded {
    struct counting *work;
    pthread_mutex_t lock;
};

/* A mutex does not distinguish those that only read. */
static void read_often(struct guarded *guarded)
{
    for (uint64_t i = 0; i < guarded->work->reads; i++) {
        pthread_mutex_lock(&guarded->lock);
        counter_read(guarded->work);
        pthread_mutex_unlock(&guarded->lock);
    }
}

static void count_one(void *context, size_t index)
{
    struct guarded *guarded = context;
    struct counting *work = guarded->work;

    gate_wait(work->gate, index);
    for (uint64_t i = 0; counter_more(work, index, i); i++) {
        read_often(guarded);
        pthread_mutex_lock(&guarded->lock);
        counter_once(work);
        pthread_mutex_unlock(&guarded->lock);
        counter_think(work);
    }
    gate_leave(work->gate, index);
}

static void break_gate(void *context)
{
    struct guarded *guarded = context;

    gate_break(guarded->work->gate);
}

static int count(struct counting *work)
{
    struct guarded guarded = {
        .work = work,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    int error = threads_run(work->tasks, count_one, break_gate, &guarded);

    pthread_mutex_destroy(&guarded.lock);
    return error;
}

const struct model model_locked = {
    .contract = MODEL_CONTRACT,
    .name = "locked",
    .label = "threads + mutex",
    .summary = "a thread for each task, a pthread mutex around the counter",
    .family = FAMILY_LOCKS,
    .mark = 1,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only adds a lock to the counter"},
    .sleeping = {.gap = "it only adds a lock to the counter"},
};
