/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hand-written side of the benchmark `tax`: what counter/sequential does,
 * without a harness and its gate.  100 tasks of 1000 increments, ITERATIONS
 * times; prints the nanoseconds of one iteration.
 */
#include <stdio.h>
#include <stdlib.h>

#include "workloads/clock.h"
#include "workloads/kinds/counting.h"

static _Alignas(64) _Atomic uint64_t counter;

static void count(struct counting *work)
{
    for (size_t task = 0; task < work->tasks; task++)
        counter_run(work, work->increments);
}

int main(int argc, char *argv[])
{
    struct counting work = {
        .tasks = 100, .increments = 1000, .counter = &counter};
    /* The compiler must not know which loop it is, no more than for a model. */
    void (*volatile loop)(struct counting *) = count;
    uint64_t k = argc == 2 ? strtoull(argv[1], NULL, 10) : 0, start, spent;

    if (!k) {
        fprintf(stderr, "usage: hand_loop ITERATIONS\n");
        return 2;
    }
    loop(&work); /* the warm-up */
    start = clock_ns();
    for (uint64_t i = 0; i < k; i++)
        loop(&work);
    spent = clock_ns() - start;
    if (counter != (k + 1) * work.tasks * work.increments)
        return 1;
    printf("real_ns=%.17g\n", (double)spent / (double)k);
    return 0;
}
