/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * locked: a thread for each task, and a mutex around the counter.
 *
 * Who runs it?  The kernel's scheduler, which stops a thread anywhere, also
 *   while it holds the lock that all the others wait for.
 * How it waits.  For the lock: asleep in the kernel when it is taken; for its
 *   turn in a relay: at a condition variable of its own.
 * Shared state.  The counter; load and store are one critical section, kept
 *   across a hand-over, so that no update is lost.
 *
 * Compare with thread_per_socket.c, the same without the mutex.
 *
 * A recursive mutex would be right as well: the thread that has it may lock it
 * again.  It records its owner and a depth: 7.6 ns for lock and unlock instead
 * of 6.4, 1.19 times as much (glibc 2.36, one thread, 21 pairs); with 2 and 100
 * threads that contend it was 1.00 to 1.18 times in four series.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "models/model.h"
#include "models/wait/guarded.h"
#include "models/wait/threads.h"

/* A mutex does not distinguish those that only read. */
static void read_often(const struct counting *work, pthread_mutex_t *lock)
{
    for (uint64_t i = 0; i < work->reads; i++) {
        pthread_mutex_lock(lock);
        counter_read(work);
        pthread_mutex_unlock(lock);
    }
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    pthread_mutex_t *lock = guard;

    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        read_often(work, lock);
        pthread_mutex_lock(lock);
        counter_once(work);
        pthread_mutex_unlock(lock);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int error = guarded_run(work, count_task, &lock);

    pthread_mutex_destroy(&lock);
    return error;
}

/* The mutex guards whose turn it is; each runner waits for its own one. */
struct turns {
    struct relay *work;
    pthread_mutex_t lock;
    pthread_cond_t *come; /* one for each runner */
    size_t holder;        /* SIZE_MAX: it is over */
};

static void run_one(void *context, size_t runner)
{
    struct turns *turns = context;
    struct relay *work = turns->work;
    size_t next;

    gate_wait(work->gate, runner);
    do {
        pthread_mutex_lock(&turns->lock);
        while (turns->holder != runner && turns->holder != SIZE_MAX)
            pthread_cond_wait(&turns->come[runner], &turns->lock);
        turns->holder = next = relay_carry(work, runner);
        pthread_mutex_unlock(&turns->lock);
        /* At the end each wakes the one behind it, which ends as well. */
        if (next == SIZE_MAX)
            pthread_cond_signal(&turns->come[relay_next(work, runner)]);
        else
            pthread_cond_signal(&turns->come[next]);
    } while (next != SIZE_MAX);
    gate_leave(work->gate, runner);
}

static void break_relay(void *context)
{
    struct turns *turns = context;

    relay_break(turns->work);
    gate_break(turns->work->gate);
}

static int relay(struct relay *work)
{
    struct turns turns = {.work = work,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .come =
                              calloc(work->runners + 1, sizeof(*turns.come))};
    int error;

    if (!turns.come)
        return -ENOMEM;
    for (size_t i = 0; i < work->runners; i++)
        pthread_cond_init(&turns.come[i], NULL);
    error = threads_run(work->runners, run_one, break_relay, &turns);
    for (size_t i = 0; i < work->runners; i++)
        pthread_cond_destroy(&turns.come[i]);
    free(turns.come);
    pthread_mutex_destroy(&turns.lock);
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
    .relay = {.run = relay, .at_once = AT_ONCE_ALL, .unit = UNIT_THREAD},
};
