/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libuv: one thread, an event loop, callbacks that hand over by returning.
 *
 * Who runs it?  The loop, which calls back each lane that is ready.  A callback
 *   is never interrupted by another one, and cannot be made to stop either.
 * How it waits.  All lanes at once, in the loop's one epoll_wait().
 * Shared state.  The counter, unguarded and safe as long as a task does not
 *   hand over between its load and its store; counter-split does.
 *
 * Its conversation on a connection is in libuv_talk.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <uv.h>

#include "models/libuv_talk.h"
#include "models/model.h"
#include "models/wait/turns.h"

/* A task that counts is an idle handle: the loop calls each of them once a
 * turn. */
struct task {
    uv_idle_t idle;
    struct counting *work;
    size_t index;
    struct turns turns;
};

static void on_turn(uv_idle_t *idle)
{
    struct task *task = idle->data;

    if (!turns_take(task->work, &task->turns, task->index))
        uv_close((uv_handle_t *)idle, NULL);
}

static int count(struct counting *work)
{
    struct task *tasks = calloc(work->tasks + 1, sizeof(*tasks));
    uv_loop_t loop;
    int error = tasks ? uv_loop_init(&loop) : -ENOMEM;

    for (size_t i = 0; !error && i < work->tasks; i++) {
        struct task *task = &tasks[i];

        *task = (struct task){.work = work, .index = i, .idle.data = task};
        uv_idle_init(&loop, &task->idle);
        uv_idle_start(&task->idle, on_turn);
        gate_enter(work->gate, i);
    }
    if (!error) {
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    free(tasks);
    return error;
}

struct sleeper {
    uv_timer_t timer;
    struct sleeping *work;
    size_t index;
};

static void on_timer(uv_timer_t *timer);

/* The loop's clock is the same one in whole milliseconds: never early. */
static void set_timer(struct sleeper *s, uint64_t until_ns)
{
    uint64_t until = (until_ns + NS_PER_MS - 1) / NS_PER_MS,
             now = uv_now(s->timer.loop);

    uv_timer_start(&s->timer, on_timer, until > now ? until - now : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct sleeper *s = timer->data;
    uint64_t until_ns = sleeper_woke(s->work, s->index);

    if (until_ns) {
        set_timer(s, until_ns);
        return;
    }
    gate_leave(s->work->gate, s->index);
    uv_close((uv_handle_t *)timer, NULL);
}

static int sleep_all(struct sleeping *work)
{
    struct sleeper *sleepers = calloc(work->tasks + 1, sizeof(*sleepers));
    uv_loop_t loop;
    int error = sleepers ? uv_loop_init(&loop) : -ENOMEM;

    for (size_t i = 0; !error && i < work->tasks; i++) {
        struct sleeper *s = &sleepers[i];

        *s = (struct sleeper){.work = work, .index = i, .timer.data = s};
        uv_timer_init(&loop, &s->timer);
        gate_enter(work->gate, i);
        set_timer(s, sleeper_begin(work, i));
    }
    if (!error) {
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    free(sleepers);
    return error;
}

/*
 * A runner is an async handle: sending to it makes the loop call it.  The loop
 * looks through all handles in turn, so it finds the next one at once.
 */
struct runner {
    uv_async_t async;
    struct relay *work;
    struct runner *all;
};

static void end(struct runner *all, struct relay *work)
{
    for (size_t i = 0; i < work->runners; i++) {
        gate_leave(work->gate, i);
        uv_close((uv_handle_t *)&all[i].async, NULL);
    }
}

static void on_token(uv_async_t *async)
{
    struct runner *runner = async->data, *all = runner->all;
    size_t next = relay_carry(runner->work, (size_t)(runner - all));

    if (next == SIZE_MAX)
        end(all, runner->work);
    else
        uv_async_send(&all[next].async);
}

static int relay(struct relay *work)
{
    struct runner *all = calloc(work->runners + 1, sizeof(*all));
    uv_loop_t loop;
    int error = all ? uv_loop_init(&loop) : -ENOMEM;

    for (size_t i = 0; !error && i < work->runners; i++) {
        all[i] =
            (struct runner){.async.data = &all[i], .work = work, .all = all};
        /* Cannot fail: the loop has its eventfd since uv_loop_init(). */
        uv_async_init(&loop, &all[i].async, on_token);
        gate_enter(work->gate, i);
    }
    if (!error) {
        if (work->runners)
            uv_async_send(&all[0].async);
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    free(all);
    return error;
}

const struct model model_libuv = {
    .contract = MODEL_CONTRACT,
    .name = "libuv",
    .label = "event loop (libuv)",
    .summary = "one thread, callbacks, all waiting in one loop",
    .family = FAMILY_LOOPS,
    .mark = 1,
    .library_version = uv_version_string,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL},
    /* uv_queue_work() starts four threads, which stay. */
    .connections = {.run = libuv_talk,
                    .at_once = AT_ONCE_ALL,
                    .can_offload = true,
                    .offload_keeps_threads = 4},
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ALL},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
