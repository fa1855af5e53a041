/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * future: one thread, an object for each result that is pending.
 *
 * Who runs it?  The loop resolves a future, and that calls the functions which
 *   wait for its result, one after the other.
 * How it waits.  A function that would wait returns a future; what is to be
 *   done with the result is added to that as a callback.
 * Shared state.  The counter, unguarded and safe as long as a task does not
 *   hand over between its load and its store; counter-split does.
 *
 * Compare with libuv.c, the same loop with bare callbacks; its conversation is
 * in future_talk.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <uv.h>

#include "models/future_talk.h"
#include "models/wait/futures.h"
#include "models/model.h"
#include "models/wait/turns.h"

struct counters {
    struct counting *work;
    struct gather done;
    struct later later;
};

/* A task is a chain of turns. */
struct task {
    struct future future; /* first: what a callback gets */
    struct counters *all;
    size_t index;
    struct turns turns;
};

static long turn(struct future *f, long result)
{
    struct task *task = (struct task *)f;

    if (!turns_take(task->all->work, &task->turns, task->index))
        return result;
    return future_later(&task->all->later, future_then(f, turn));
}

static void begin(struct counters *all, struct task *task, size_t index)
{
    *task = (struct task){.all = all, .index = index};
    future_init(&task->future, NULL);
    gather_add(&all->done, &task->future);
    future_later(&all->later, future_then(&task->future, turn));
    gate_enter(all->work->gate, index);
}

static int count(struct counting *work)
{
    struct task *tasks = malloc((work->tasks + 1) * sizeof(*tasks));
    struct counters all = {.work = work};

    if (!tasks)
        return -ENOMEM;
    STAILQ_INIT(&all.later);
    gather_init(&all.done, work->tasks);
    for (size_t i = 0; i < work->tasks; i++)
        begin(&all, &tasks[i], i);
    while (all.done.all.result == FUTURE_PENDING)
        future_turn(&all.later);
    free(tasks);
    return 0;
}

const struct model model_future = {
    .contract = MODEL_CONTRACT,
    .name = "future",
    .label = "futures (libuv)",
    .summary = "one thread, callbacks that wait for pending results",
    .family = FAMILY_LOOPS,
    .mark = 6,
    .library_version = uv_version_string,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL},
    .connections = {.run = future_talk, .at_once = AT_ONCE_ALL},
};
