/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_KINDS_SLEEPERS_H
#define BATON_WORKLOADS_KINDS_SLEEPERS_H

#include <stdint.h>

#include "workloads/kinds/gate.h"

/*
 * What the sleeping kind keeps.  Of a wake only its lateness is kept, as a
 * count: rows would take 8 MB for each million of them.
 */

/* Each power of two is cut into so many buckets of equal width. */
enum { LATENESS_STEPS = 16, LATENESS_BUCKETS = (64 - 3) * LATENESS_STEPS };

/* Of one iteration; may be shared between processes. */
struct sleep_results {
    _Alignas(64) struct gate gate;
    _Alignas(64) _Atomic(uint64_t) early_ns; /* the most that one was */
    _Atomic(uint64_t) late_ns;               /* the most */
    _Atomic(uint32_t) early;                 /* wakes before their time */
    _Atomic(uint32_t) unasked; /* of tasks that had not begun, or were done */
    _Atomic(uint32_t) woken;   /* 1: the first one is awake */
    _Alignas(64) _Atomic(uint32_t) counts[LATENESS_BUCKETS];
};

struct sleepers {
    /*
     * Times are those of a grid that begins when the gate opens: a task waits
     * for the next multiple of sleep_ns, and up to spread_ns more.  So tasks
     * that begin together wake together, and one that begins later sleeps, too.
     * 0: the time has passed.
     */
    uint64_t sleep_ns, spread_ns, seed;
    uint64_t waits; /* of each task */
    struct sleep_results *results;
    /* A look at the process while all sleep; NULL: none. */
    void (*sample_peak)(void);
    /* For each task: the time it waits for, and which of its waits it is. */
    uint64_t *tasks; /* shared between processes */
};

/* Most waits, and the longest after the gate opened. */
enum { SLEEPERS_WAIT_BITS = 20 };
#define SLEEPERS_MAX_NS (UINT64_C(1) << (64 - SLEEPERS_WAIT_BITS))

unsigned lateness_bucket(uint64_t ns);
uint64_t lateness_of(unsigned bucket); /* its middle, in ns */

#endif
