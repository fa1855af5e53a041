/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BENCHMARKS_RELAY_LOOP_H
#define BENCHMARKS_RELAY_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "workloads/clock.h"

/*
 * The bare side of the benchmark `relay`: RUNNERS pass a token on PASSES times,
 * by one primitive and without a check, TIMES times after a warm-up.  Prints
 * the nanoseconds of a pass, from the first one to the last, and the processor
 * time of one.
 */
struct bare {
    size_t runners;
    uint64_t passes;
    uint64_t begun_ns, ended_ns;
};

static inline double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* 0, or 1 where a call failed. */
static inline int bare_run(int argc, char *argv[], int (*run)(struct bare *))
{
    struct bare bare;
    uint64_t times, spent_ns = 0;
    double begun_cpu_ns = 0;

    if (argc < 4)
        return 2;
    bare.runners = strtoull(argv[1], NULL, 10);
    bare.passes = strtoull(argv[2], NULL, 10);
    times = strtoull(argv[3], NULL, 10);
    for (uint64_t i = 0; i <= times; i++) {
        if (i == 1)
            begun_cpu_ns = cpu_ns();
        if (run(&bare))
            return 1;
        if (i > 0)
            spent_ns += bare.ended_ns - bare.begun_ns;
    }
    printf("pass_ns=%.17g\ncpu_ns=%.17g\n",
           (double)spent_ns / (double)times / (double)bare.passes,
           (cpu_ns() - begun_cpu_ns) / (double)times / (double)bare.passes);
    return 0;
}

#endif
