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

/* A task that sleeps: a delay, then what it does awake, then a delay... */
struct sleeper {
    struct future future; /* first: what a callback gets */
    uv_timer_t timer;
    struct sleeping *work;
    size_t index;
};

static void on_timer(uv_timer_t *timer)
{
    future_resolve(timer->data, 0);
}

/* The loop's clock is the same one in whole milliseconds: never early. */
static long delay(struct future *f, long until_ns)
{
    uv_timer_t *timer = &((struct sleeper *)f)->timer;
    uint64_t now = uv_now(timer->loop),
             until = ((uint64_t)until_ns + NS_PER_MS - 1) / NS_PER_MS;

    uv_timer_start(timer, on_timer, until > now ? until - now : 0, 0);
    return FUTURE_PENDING;
}

static long wake(struct future *f, long result)
{
    struct sleeper *s = (struct sleeper *)f;
    uint64_t until_ns = sleeper_woke(s->work, s->index);

    if (until_ns) {
        future_then(future_then(f, delay), wake);
        return (long)until_ns;
    }
    gate_leave(s->work->gate, s->index);
    uv_close((uv_handle_t *)&s->timer, NULL);
    return result;
}

static void fall_asleep(struct sleeper *s, struct sleeping *work, size_t index,
                        uv_loop_t *loop)
{
    s->work = work;
    s->index = index;
    s->timer.data = &s->future;
    uv_timer_init(loop, &s->timer);
    future_init(&s->future, NULL);
    future_then(future_then(&s->future, delay), wake);
    gate_enter(work->gate, index);
    future_resolve(&s->future, (long)sleeper_begin(work, index));
}

static int sleep_all(struct sleeping *work)
{
    struct sleeper *sleepers = calloc(work->tasks + 1, sizeof(*sleepers));
    uv_loop_t loop;
    int error = sleepers ? uv_loop_init(&loop) : -ENOMEM;

    if (!error) {
        for (size_t i = 0; i < work->tasks; i++)
            fall_asleep(&sleepers[i], work, i, &loop);
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    free(sleepers);
    return error;
}

/* A runner waits for its future, and resolves that of the next one. */
struct runner {
    struct future future; /* first: what a callback gets */
    struct runners *all;
};

struct runners {
    struct relay *work;
    struct later later;
    struct runner each[];
};

static long carry(struct future *f, long result)
{
    struct runners *all = ((struct runner *)f)->all;
    size_t self = (size_t)((struct runner *)f - all->each), next;

    if (result == -ECANCELED) {
        gate_leave(all->work->gate, self);
        return result;
    }
    future_then(f, carry);
    next = relay_carry(all->work, self);
    if (next != SIZE_MAX)
        return future_later(&all->later, &all->each[next].future);
    for (size_t i = 0; i < all->work->runners; i++)
        future_cancel(&all->each[i].future);
    return FUTURE_PENDING;
}

static int relay(struct relay *work)
{
    struct runners *all =
        malloc(sizeof(*all) + work->runners * sizeof(struct runner));

    if (!all)
        return -ENOMEM;
    all->work = work;
    STAILQ_INIT(&all->later);
    for (size_t i = 0; i < work->runners; i++) {
        all->each[i].all = all;
        future_init(&all->each[i].future, NULL);
        future_then(&all->each[i].future, carry);
        gate_enter(work->gate, i);
    }
    if (work->runners)
        future_later(&all->later, &all->each[0].future);
    while (future_turn(&all->later)) {
    }
    free(all);
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
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ALL},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
