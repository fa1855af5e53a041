/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_HOOKS_H
#define BATON_HARNESS_WATCH_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The seam of the hooked build (baton-watched): what models do at the counter,
 * at the gate and at locks comes to the watcher that is installed.  Each of its
 * functions runs on the model's thread, takes the place of the operation and
 * has to make it, and may wait before and after it.  NULL: the operation is
 * made, and that is all.
 *
 * Calls of any thread come here, those of the harness and of libraries
 * included: a watcher passes those of threads that run no task.
 */

/* How a lock is taken or given back; the address is its identity. */
struct lock_call {
    void *lock;
    int (*make)(void *lock);  /* as the model has called it: it may wait */
    int (*check)(void *lock); /* to take it without waiting; or not 0 */
};

/* A condition variable is waited for, until a time if that is not NULL. */
struct timespec;
struct wait_call {
    void *condition, *mutex;
    const struct timespec *until;
    int (*make)(const struct wait_call *call);
};

struct watcher {
    void *context; /* the first argument of all */
    uint64_t (*load)(void *context, const _Atomic(uint64_t) *counter);
    void (*store)(void *context, _Atomic(uint64_t) *counter, uint64_t value);
    uint64_t (*add)(void *context, _Atomic(uint64_t) *counter, uint64_t n);
    bool (*cas)(void *context, _Atomic(uint64_t) *counter, uint64_t *expected,
                uint64_t value);
    /* See workloads/kinds/watched.h. */
    void (*begin)(void *context, size_t task);
    void (*turn)(void *context, size_t task);
    void (*leave)(void *context, size_t task);
    /* Mutexes, locks for reading or writing, semaphores.  As *make. */
    int (*lock)(void *context, const struct lock_call *call);
    int (*unlock)(void *context, const struct lock_call *call);
    int (*wait)(void *context, const struct wait_call *call);
    void (*signalled)(void *context); /* a condition variable was */
    int (*yield)(void *context);
};

/*
 * Installs a watcher, which has to live until another one or NULL is installed;
 * while no model runs.
 */
void watch(const struct watcher *watcher);
/* The one that is installed, or one whose members are all NULL. */
const struct watcher *watcher_now(void);

#endif
