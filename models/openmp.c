/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * openmp: a loop over the tasks, which the compiler divides among threads.
 *
 * Who runs it?  A team of threads, which the runtime (libgomp) starts and
 *   ends; the kernel's scheduler stops them anywhere.
 * How it waits.  At the end of the loop, for the slowest of the team.
 * Shared state.  None while the tasks count: each thread has a sum of its
 *   own.  `reduction` adds these up after the loop.
 *
 * Compare with thread_pool.c, whose workers take the tasks themselves.
 */
#include <errno.h>
#include <omp.h>

#include "models/model.h"
#include "models/wait/unguarded.h"

static uint64_t count_task(const struct counting *work, size_t task)
{
    _Atomic(uint64_t) sum = 0;
    struct counting own = *work;

    own.counter = &sum;
    unguarded_task(&own, task);
    return sum;
}

static int count(struct counting *work)
{
    size_t most = work->workers ? work->workers : MODEL_WORKERS;
    size_t workers = work->tasks < most ? work->tasks : most;
    uint64_t sum = 0;

    /* The first tasks wait for each other, and no more than the workers. */
    gate_limit(work->gate, workers);
#pragma omp parallel for num_threads(workers) reduction(+ : sum)
    for (size_t task = 0; task < work->tasks; task++)
        sum += count_task(work, task);
    counter_add(work, sum);
    /* Without this the team would wait for the next loop. */
    return omp_pause_resource_all(omp_pause_hard) ? -EBUSY : 0;
}

const struct model model_openmp = {
    .contract = MODEL_CONTRACT,
    .name = "openmp",
    .label = "OpenMP",
    .summary =
        "a parallel loop of 8 threads, or --workers; each has its own sum",
    .family = FAMILY_POOLS,
    .mark = 2,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_WORKERS,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "a parallel loop computes; it does not wait"},
    .sleeping = {.gap = "a parallel loop computes; it does not wait"},
    .relay = {.gap = "a parallel loop computes; it does not wait"},
};
