/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sharded: a thread for each task, each with its own part of the counter.
 *
 * Who runs it?  The kernel's scheduler, which interrupts a thread anywhere.
 * How it waits.  It does not: a cell has one writer, and a cache line of its
 *   own, so that no processor takes it from another.
 * Shared state.  None while the tasks count.  Afterwards the cells are added
 *   to the counter, which is exact from then on.  A reader in between would
 *   have to add up all cells, and misses what is added to them meanwhile.
 *
 * Compare with thread_per_socket.c, whose threads share one cell.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/model.h"
#include "models/wait/guarded.h"
#include "models/wait/unguarded.h"

enum { CACHE_LINE = 64 };

struct cell {
    _Alignas(CACHE_LINE) _Atomic(uint64_t) count;
};

/* The price of cells: one that only reads has to add up all of them. */
static void read_often(const struct counting *work, const struct cell *cells)
{
    for (uint64_t i = 0; i < work->reads; i++) {
        uint64_t sum = 0;

        for (size_t task = 0; task < work->tasks; task++)
            sum +=
                atomic_load_explicit(&cells[task].count, memory_order_relaxed);
        (void)sum;
        counter_read(work);
    }
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    struct cell *cells = guard;
    struct counting own = *work;

    own.counter = &cells[task].count;
    if (!work->reads) {
        unguarded_count(&own, task);
        return;
    }
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        read_often(work, cells);
        counter_once(&own);
        counter_think(work);
    }
}

static void add_up(const struct counting *work, const struct cell *cells)
{
    for (size_t task = 0; task < work->tasks; task++)
        counter_add(work, atomic_load(&cells[task].count));
}

static int count(struct counting *work)
{
    size_t size = work->tasks * sizeof(struct cell);
    struct cell *cells = aligned_alloc(CACHE_LINE, size);
    int error;

    if (!cells)
        return -ENOMEM;
    memset(cells, 0, size);
    error = guarded_run(work, count_task, cells);
    add_up(work, cells);
    free(cells);
    return error;
}

const struct model model_sharded = {
    .contract = MODEL_CONTRACT,
    .name = "sharded",
    .label = "threads, sharded",
    .summary =
        "a thread and a cell of the counter for each task, then added up",
    .family = FAMILY_LOCKS,
    .mark = 9,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.gap = "it only guards a counter"},
};
