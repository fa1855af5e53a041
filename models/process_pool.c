/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * process-pool: a few worker processes, which take one task after another.
 *
 * Who runs it?  As many processes as there are workers; the kernel's scheduler
 *   stops them anywhere.
 * How it waits.  A connection that waits holds its worker: of n pages that the
 *   server answers late, as many are waited for at once as there are workers.
 * Shared state.  Only memory that was mapped to be shared before the fork: the
 *   next task's number, which a worker takes by an atomic addition; and the
 *   counter, unguarded.
 *
 * Compare with thread_pool.c, where all memory is shared, and process.c, which
 * forks a process for each task.
 */
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "models/model.h"
#include "models/wait/blocking.h"
#include "models/wait/processes.h"
#include "models/wait/ready_queue.h"
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

/* NULL: there is no memory. */
static void *map_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* A ticket in a worker's own copy would be taken by every worker. */
static int pool_run(size_t workers, void (*body)(void *context, size_t index),
                    void (*give_up)(void *context), struct pool pool)
{
    struct pool *shared = map_shared(sizeof(*shared));
    int error;

    if (!shared)
        return -ENOMEM;
    *shared = pool;
    error = processes_run(workers, body, give_up, shared);
    munmap(shared, sizeof(*shared));
    return error;
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
    return pool_run(workers, count_many, break_gate, pool);
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

    return pool_run(at_once(work->n, work->workers), talk_often, NULL, pool);
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
    return pool_run(workers, sleep_often, break_sleepers_gate, pool);
}

/* When all workers are there, so that a look at the processes finds them. */
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
    size_t size = ready_queue_bytes(work->runners);
    struct pool pool = {.relay = work,
                        .ready = map_shared(size),
                        .workers = at_once(work->runners, work->workers)};
    int error;

    if (!pool.ready)
        return -ENOMEM;
    ready_queue_init(pool.ready, work->runners, true);
    error = pool_run(pool.workers, run_many, end_relay, pool);
    for (size_t runner = 0; !error && runner < work->runners; runner++)
        gate_leave(work->gate, runner);
    /* Not finished: that would wait for a worker that was killed in it. */
    munmap(pool.ready, size);
    return error;
}

const struct model model_process_pool = {
    .contract = MODEL_CONTRACT,
    .name = "process-pool",
    .label = "process pool",
    .summary = "8 processes, or --workers, which take one task after another",
    .family = FAMILY_POOLS,
    .mark = 3,
    .counting = {.run = count,
                 .plain = PROMISE_MAY_LOSE,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_WORKERS,
                 .unit = UNIT_PROCESS},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_WORKERS,
                    .unit = UNIT_PROCESS},
    .sleeping = {.run = sleep_all,
                 .at_once = AT_ONCE_WORKERS,
                 .unit = UNIT_PROCESS},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
