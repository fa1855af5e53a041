/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * async: one thread, functions that return where they wait and are resumed.
 *
 * Who runs it?  The loop, which resumes each function that can go on.  Only the
 *   outermost function can wait: what it calls runs to its end.  So functions
 *   that wait are a kind of their own, as with async and await elsewhere.
 * How it waits.  All of them in one epoll_wait(); a task keeps no stack, only
 *   the variables that outlive a wait, in its struct.
 * Shared state.  The counter, unguarded and safe as long as a task does not
 *   hand over between its load and its store; counter-split does.
 *
 * Compare with coroutine.c, whose tasks have stacks.  What waits is in
 * async_wait.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "models/async_wait.h"
#include "models/model.h"
#include "models/wait/resumable.h"

struct task {
    unsigned at; /* where it goes on */
    unsigned passes;
    size_t index;
    uint64_t done;  /* increments */
    uint64_t value; /* loaded, and not stored yet */
    STAILQ_ENTRY(task) behind;
};

/* Turns of per_turn increments each. */
static bool count_whole(struct task *task, const struct counting *work)
{
    uint64_t n;

    RESUME(task->at);
    while (counter_more(work, task->index, task->done)) {
        n = work->increments - task->done;
        if (work->per_turn && work->per_turn < n)
            n = work->per_turn;
        counter_run(work, n);
        task->done += n;
        if (task->done < work->increments)
            SUSPEND(task->at);
    }
    END_RESUMABLE;
}

/* It hands over with the value in hand, which has to be in the task. */
static bool count_split(struct task *task, const struct counting *work)
{
    RESUME(task->at);
    for (; counter_more(work, task->index, task->done); task->done++) {
        task->value = counter_take(work);
        for (task->passes = work->passes; task->passes > 0; task->passes--)
            SUSPEND(task->at);
        counter_put(work, task->value);
    }
    END_RESUMABLE;
}

static bool resume(struct task *task, const struct counting *work)
{
    gate_turn(work->gate, task->index);
    return work->passes ? count_split(task, work) : count_whole(task, work);
}

/* Resumes the tasks in the order in which they handed over. */
static int count(struct counting *work)
{
    struct task *tasks = calloc(work->tasks + 1, sizeof(*tasks)), *task;
    STAILQ_HEAD(, task) ready = STAILQ_HEAD_INITIALIZER(ready);

    if (!tasks)
        return -ENOMEM;
    for (size_t i = 0; i < work->tasks; i++) {
        task = &tasks[i];
        task->index = i;
        STAILQ_INSERT_TAIL(&ready, task, behind);
        gate_enter(work->gate, i);
    }
    while ((task = STAILQ_FIRST(&ready))) {
        STAILQ_REMOVE_HEAD(&ready, behind);
        if (resume(task, work))
            STAILQ_INSERT_TAIL(&ready, task, behind);
        else
            gate_leave(work->gate, task->index);
    }
    free(tasks);
    return 0;
}

struct runner {
    unsigned at; /* where it goes on */
    size_t index;
};

/* It returns to the loop, which resumes the one that gets the token. */
static bool carry(struct runner *runner, struct relay *work, size_t *ret_next)
{
    RESUME(runner->at);
    while ((*ret_next = relay_carry(work, runner->index)) != SIZE_MAX)
        SUSPEND(runner->at);
    gate_leave(work->gate, runner->index);
    END_RESUMABLE;
}

static int relay(struct relay *work)
{
    struct runner *runners = calloc(work->runners + 1, sizeof(*runners));
    size_t next = work->runners ? 0 : SIZE_MAX, last = next;

    if (!runners)
        return -ENOMEM;
    for (size_t i = 0; i < work->runners; i++) {
        runners[i].index = i;
        gate_enter(work->gate, i);
    }
    for (; next != SIZE_MAX; carry(&runners[last], work, &next))
        last = next;
    /* It is over: the last one has ended, and the others go on to their end. */
    for (size_t i = 0; i < work->runners; i++)
        if (i != last)
            carry(&runners[i], work, &next);
    free(runners);
    return 0;
}

const struct model model_async = {
    .contract = MODEL_CONTRACT,
    .name = "async",
    .label = "async functions",
    .summary = "one thread, functions that return where they wait",
    .family = FAMILY_COROUTINES,
    .mark = 2,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL},
    .connections = {.run = async_talk, .at_once = AT_ONCE_ALL},
    .sleeping = {.run = async_sleep, .at_once = AT_ONCE_ALL},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
