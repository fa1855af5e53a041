/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libuv: one thread, an event loop, callbacks that hand over by returning.
 *
 * Who runs it?  The loop, which calls back whoever is ready; nobody is ever
 *   stopped in the middle, nobody can be made to stop either.
 * How it waits.  All lanes at once, in the loop's one epoll_wait().
 * Shared state.  The counter, unguarded and safe as long as a task does not
 *   hand over between its load and its store; counter-split does.
 *
 * Its conversation on one connection is in libuv_lane.c; compare that with
 * blocking.c, the same as one loop.
 */
#include <errno.h>
#include <stdlib.h>

#include "models/libuv_lane.h"
#include "models/model.h"

/* Counting: an idle handle for each task; one turn of the loop, one call. */

struct task {
    uv_idle_t idle;
    struct counting *work;
    size_t index;
    uint64_t done;   /* increments */
    uint64_t value;  /* loaded, and not yet stored: a hand-over in between */
    unsigned passed; /* hand-overs since then */
};

static void leave(struct task *task)
{
    gate_leave(task->work->gate, task->index);
    uv_close((uv_handle_t *)&task->idle, NULL);
}

/* counter: a turn's increments run to their end, whoever else may wait. */
static void on_turn(uv_idle_t *idle)
{
    struct task *task = idle->data;
    struct counting *work = task->work;
    uint64_t turn = work->increments - task->done;

    gate_turn(work->gate, task->index);
    if (work->per_turn && work->per_turn < turn)
        turn = work->per_turn;
    counter_run(work, turn);
    task->done += turn;
    if (task->done == work->increments)
        leave(task);
}

/* counter-split: each increment hands over with its value in hand. */
static void on_half_turn(uv_idle_t *idle)
{
    struct task *task = idle->data;
    struct counting *work = task->work;

    gate_turn(work->gate, task->index);
    if (task->passed++ == work->passes) {
        counter_store(work, task->value + 1);
        task->passed = 1;
        if (++task->done == work->increments) {
            leave(task);
            return;
        }
    }
    if (task->passed == 1)
        task->value = counter_load(work);
}

static int count(struct counting *work)
{
    struct task *tasks = calloc(work->tasks, sizeof(*tasks));
    uv_loop_t loop;
    int error;

    if (!tasks)
        return -ENOMEM;
    error = uv_loop_init(&loop);
    for (size_t i = 0; !error && i < work->tasks; i++) {
        tasks[i].work = work;
        tasks[i].index = i;
        tasks[i].idle.data = &tasks[i];
        uv_idle_init(&loop, &tasks[i].idle);
        uv_idle_start(&tasks[i].idle, work->passes ? on_half_turn : on_turn);
        gate_enter(work->gate, i);
    }
    if (!error) {
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    free(tasks);
    return error;
}

/* Connections: all lanes on one loop; models/libuv_lane.c drives each. */

enum { START_AT_ONCE = 32 };

static int connect_all(struct connections *work)
{
    struct libuv_lane *lanes = calloc(work->n, sizeof(*lanes));
    char *buffer = malloc(LIBUV_BUFFER);
    uv_loop_t loop;
    int error = lanes && buffer ? uv_loop_init(&loop) : -ENOMEM;

    if (!error)
        loop.data = buffer;
    for (size_t i = 0; !error && i < work->n; i++) {
        libuv_start(&lanes[i], &loop, &work->conns[i]);
        /* The first are not to wait until the last has dialled. */
        if (i % START_AT_ONCE == START_AT_ONCE - 1)
            uv_run(&loop, UV_RUN_NOWAIT);
    }
    if (!error) {
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    free(buffer);
    free(lanes);
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
    .connections = {.run = connect_all, .at_once = AT_ONCE_ALL},
};
