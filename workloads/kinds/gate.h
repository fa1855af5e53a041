/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_KINDS_GATE_H
#define BATON_WORKLOADS_KINDS_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/trace.h"
#ifdef BATON_WATCHED
#include "workloads/kinds/watched.h"
#endif

/*
 * The start gate of a counting workload.  It makes the tasks start together
 * (otherwise, in C, the first thread is done before the second one exists and
 * the race hardly ever shows), and it counts for the audit: how many
 * tasks came, how many were inside at once, when the first one started and
 * when the last one had finished.
 *
 * The memory belongs to the harness, which hands in a gate of zeroes with
 * `expected` set, and may be shared between processes.
 */
struct gate {
    _Atomic(uint32_t) entered;
    _Atomic(uint32_t) left;
    _Atomic(uint32_t) peak; /* tasks inside at once; a lower bound */
    _Atomic(uint32_t) open; /* futex word */
    uint32_t expected;      /* tasks */
    uint32_t limit;         /* tasks at once; 0: all */
    bool passes;            /* no task waits for the others */
    /* Called once all that can be are there, by the last one; NULL: not. */
    void (*sample_peak)(void);
    struct trace *trace; /* NULL: not traced */
    _Atomic(uint64_t) opened_ns;
    _Atomic(uint64_t) left_ns; /* when the last of `expected` left */
    /*
     * Of each task, how much of its work was done when the first one left: 1 is
     * nothing, 65,535 nearly all, and 0 (never recorded) all.  NULL: not asked.
     */
    uint16_t *shares;
};

/* A task is its number, from 0; only the trace asks which one it was. */

/*
 * Threads, processes: blocks until all tasks have come.  Of a pool, the first
 * gate_limit() tasks wait for each other, and the others pass.
 */
void gate_wait(struct gate *gate, size_t task);

/*
 * Pools, before any worker starts: no more than `at_once` tasks can be inside
 * at once, for a task that waits holds its worker.
 */
void gate_limit(struct gate *gate, size_t at_once);

/* Models on one thread: counts an arrival, never blocks. */
void gate_enter(struct gate *gate, size_t task);

/*
 * Models on one thread whose tasks hand over: this task has its turn, until
 * another one has.
 */
static inline void gate_turn(struct gate *gate, size_t task)
{
    if (gate->trace)
        trace_note(gate->trace, TRACE_TURN, (uint32_t)task, 0);
#ifdef BATON_WATCHED
    watched_turn(task);
#endif
}

/* Every task, once, after its last increment. */
void gate_leave(struct gate *gate, size_t task);

/* Once a task has left: of `all` that this one has to do, `done` is done. */
void gate_share(struct gate *gate, size_t task, uint64_t done, uint64_t all);

/*
 * Opens the gate although not all tasks have come.  For a model that failed
 * to start the rest and must now join the ones it started; and for one whose
 * tasks entered on one thread, and leave on several.
 */
void gate_break(struct gate *gate);

#endif
