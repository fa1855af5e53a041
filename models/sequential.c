/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sequential: one after another.
 *
 * Who runs it?  The one thread that there is, task by task, lane by lane.
 * How it waits.  It blocks in connect(), send(), recv() and clock_nanosleep();
 *   while it waits for one lane or task, no other moves: times add up.
 * Shared state.  The counter, never touched by two at once: nothing to guard.
 *
 * Compare with thread_per_socket.c: the same talk(), a thread for each lane.
 */
#include "models/wait/blocking.h"
#include "models/model.h"

static int count(struct counting *work)
{
    for (size_t task = 0; task < work->tasks; task++) {
        gate_enter(work->gate, task);
        /* No other task can run between load and store. */
        counter_run(work, work->increments);
        gate_leave(work->gate, task);
    }
    return 0;
}

static int connect_all(struct connections *work)
{
    for (size_t i = 0; i < work->n; i++)
        blocking_talk(&work->conns[i]);
    return 0;
}

static int sleep_all(struct sleeping *work)
{
    for (size_t task = 0; task < work->tasks; task++) {
        gate_enter(work->gate, task);
        blocking_sleep(work, task);
        gate_leave(work->gate, task);
    }
    return 0;
}

const struct model model_sequential = {
    .contract = MODEL_CONTRACT,
    .name = "sequential",
    .label = "sequential",
    .summary = "one task after another on one thread",
    .family = FAMILY_SEQUENTIAL,
    .mark = 2,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ONE},
    .connections = {.run = connect_all, .at_once = AT_ONCE_ONE},
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ONE},
    .relay = {.gap = "one task at a time has none to hand over to"},
};
