/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_SLICES_H
#define BATON_HARNESS_RESULTS_SLICES_H

#include "harness/results/traces.h"

/* What a task or lane did between two events of a trace. */
enum slice_state {
    SLICE_RUNS,
    SLICE_READY, /* could run: another one has its thread, or its CPU */
    SLICE_WAITS, /* for bytes, for a lock, for the gate */
    SLICE_STATE_N
};

struct slice {
    uint32_t lane, thread;
    enum slice_state state;
    enum trace_what cause; /* the event that began it */
    enum trace_what until; /* that ended it; TRACE_ON: the trace ended first */
    int cpu;               /* where it runs, by the kernel; -1: not known */
    uint64_t begin_ns, end_ns;
};

/* A thread on a CPU, as the kernel recorded it. */
struct stay {
    uint32_t thread;
    int cpu;
    /* TRACE_OFF, TRACE_CUT, TRACE_GONE; TRACE_ON: the trace ends first. */
    enum trace_what until;
    uint64_t begin_ns, end_ns;
};

/*
 * Which lane runs next: on the thread that ran the one before; or,
 * where a thread runs one lane only, on the CPU that another thread had.
 * slice_passing() names why.
 */
struct hand_over {
    size_t from, to; /* slices; both run, of two lanes */
};

struct timeline {
    struct slice *slices; /* of each lane without a gap, in order of begin */
    size_t n;
    struct stay *stays; /* none where the kernel recorded nothing */
    size_t n_stays;
    struct hand_over *hand_overs;
    size_t n_hand_overs;
    uint32_t lanes;
};

/*
 * From events to states.  One lane runs on a thread at a time: who gets a turn
 * there takes it from the one before.  A lane that runs is off its CPU while
 * its thread is: ready when it was stopped, waiting when it went to sleep.
 * Tasks that wait at the gate are ready when the first one is let through.
 * What goes on when the trace stops being whole ends there.  0 or -ENOMEM.
 */
int timeline_build(const struct traced *t, struct timeline *ret);
void timeline_finish(struct timeline *t);

const char *slice_state_name(enum slice_state state);
/*
 * Why `to` runs after `from`: only a cooperative task makes a "hand-over"; a
 * thread that could have run on was "preempted", one that sleeps "waits", and
 * a lane that is done has "ended".
 */
const char *slice_passing(const struct slice *from, const struct slice *to);

#endif
