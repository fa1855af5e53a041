/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_OBSERVER_H
#define BATON_HARNESS_SAMPLE_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/process/child.h"
#include "harness/sample/slots.h"

/* What the threads of a process do. */
struct observer_threads {
    unsigned running, waiting; /* states: R; any other */
    char waits_in[64];         /* of most that wait: "futex_wait", or "" */
    uint64_t cpu_wait_ns;      /* the longest that one waited for a CPU */
};
void observer_look(pid_t pid, struct observer_threads *ret);
/* Adds "threads: 1 running, 8 waiting (futex_wait_queue)". */
void observer_describe_threads(const struct observer_threads *t, char *text,
                               size_t size);

/*
 * Looks at a sample's process from outside while it runs, so that one that is
 * ended at its deadline can be described: whether its results still changed,
 * what its threads did, and how long these waited for a CPU.
 */
struct observer {
    const struct child *child;
    const struct slots *slots;
    uint64_t hash;       /* of the results */
    uint64_t changed_ns; /* when they were last seen to change */
    uint64_t looked_ns;
    struct observer_threads threads; /* as last seen */
    /* CPU time of all other processes meanwhile; set by the caller. */
    uint64_t others_ns;
};

/* Until `child` has ended; both outlive it. */
void observer_watch(struct observer *o, struct child *child,
                    const struct slots *slots);

/*
 * Adds to a text what was seen of a process that was ended: "; blocked: no
 * progress for 9 s; threads: 1 running, 8 waiting (futex_wait_queue)".
 */
void observer_describe(const struct observer *o, char *text, size_t size);

#endif
