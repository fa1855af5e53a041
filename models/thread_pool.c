/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * thread-pool: a few worker threads, which take one task after another.
 *
 * Who runs it?  As many threads as there are workers; the kernel's scheduler
 *   stops them anywhere.
 * How it waits.  A connection that waits holds its worker: of n pages that the
 *   server answers late, as many are waited for at once as there are workers.
 *   So does a task that sleeps: n of them sleep in waves of that many.
 *   A runner without the token of a relay is in no queue and holds none.
 * Shared state.  The next task's number, which a worker takes by an atomic
 *   addition; and the counter, unguarded.
 *
 * Compare with thread_per_socket.c, which starts a thread for each task.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "models/model.h"
#include "models/wait/blocking.h"
#include "models/wait/ready_queue.h"
#include "models/wait/threads.h"
#include "models/wait/unguarded.h"

struct pool {
    _Atomic size_t ticket; /* the next task */
    size_t tasks;
    struct counting *counting;
    struct connections *connections;
    struct sleeping *sleeping;
    struct relay *relay;
    struct ready_queue *ready;
    size_t workers;         /* of the relay */
    _Atomic size_t started; /* of these */
};

static size_t at_once(size_t tasks, size_t workers)
{
    size_t most = workers ? workers : MODEL_WORKERS;

    return tasks < most ? tasks : most;
}

static bool take(struct pool *pool, size_t *task)
{
    *task = atomic_fetch_add_explicit(&pool->ticket, 1, memory_order_relaxed);
    return *task < pool->tasks;
}

static void count_many(void *context, size_t worker)
{
    struct pool *pool = context;

    (void)worker;
    for (size_t task; take(pool, &task);)
        unguarded_task(pool->counting, task);
}

static void break_gate(void *context)
{
    struct pool *pool = context;

    gate_break(pool->counting->gate);
}

static int count(struct counting *work)
{
    struct pool pool = {.tasks = work->tasks, .counting = work};
    size_t workers = at_once(work->tasks, work->workers);

    /* The first tasks wait for each other, and no more than the workers. */
    gate_limit(work->gate, workers);
    return threads_run(workers, count_many, break_gate, &pool);
}

static void talk_often(void *context, size_t worker)
{
    struct pool *pool = context;

    (void)worker;
    for (size_t lane; take(pool, &lane);)
        blocking_talk(&pool->connections->conns[lane]);
}

static int connect_all(struct connections *work)
{
    struct pool pool = {.tasks = work->n, .connections = work};

    return threads_run(at_once(work->n, work->workers), talk_often, NULL,
                       &pool);
}

static void sleep_often(void *context, size_t worker)
{
    struct pool *pool = context;
    struct sleeping *work = pool->sleeping;

    (void)worker;
    for (size_t task; take(pool, &task);) {
        gate_wait(work->gate, task);
        blocking_sleep(work, task);
        gate_leave(work->gate, task);
    }
}

static void break_sleepers_gate(void *context)
{
    struct pool *pool = context;

    gate_break(pool->sleeping->gate);
}

static int sleep_all(struct sleeping *work)
{
    struct pool pool = {.tasks = work->tasks, .sleeping = work};
    size_t workers = at_once(work->tasks, work->workers);

    gate_limit(work->gate, workers);
    return threads_run(workers, sleep_often, break_sleepers_gate, &pool);
}

/* When all workers are there, so that a look at the process finds them. */
static void begin_relay(struct pool *pool)
{
    for (size_t runner = 0; runner < pool->relay->runners; runner++)
        gate_enter(pool->relay->gate, runner);
    ready_queue_put(pool->ready, 0);
}

/* A runner that has the token is ready; the others hold no worker. */
static void run_many(void *context, size_t worker)
{
    struct pool *pool = context;
    size_t runner, next;

    (void)worker;
    if (++pool->started == pool->workers)
        begin_relay(pool);
    while (ready_queue_get(pool->ready, &runner)) {
        next = relay_carry(pool->relay, runner);
        if (next == SIZE_MAX)
            ready_queue_end(pool->ready);
        else
            ready_queue_put(pool->ready, next);
    }
}

static void end_relay(void *context)
{
    struct pool *pool = context;

    ready_queue_end(pool->ready);
}

static int relay(struct relay *work)
{
    struct pool pool = {.relay = work,
                        .ready = malloc(ready_queue_bytes(work->runners)),
                        .workers = at_once(work->runners, work->workers)};
    int error;

    if (!pool.ready)
        return -ENOMEM;
    ready_queue_init(pool.ready, work->runners, false);
    error = threads_run(pool.workers, run_many, end_relay, &pool);
    for (size_t runner = 0; !error && runner < work->runners; runner++)
        gate_leave(work->gate, runner);
    ready_queue_finish(pool.ready);
    free(pool.ready);
    return error;
}

const struct model model_thread_pool = {
    .contract = MODEL_CONTRACT,
    .name = "thread-pool",
    .label = "thread pool",
    .summary = "8 threads, or --workers, which take one task after another",
    .family = FAMILY_POOLS,
    .mark = 1,
    .counting = {.run = count,
                 .plain = PROMISE_MAY_LOSE,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_WORKERS,
                 .unit = UNIT_THREAD},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_WORKERS,
                    .unit = UNIT_THREAD},
    .sleeping = {.run = sleep_all,
                 .at_once = AT_ONCE_WORKERS,
                 .unit = UNIT_THREAD},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
