/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counting task of threads, processes and pools that guard nothing. */
#include "models/wait/unguarded.h"

#include <sched.h>

static void count_split(const struct counting *work)
{
    for (uint64_t i = 0; i < work->increments; i++) {
        uint64_t value = counter_load(work);

        for (unsigned pass = 0; pass < work->passes; pass++)
            sched_yield();
        counter_store(work, value + 1);
    }
}

void unguarded_task(const struct counting *work, size_t task)
{
    gate_wait(work->gate, task);
    if (work->passes)
        count_split(work);
    else
        counter_run(work, work->increments);
    gate_leave(work->gate, task);
}
