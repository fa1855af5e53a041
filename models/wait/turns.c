/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tasks of a loop that is written by hand: a queue of those that go on. */
#include "models/wait/turns.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

struct task {
    struct turns turns;
    STAILQ_ENTRY(task) next;
};

int turns_run(struct counting *work)
{
    struct task *tasks = calloc(work->tasks + 1, sizeof(*tasks)), *task;
    STAILQ_HEAD(, task) ready = STAILQ_HEAD_INITIALIZER(ready);

    if (!tasks)
        return -ENOMEM;
    for (size_t i = 0; i < work->tasks; i++) {
        STAILQ_INSERT_TAIL(&ready, &tasks[i], next);
        gate_enter(work->gate, i);
    }
    while ((task = STAILQ_FIRST(&ready))) {
        STAILQ_REMOVE_HEAD(&ready, next);
        if (turns_take(work, &task->turns, (size_t)(task - tasks)))
            STAILQ_INSERT_TAIL(&ready, task, next);
    }
    free(tasks);
    return 0;
}
