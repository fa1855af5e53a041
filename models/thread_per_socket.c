/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * thread-per-socket: a thread for each task, a thread for each connection.
 *
 * Who runs it?  The kernel's scheduler, which stops a thread anywhere.
 * How it waits.  Each thread blocks in its own recv(), or at its own futex
 *   until another one wakes it; the others run on.
 * Shared state.  The counter, unguarded: a thread that is stopped between its
 *   load and its store writes an old value over what others did meanwhile.
 *
 * Compare with locked.c, which guards it, and sequential.c, with one thread.
 */
#include "models/model.h"
#include "models/wait/blocking.h"
#include "models/wait/threads.h"
#include "models/wait/unguarded.h"
#include "models/wait/woken.h"

static void count_one(void *context, size_t index)
{
    unguarded_task(context, index);
}

static void break_gate(void *context)
{
    struct counting *work = context;

    gate_break(work->gate);
}

static int count(struct counting *work)
{
    return threads_run(work->tasks, count_one, break_gate, work);
}

static void talk(void *context, size_t index)
{
    struct connections *work = context;

    blocking_talk(&work->conns[index]);
}

static int connect_all(struct connections *work)
{
    return threads_run(work->n, talk, NULL, work);
}

static void sleep_one(void *context, size_t index)
{
    struct sleeping *work = context;

    gate_wait(work->gate, index);
    blocking_sleep(work, index);
    gate_leave(work->gate, index);
}

static void break_sleepers_gate(void *context)
{
    struct sleeping *work = context;

    gate_break(work->gate);
}

static int sleep_all(struct sleeping *work)
{
    return threads_run(work->tasks, sleep_one, break_sleepers_gate, work);
}

static void run_one(void *context, size_t runner)
{
    woken_runner(context, runner, false);
}

static void break_relay(void *context)
{
    woken_break(context);
}

static int relay(struct relay *work)
{
    woken_begin(work);
    return threads_run(work->runners, run_one, break_relay, work);
}

const struct model model_thread_per_socket = {
    .contract = MODEL_CONTRACT,
    .name = "thread-per-socket",
    .label = "threads",
    .summary = "a thread for each task and each connection",
    .family = FAMILY_THREADS,
    .mark = 1,
    .counting = {.run = count,
                 .plain = PROMISE_MAY_LOSE,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD,
                 .label = "threads, no lock"},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_THREAD},
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ALL, .unit = UNIT_THREAD},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL, .unit = UNIT_THREAD},
};
