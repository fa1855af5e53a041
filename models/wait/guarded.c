/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread for each counting task: the models that differ in the guard. */
#include "models/wait/guarded.h"

#include "models/wait/threads.h"

struct guarded {
    struct counting *work;
    void (*count)(const struct counting *work, size_t task, void *guard);
    void *guard;
};

static void run_task(void *context, size_t task)
{
    const struct guarded *guarded = context;

    gate_wait(guarded->work->gate, task);
    guarded->count(guarded->work, task, guarded->guard);
    gate_leave(guarded->work->gate, task);
}

static void break_gate(void *context)
{
    const struct guarded *guarded = context;

    gate_break(guarded->work->gate);
}

int guarded_run(struct counting *work,
                void (*count)(const struct counting *work, size_t task,
                              void *guard),
                void *guard)
{
    struct guarded guarded = {.work = work, .count = count, .guard = guard};

    return threads_run(work->tasks, run_task, break_gate, &guarded);
}
