/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * process: a process for each task, a process for each connection.
 *
 * Who runs it?  The kernel's scheduler, as for threads; a process has its own
 *   memory and descriptors besides, which fork() has to make.
 * How it waits.  Each process blocks in its own recv(), or at its own futex
 *   until another one wakes it; the others run on.
 * Shared state.  Only memory that was mapped to be shared before the fork: the
 *   counter, unguarded, the gate, and the lanes with their results.  Whatever
 *   else a child writes is its own copy, and ends with it.
 *
 * Compare with thread_per_socket.c, where all memory is shared, and
 * process_pool.c, where a few processes take one task after another.
 */
#include "models/model.h"
#include "models/wait/blocking.h"
#include "models/wait/processes.h"
#include "models/wait/unguarded.h"
#include "models/wait/woken.h"

static void count_one(void *context, size_t index)
{
    unguarded_task(context, index);
}

static void break_gate(void *context)
{
    const struct counting *work = context;

    gate_break(work->gate);
}

static int count(struct counting *work)
{
    return processes_run(work->tasks, count_one, break_gate, work);
}

static void talk(void *context, size_t index)
{
    struct connections *work = context;

    blocking_talk(&work->conns[index]);
}

static int connect_all(struct connections *work)
{
    return processes_run(work->n, talk, NULL, work);
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
    const struct sleeping *work = context;

    gate_break(work->gate);
}

static int sleep_all(struct sleeping *work)
{
    return processes_run(work->tasks, sleep_one, break_sleepers_gate, work);
}

static void run_one(void *context, size_t runner)
{
    woken_runner(context, runner, true);
}

static void break_relay(void *context)
{
    woken_break(context);
}

static int relay(struct relay *work)
{
    woken_begin(work);
    return processes_run(work->runners, run_one, break_relay, work);
}

const struct model model_process = {
    .contract = MODEL_CONTRACT,
    .name = "process",
    .label = "processes",
    .summary = "a process for each task and each connection",
    .family = FAMILY_PROCESSES,
    .mark = 1,
    .counting = {.run = count,
                 .plain = PROMISE_MAY_LOSE,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_PROCESS},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_PROCESS},
    .sleeping = {.run = sleep_all,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_PROCESS},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL, .unit = UNIT_PROCESS},
};
