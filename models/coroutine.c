/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coroutine: one thread, a stack for each task, which hands over by a switch.
 *
 * Who runs it?  The coroutine that runs chooses the next one; no other can
 *   interrupt it.
 * How it waits.  All of them in one epoll_wait(); each is plain code that stops
 *   in the middle of a function, at any depth of calls.
 * Shared state.  The counter, unguarded and safe as long as a task does not
 *   hand over between its load and its store; counter-split does.
 *
 * Compare with thread_per_socket.c, where the kernel switches, and async.c,
 * whose tasks have no stacks.  What waits is in coroutine_wait.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "models/coroutine_stacks.h"
#include "models/coroutine_wait.h"
#include "models/model.h"

/* Those that can go on, in the order in which they handed over. */
struct count {
    struct counting *work;
    STAILQ_HEAD(, coroutine) ready;
};

/* The next one in the queue, or the thread when all have ended. */
static struct coroutine *take_ready(struct coroutine *self)
{
    struct count *count = self->stacks->context;
    struct coroutine *next = STAILQ_FIRST(&count->ready);

    if (!next)
        return &self->stacks->thread;
    STAILQ_REMOVE_HEAD(&count->ready, behind);
    return next;
}

static inline void yield(struct coroutine *self)
{
    struct count *count = self->stacks->context;
    struct coroutine *next;

    STAILQ_INSERT_TAIL(&count->ready, self, behind);
    next = take_ready(self);
    if (next != self)
        coroutine_switch(self, next);
    gate_turn(count->work->gate, self->index);
}

/* Turns of per_turn increments each. */
static void count_whole(struct coroutine *self, const struct counting *work)
{
    uint64_t n;

    for (uint64_t i = 0; counter_more(work, self->index, i); i += n) {
        uint64_t left = work->increments - i;

        n = work->per_turn && work->per_turn < left ? work->per_turn : left;
        counter_run(work, n);
        if (n < left)
            yield(self);
    }
}

/* It hands over with the value in hand, which is then on its stack. */
static void count_split(struct coroutine *self, const struct counting *work)
{
    for (uint64_t i = 0; counter_more(work, self->index, i); i++) {
        uint64_t value = counter_take(work);

        for (unsigned pass = 0; pass < work->passes; pass++)
            yield(self);
        counter_put(work, value);
    }
}

static struct coroutine *count_one(struct coroutine *self)
{
    struct count *count = self->stacks->context;
    struct counting *work = count->work;

    gate_turn(work->gate, self->index);
    if (work->passes)
        count_split(self, work);
    else
        count_whole(self, work);
    gate_leave(work->gate, self->index);
    return take_ready(self);
}

static int count(struct counting *work)
{
    struct count count = {.work = work};
    struct stacks stacks;
    int error = stacks_init(&stacks, work->tasks, count_one, &count);

    if (error)
        return error;
    STAILQ_INIT(&count.ready);
    for (size_t i = 0; i < work->tasks; i++) {
        struct coroutine *task = stacks_begin(&stacks);

        STAILQ_INSERT_TAIL(&count.ready, task, behind);
        gate_enter(work->gate, i);
    }
    if (work->tasks)
        coroutine_switch(&stacks.thread, take_ready(&stacks.thread));
    stacks_finish(&stacks);
    return 0;
}

struct race {
    struct relay *work;
    struct coroutine **runners;
    size_t left; /* runners that have not ended */
};

/* The one that has the token switches straight to the next one. */
static struct coroutine *run_with_token(struct coroutine *self)
{
    struct race *race = self->stacks->context;
    struct relay *work = race->work;
    size_t next;

    while ((next = relay_carry(work, self->index)) != SIZE_MAX)
        if (next != self->index)
            coroutine_switch(self, race->runners[next]);
    /* It is over: each one ends, and after it the next one of the ring. */
    gate_leave(work->gate, self->index);
    if (--race->left == 0)
        return &self->stacks->thread;
    return race->runners[relay_next(work, self->index)];
}

static int relay(struct relay *work)
{
    struct race race = {.work = work,
                        .runners = calloc(work->runners + 1, sizeof(void *)),
                        .left = work->runners};
    struct stacks stacks;
    int error = race.runners
                    ? stacks_init(&stacks, work->runners, run_with_token, &race)
                    : -ENOMEM;

    for (size_t i = 0; !error && i < work->runners; i++) {
        race.runners[i] = stacks_begin(&stacks);
        gate_enter(work->gate, i);
    }
    if (!error) {
        if (work->runners)
            coroutine_switch(&stacks.thread, race.runners[0]);
        stacks_finish(&stacks);
    }
    free(race.runners);
    return error;
}

const struct model model_coroutine = {
    .contract = MODEL_CONTRACT,
    .name = "coroutine",
    .label = "coroutines",
    .summary = "one thread, a stack for each, switched at each wait",
    .family = FAMILY_COROUTINES,
    .mark = 1,
    .library_version = stacks_version,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_STACK},
    .connections = {.run = coroutine_talk,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_STACK,
                    .can_offload = true},
    .sleeping = {.run = coroutine_sleep,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_STACK},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL, .unit = UNIT_STACK},
};
