/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counting task of threads, processes and pools that guard nothing. */
#include "models/wait/unguarded.h"

/* Increments between two looks at how far the others are; about 2 us. */
enum { CHUNK = 4096 };

/* Each increment takes long: by a hand-over, or by what it does besides. */
static void count_singly(const struct counting *work, size_t task)
{
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        counter_reads(work);
        counter_once(work);
        counter_think(work);
    }
}

static void count_in_chunks(const struct counting *work, size_t task)
{
    uint64_t n;

    for (uint64_t i = 0; counter_more(work, task, i); i += n) {
        n = work->increments - i < CHUNK ? work->increments - i : CHUNK;
        counter_run(work, n);
    }
}

void unguarded_count(const struct counting *work, size_t task)
{
    if (work->passes || work->hold_ns || work->think_ns || work->reads)
        count_singly(work, task);
    else
        count_in_chunks(work, task);
}

void unguarded_task(const struct counting *work, size_t task)
{
    gate_wait(work->gate, task);
    unguarded_count(work, task);
    gate_leave(work->gate, task);
}
