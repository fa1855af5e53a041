/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_TICKS_H
#define BATON_WORKLOADS_TICKS_H

#include <stdint.h>

#include "workloads/clock.h"

/*
 * The processor's own counter, for traces alone: it is read in half the time
 * that clock_ns() takes.  Where the kernel itself takes its time from it (its
 * clocksource is tsc), it runs evenly and alike on all CPUs.
 */
static inline uint64_t ticks(void)
{
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    return clock_ns();
#endif
}

/* One moment, by both clocks. */
struct moment {
    uint64_t ns, ticks;
};

/* The closest of three tries, in case one is interrupted. */
static inline struct moment moment_now(void)
{
    struct moment m = {0, 0};
    uint64_t closest = UINT64_MAX;

    for (int i = 0; i < 3; i++) {
        uint64_t before = ticks(), ns = clock_ns(), gap = ticks() - before;

        if (gap < closest) {
            closest = gap;
            m = (struct moment){.ns = ns, .ticks = before + gap / 2};
        }
    }
    return m;
}

#endif
