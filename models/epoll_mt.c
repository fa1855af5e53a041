/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * epoll-mt: several event loops, each on a thread of its own.
 *
 * Who runs it?  As many threads as there are workers, each with the loop of
 *   epoll.c; tasks and lanes are dealt out once, and stay where they are.
 * How it waits.  The lanes of a loop all at once, in its epoll_wait().
 * Shared state.  The counter, guarded by a mutex, since the loops run at the
 *   same time.  A loop does not sleep while other tasks of its could go on:
 * when a task keeps the mutex across a hand-over, the others try again later.
 *
 * Its connections are in epoll_mt_talk.c, sleepers and relay in
 * epoll_mt_wait.c.
 *
 * Compare with epoll.c, one loop, and with thread_pool.c, whose workers block.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "models/epoll_mt.h"
#include "models/model.h"
#include "models/wait/threads.h"
#include "models/wait/turns.h"

size_t epoll_mt_loops(size_t workers, size_t n)
{
    size_t most = workers ? workers : MODEL_WORKERS;

    return n < most ? n : most;
}

/* A loop has the tasks whose number is its own, modulo the loops. */
struct task {
    struct turns turns;
    bool over;
};

struct shared {
    struct counting *work;
    struct task *tasks;
    size_t loops, started;
    bool broken; /* not all of them could be started */
    pthread_mutex_t lock;
    pthread_cond_t all_started;
};

/* All loops start together; the last one to come lets all tasks in. */
static bool start_together(struct shared *s)
{
    bool broken;

    pthread_mutex_lock(&s->lock);
    if (++s->started == s->loops) {
        for (size_t i = 0; i < s->work->tasks; i++)
            gate_enter(s->work->gate, i);
        pthread_cond_broadcast(&s->all_started);
    }
    while (s->started < s->loops && !s->broken)
        pthread_cond_wait(&s->all_started, &s->lock);
    broken = s->broken;
    pthread_mutex_unlock(&s->lock);
    return !broken;
}

static void give_up(void *context)
{
    struct shared *s = context;

    pthread_mutex_lock(&s->lock);
    s->broken = true;
    pthread_cond_broadcast(&s->all_started);
    pthread_mutex_unlock(&s->lock);
}

/* counter: each increment of a turn, and each read, has the lock. */
static void whole(struct shared *s, struct turns *t, size_t task)
{
    uint64_t per_turn = s->work->per_turn, n = 0;

    gate_turn(s->work->gate, task);
    for (; counter_more(s->work, task, t->done); t->done++) {
        if (per_turn && n++ == per_turn)
            return;
        for (uint64_t i = 0; i < s->work->reads; i++) {
            pthread_mutex_lock(&s->lock);
            counter_read(s->work);
            pthread_mutex_unlock(&s->lock);
        }
        pthread_mutex_lock(&s->lock);
        counter_once(s->work);
        pthread_mutex_unlock(&s->lock);
        counter_think(s->work);
    }
}

/* counter-split: the lock is kept until the store; without it, the turn ends.
 */
static void split(struct shared *s, struct turns *t, size_t task)
{
    if (!counter_more(s->work, task, t->done))
        return;
    if (!t->held && pthread_mutex_trylock(&s->lock))
        return;
    gate_turn(s->work->gate, task);
    if (!t->held) {
        t->value = counter_take(s->work);
        t->held = s->work->passes;
    } else if (--t->held == 0) {
        counter_store(s->work, t->value + 1);
        pthread_mutex_unlock(&s->lock);
        counter_think(s->work);
        t->done++;
    }
}

static bool take_turn(struct shared *s, struct task *task, size_t i)
{
    if (s->work->passes)
        split(s, &task->turns, i);
    else
        whole(s, &task->turns, i);
    if (task->turns.done < s->work->increments)
        return true;
    task->over = true;
    pthread_mutex_lock(&s->lock);
    gate_leave(s->work->gate, i);
    pthread_mutex_unlock(&s->lock);
    return false;
}

static void count_some(void *context, size_t loop)
{
    struct shared *s = context;
    bool more = start_together(s);

    while (more) {
        more = false;
        for (size_t i = loop; i < s->work->tasks; i += s->loops)
            if (!s->tasks[i].over)
                more |= take_turn(s, &s->tasks[i], i);
        if (s->work->passes) /* the task with the lock may have no CPU */
            sched_yield();
    }
}

static int count(struct counting *work)
{
    struct shared s = {
        .work = work,
        .tasks = calloc(work->tasks + 1, sizeof(struct task)),
        .loops = epoll_mt_loops(work->workers, work->tasks),
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .all_started = PTHREAD_COND_INITIALIZER,
    };
    int error = -ENOMEM;

    if (s.tasks)
        error = threads_run(s.loops, count_some, give_up, &s);
    free(s.tasks);
    pthread_cond_destroy(&s.all_started);
    pthread_mutex_destroy(&s.lock);
    return error;
}

const struct model model_epoll_mt = {
    .contract = MODEL_CONTRACT,
    .name = "epoll-mt",
    .label = "event loops, threads",
    .summary = "8 threads, or --workers, each with a loop around epoll_wait()",
    .family = FAMILY_LOOPS,
    .mark = 4,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL},
    .connections = {.run = epoll_mt_talk,
                    .at_once = AT_ONCE_ALL,
                    .can_offload = true},
    .sleeping = {.run = epoll_mt_sleep, .at_once = AT_ONCE_ALL},
    .relay = {.run = epoll_mt_relay, .at_once = AT_ONCE_ALL},
};
