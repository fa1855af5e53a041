/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_TRACE_H
#define BATON_WORKLOADS_TRACE_H

#include <stdint.h>

/*
 * The trace of one iteration: what ran when, and waited for what.  The gate
 * (for tasks) and the connection layer (for lanes) write it, so no model knows
 * of it; where there is none their pointer is NULL, and an event costs the test
 * of it.  The kernel's switches of threads are added by the harness.
 *
 * The memory belongs to the harness and is shared with the process that reads
 * it: no pointers, fixed size.
 */
enum trace_what {
    TRACE_START, /* a task came to the gate, a lane was started */
    /* From here on it waits ... */
    TRACE_DIAL,  /* for a connection */
    TRACE_WAIT,  /* for bytes, for the gate */
    TRACE_PAUSE, /* a lane, for its next piece of work: it could run */
    /* From here on it runs: it has its turn ... */
    TRACE_TURN,     /* a task; through the gate, or called by its loop */
    TRACE_OPENED,   /* a lane: the connection is there */
    TRACE_RECEIVED, /* `value` bytes came */
    TRACE_ENDED,    /* EOF (0) or an error (errno) */
    TRACE_EXPIRED,  /* its deadline passed */
    TRACE_WORK,     /* a lane: a piece of its work */
    TRACE_DONE,
    /* A thread, as the kernel recorded it; `value` is the CPU. */
    TRACE_ON,
    TRACE_OFF,  /* it waits in a system call */
    TRACE_CUT,  /* it could run on, but was stopped */
    TRACE_GONE, /* it has ended */
    TRACE_WHAT_N
};

#define TRACE_NO_LANE UINT32_MAX

struct trace_event {
    uint64_t ns;     /* CLOCK_MONOTONIC */
    uint32_t thread; /* its id in the kernel */
    uint32_t lane;   /* or task; TRACE_NO_LANE for a thread's */
    uint32_t what;   /* enum trace_what */
    uint32_t value;
};

struct trace {
    _Atomic(uint64_t) n; /* events that happened; those beyond are not kept */
    _Atomic(uint64_t) overflow_ns; /* the first of these; UINT64_MAX: none */
    uint32_t capacity;
    uint32_t main_thread;
    uint64_t begin_ns, end_ns; /* of the iteration */
    /* 0: the kernel's switches are there, else the errno of why not. */
    int32_t switches_error;
    uint32_t switches, switches_capacity;
    uint64_t switches_lost;    /* so many at least */
    uint64_t switches_lost_ns; /* the first of them, or a little before; or 0 */
    /*
     * 0: all times are nanoseconds.  Otherwise those that trace_note() took are
     * ticks() until trace_settle(), and these are begin_ns.
     */
    uint64_t begin_ticks;
    /*
     * `capacity` events in no order, then room for `switches_capacity` of the
     * kernel's, in the order of time.
     */
    struct trace_event events[];
};

/*
 * From here on processes that this one forks write to its traces as well, which
 * are in memory that they share.  Once; 0, or -ENOMEM.
 */
int trace_over_fork(void);

/* For any thread of the process; safe to be called by several at once. */
void trace_note(struct trace *trace, enum trace_what what, uint32_t lane,
                uint64_t value);

/*
 * Turns ticks into nanoseconds, along a line from the beginning to `now`. Once,
 * by the reader of the trace, when it is not written to any more.
 */
struct moment;
void trace_settle(struct trace *trace, const struct moment *now);

#endif
