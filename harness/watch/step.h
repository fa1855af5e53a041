/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_STEP_H
#define BATON_HARNESS_WATCH_STEP_H

/* The steps of tasks that are held: see stepper.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/workload.h"

struct model;

/* What a task did, or is held before. */
enum step_kind {
    STEP_LOAD,
    STEP_STORE,
    STEP_ADD,    /* load, addition and store as one */
    STEP_CAS,    /* compare-and-swap that stored */
    STEP_FAILED, /* one that did not: the counter had changed */
    STEP_LOCK,   /* it has the lock now */
    STEP_BLOCK, /* another task has the lock: the thread sleeps in the kernel */
    STEP_WOKEN, /* it has the lock it slept for; needs no grant, counts none */
    STEP_REFUSED, /* another task has the lock, and this one does not wait */
    STEP_UNLOCK,
    STEP_YIELD, /* sched_yield() */
    STEP_TURN,  /* of tasks that share a thread this one runs now */
};

#define STEP_NO_TASK UINT32_MAX

struct step {
    uint32_t task;
    uint32_t holder; /* of the lock: BLOCK and REFUSED; or STEP_NO_TASK */
    enum step_kind kind;
    bool own;         /* a counter that only this task uses */
    uint64_t value;   /* LOAD: was read; STORE, ADD, CAS: was stored */
    uint64_t counter; /* its value after the step; with `own`, that one's */
    /*
     * How many increments a store undoes: value before it + 1 - value after it.
     * Over all stores the sum is what is missing in the end.  Negative: a high
     * value that was read long ago comes back.
     */
    int64_t erased;
    uint64_t ns; /* clock_ns() just after it */
};

enum task_state {
    TASK_COMING,  /* no thread runs it yet, as in a pool with fewer workers */
    TASK_HELD,    /* a step can be granted */
    TASK_QUEUED,  /* shares a thread with a task that has its turn */
    TASK_BLOCKED, /* sleeps until it gets a lock */
    TASK_WAITS,   /* sleeps in something else: a condition variable, a pipe */
    TASK_SPINS,   /* uses the CPU without coming to a step */
    TASK_DONE,
};

struct task_view {
    enum task_state state;
    enum step_kind next; /* HELD: STEP_CAS and STEP_LOCK may turn out others */
    uint32_t holder;     /* BLOCKED: of the lock; or STEP_NO_TASK */
    uint64_t steps;      /* that it has taken */
    bool loaded;         /* it has read `value`, and not stored since */
    uint64_t value;
};

struct stepper_job {
    const struct model *model;
    const struct workload *workload; /* of the kind counting */
    const struct setup *setup;
};

#endif
