/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_KINDS_SLEEPING_H
#define BATON_WORKLOADS_KINDS_SLEEPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/gate.h"
#include "workloads/kinds/kind.h"

/*
 * The sleeping kind of work: each of `tasks` tasks waits for a time, is woken,
 * and waits for the next one, until there are no more.  How it waits, and what
 * one that waits costs, is wholly the model's:
 *
 *     gate_wait(work->gate, task);             (or gate_enter())
 *     until = sleeper_begin(work, task);
 *     while (until) {
 *         ... wait until the clock shows `until` or more ...
 *         until = sleeper_woke(work, task);
 *     }
 *     gate_leave(work->gate, task);
 *
 * A time may have passed when it is handed out: then the task does not wait.
 * To wake a task too early is a defect, in every model.
 *
 * Everything here belongs to the harness and outlives the model's run.
 */
struct sleeping {
    size_t tasks;
    size_t workers; /* of a model that has workers; 0: its own number */
    struct gate *gate;
    /* Replaces CLOCK_MONOTONIC where time is simulated; NULL: it is not. */
    const uint64_t *now_ns;
    struct sleepers *sleepers; /* the layer's own */
};

/*
 * The first time that a task waits for, of CLOCK_MONOTONIC in nanoseconds; once
 * for each task, after the gate.
 */
uint64_t sleeper_begin(struct sleeping *work, size_t task);
/* It is awake: the next time, or 0: it is done.  Reads the clock itself. */
uint64_t sleeper_woke(struct sleeping *work, size_t task);

/* Its metrics: of the times from a deadline to the wake. */
enum {
    LATENESS_P50_NS,
    LATENESS_P90_NS,
    LATENESS_P99_NS,
    LATENESS_MAX_NS,
    SLEEPER_BYTES,
    SLEEPER_KERNEL_BYTES,
};

/* A model's member for it in struct model. */
struct sleeping_ability {
    int (*run)(struct sleeping *work); /* see model.h */
    const char *gap;
    enum at_once at_once;
    enum unit unit;
    size_t keeps_threads; /* that its runtime cannot join: more are a leak */
    bool in_memory;       /* its time is simulated */
};

#endif
