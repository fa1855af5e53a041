/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_GBENCH_H
#define BATON_HARNESS_SAMPLE_GBENCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Google Benchmark as C sees it: four functions.  It is told how often to
 * run, times with the wall clock (UseRealTime) and counts the CPU time of the
 * whole process (MeasureProcessCPUTime).  Its threads, repetitions, complexity
 * fits and statistics are not used: they do not reach across processes, and
 * in 1.7.1 the times of its threads are wrong (google/benchmark #1836).
 */
struct gbench_run {
    const char *name;
    int64_t iterations;
    int (*iteration)(void *context); /* timed; not 0 ends the run */
    void (*reset)(void *context);    /* before each, untimed; NULL: none */
    /* Before the first and after the last, untimed; NULL: none. */
    void (*begin)(void *context);
    void (*end)(void *context);
    void *context;
};

struct gbench_result {
    double real_ns, cpu_ns; /* per iteration */
    int64_t iterations;
};

/* Once per process, before all others. */
void gbench_start(void);

/* 0, -ECANCELED when an iteration failed, -EIO when nothing was timed. */
int gbench_measure(const struct gbench_run *run, struct gbench_result *ret);

/*
 * What Google Benchmark writes about the machine, as its JSON reporter does:
 * an object with the members of "context".  For free(); NULL: no memory.
 */
char *gbench_context(void);

/* The library's version, from the build. */
const char *gbench_version(void);

#ifdef __cplusplus
}
#endif

#endif
