/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libdispatch: work items on queues; a serial queue runs one after another.
 *
 * Who runs it?  Worker threads of the library, about as many as there are CPUs:
 *   each takes an item of some queue and runs it to its end.
 * How it waits.  A task that waits is no item: a timer puts the next item into
 *   its queue.
 * Shared state.  What belongs to a serial queue is touched by its items alone:
 *   the counter has one, and no lock.
 *
 * Compare with actor.c, where a mailbox takes the place of the queue, and
 * locked.c, where tasks wait for the counter.  No package of Debian 12 has the
 * library; it is that of swift-corelibs-libdispatch.
 */
#include <errno.h>
#include <stdlib.h>

/* gcc does not have these, which the headers of the library use. */
#ifndef __has_feature
#define __has_feature(feature)     0
#define __has_extension(extension) 0
#endif
#include <dispatch/dispatch.h>

#include "models/model.h"

/* The library's limit; it ends threads that have been idle for 5 s. */
enum { MOST_THREADS = 255 };

struct job {
    struct counting *counting;
    struct relay *relay;
    struct sleeping *sleeping;
    dispatch_queue_t queue; /* serial */
    size_t left;            /* tasks; an item of that queue counts them */
    dispatch_semaphore_t over;
};

struct task {
    struct job *job;
    size_t index;
    union {
        uint64_t done;          /* increments */
        uint64_t until_ns;      /* sleeping */
        dispatch_queue_t queue; /* of a runner */
    };
};

/* Without a target, each queue might get a thread of its own. */
static dispatch_queue_t create_queue(void)
{
    return dispatch_queue_create_with_target("baton", DISPATCH_QUEUE_SERIAL,
                                             dispatch_get_global_queue(0, 0));
}

static void signal_over(void *context)
{
    struct job *job = context;

    dispatch_semaphore_signal(job->over);
}

/* Starts all tasks, the first item of each by start(), and waits for them. */
static int run_tasks(struct job *job, size_t n,
                     void (*start)(struct task *task),
                     void (*end)(struct task *task))
{
    struct task *tasks = calloc(n + 1, sizeof(*tasks));

    if (!tasks)
        return -ENOMEM;
    job->left = n;
    job->queue = create_queue();
    job->over = dispatch_semaphore_create(0);
    for (size_t i = 0; i < n; i++) {
        tasks[i] = (struct task){.job = job, .index = i};
        start(&tasks[i]);
    }
    /* Without tasks, what the library keeps open for timers is opened. */
    if (n == 0)
        dispatch_after_f(dispatch_time(DISPATCH_TIME_NOW, NSEC_PER_MSEC),
                         job->queue, job, signal_over);
    dispatch_semaphore_wait(job->over, DISPATCH_TIME_FOREVER);
    for (size_t i = 0; end && i < n; i++)
        end(&tasks[i]);
    dispatch_release(job->queue);
    dispatch_release(job->over);
    free(tasks);
    return 0;
}

/* On the job's queue. */
static void leave(struct job *job, struct gate *gate, size_t task)
{
    gate_leave(gate, task);
    if (--job->left == 0)
        dispatch_semaphore_signal(job->over);
}

static void add_one(void *context);

/* On some thread: nothing is guarded here. */
static void think(void *context)
{
    struct task *task = context;

    counter_think(task->job->counting);
    dispatch_async_f(task->job->queue, task, add_one);
}

/* On the counter's queue: one increment, and the next one is a new item. */
static void add_one(void *context)
{
    struct task *task = context;
    struct counting *work = task->job->counting;

    gate_turn(work->gate, task->index);
    if (!counter_more(work, task->index, task->done)) {
        leave(task->job, work->gate, task->index);
        return;
    }
    counter_reads(work);
    counter_once(work);
    task->done++;
    if (work->think_ns)
        dispatch_async_f(dispatch_get_global_queue(0, 0), task, think);
    else
        dispatch_async_f(task->job->queue, task, add_one);
}

static void start_counting(struct task *task)
{
    dispatch_async_f(task->job->queue, task, add_one);
}

static int count(struct counting *work)
{
    for (size_t i = 0; i < work->tasks; i++)
        gate_enter(work->gate, i);
    return run_tasks(&(struct job){.counting = work}, work->tasks,
                     start_counting, NULL);
}

static void wake_up(void *context);

/* dispatch_after() may be late by a tenth, but is asked for the time itself. */
static void sleep_on(struct task *task)
{
    uint64_t now_ns = clock_ns();
    uint64_t ns = task->until_ns > now_ns ? task->until_ns - now_ns : 0;

    dispatch_after_f(dispatch_time(DISPATCH_TIME_NOW, (int64_t)ns),
                     task->job->queue, task, wake_up);
}

static void wake_up(void *context)
{
    struct task *task = context;
    struct sleeping *work = task->job->sleeping;

    gate_turn(work->gate, task->index);
    task->until_ns = sleeper_woke(work, task->index);
    if (task->until_ns)
        sleep_on(task);
    else
        leave(task->job, work->gate, task->index);
}

static void fall_asleep(void *context)
{
    struct task *task = context;
    struct sleeping *work = task->job->sleeping;

    gate_turn(work->gate, task->index);
    task->until_ns = sleeper_begin(work, task->index);
    sleep_on(task);
}

static void start_sleeping(struct task *task)
{
    dispatch_async_f(task->job->queue, task, fall_asleep);
}

static int sleep_all(struct sleeping *work)
{
    for (size_t i = 0; i < work->tasks; i++)
        gate_enter(work->gate, i);
    return run_tasks(&(struct job){.sleeping = work}, work->tasks,
                     start_sleeping, NULL);
}

/* A runner is a serial queue; the token is an item. */
static void carry(void *context)
{
    struct task *task = context, *first = task - task->index;
    size_t next = relay_carry(task->job->relay, task->index);

    if (next == SIZE_MAX)
        dispatch_semaphore_signal(task->job->over);
    else
        dispatch_async_f(first[next].queue, &first[next], carry);
}

static void start_relay(struct task *task)
{
    task->queue = create_queue();
    gate_enter(task->job->relay->gate, task->index);
    /* The last one is there, so the first one may begin. */
    if (task->index + 1 == task->job->relay->runners)
        dispatch_async_f(task[-(ptrdiff_t)task->index].queue,
                         task - task->index, carry);
}

static void end_runner(struct task *task)
{
    dispatch_release(task->queue);
    gate_leave(task->job->relay->gate, task->index);
}

static int relay(struct relay *work)
{
    return run_tasks(&(struct job){.relay = work}, work->runners, start_relay,
                     end_runner);
}

const struct model model_libdispatch = {
    .contract = MODEL_CONTRACT,
    .name = "libdispatch",
    .label = "dispatch queues",
    .summary = "work items on serial queues, run by the threads of libdispatch",
    .family = FAMILY_POOLS,
    .mark = 4,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .keeps_threads = MOST_THREADS},
    .sleeping = {.run = sleep_all,
                 .at_once = AT_ONCE_ALL,
                 .keeps_threads = MOST_THREADS},
    .relay = {.run = relay,
              .at_once = AT_ONCE_ALL,
              .keeps_threads = MOST_THREADS},
};
