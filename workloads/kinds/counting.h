/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_KINDS_COUNTING_H
#define BATON_WORKLOADS_KINDS_COUNTING_H

#ifndef __cplusplus /* then model.hh has them */
#include <stdatomic.h>
#endif
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/gate.h"
#include "workloads/kinds/kind.h"
#ifdef BATON_WATCHED
#include "workloads/kinds/watched.h"
#endif

/*
 * The counting kind of work: `tasks` tasks add `increments` each to one shared
 * counter.  Counting is not a protocol: a callback per increment would cost
 * more than the increment, so each model calls these functions from its own
 * loop, as a textbook would.  It reaches the counter through nothing else.
 *
 * Everything here belongs to the harness and outlives the model's run.
 */
struct counting {
    size_t tasks;
    uint64_t increments; /* per task */
    uint64_t per_turn;   /* before a cooperative task hands over; 0: all */
    unsigned passes;     /* hand-overs between load and store: 0 or 1 */
    /*
     * CPU time between the load and the store, inside the lock or the turn;
     * after the store, outside of the lock; and further loads before each
     * increment, which only read.
     */
    uint64_t hold_ns, think_ns, reads;
    _Atomic(uint64_t) *counter;
    size_t workers; /* of a model that has workers; 0: its own number */
    struct gate *gate;
    uint64_t spins; /* looks at a queue's lock before a thread yields the CPU */
};

/* A model's member for it in struct model. */
struct counting_ability {
    int (*run)(struct counting *work); /* see model.h */
    const char *gap;
    enum promise plain, split; /* without and with passes */
    enum at_once at_once;
    enum unit unit;
    size_t most_tasks; /* more are a gap; 0: there is no limit */
    const char *most_why;
    size_t keeps_threads; /* that its runtime cannot join: more are a leak */
    const char *label;    /* for charts of counters; NULL: the model's */
};

/* What the kind measures: indexes of findings.metrics. */
enum { COUNTING_FAIRNESS, COUNTING_LEAST_SHARE };

/*
 * One increment is a load, an addition and a store, as in the machine and in
 * the tutorial's `counter += 1`.  Relaxed atomics: updates are lost for real
 * when threads interleave, without undefined behaviour, ThreadSanitizer has
 * nothing to say, and no compiler folds the loop into one addition (gcc -O2
 * does that to a plain `counter++`).
 */
#ifndef BATON_WATCHED
static inline uint64_t counter_load(const struct counting *work)
{
    return atomic_load_explicit(work->counter, memory_order_relaxed);
}

static inline void counter_store(const struct counting *work, uint64_t value)
{
    atomic_store_explicit(work->counter, value, memory_order_relaxed);
}

/* Adds n in one indivisible step; returns the value before it. */
static inline uint64_t counter_add(const struct counting *work, uint64_t n)
{
    return atomic_fetch_add_explicit(work->counter, n, memory_order_relaxed);
}

/*
 * Stores `value` where the counter is still *expected.  False: it was not, or
 * the processor could not tell; *expected is what the counter is now.
 */
static inline bool counter_cas(const struct counting *work, uint64_t *expected,
                               uint64_t value)
{
    return atomic_compare_exchange_weak_explicit(work->counter, expected, value,
                                                 memory_order_relaxed,
                                                 memory_order_relaxed);
}
#else
static inline uint64_t counter_load(const struct counting *work)
{
    return watched_load(work->counter);
}

static inline void counter_store(const struct counting *work, uint64_t value)
{
    watched_store(work->counter, value);
}

static inline uint64_t counter_add(const struct counting *work, uint64_t n)
{
    return watched_add(work->counter, n);
}

static inline bool counter_cas(const struct counting *work, uint64_t *expected,
                               uint64_t value)
{
    return watched_cas(work->counter, expected, value);
}
#endif

/*
 * Whether a task that has made `done` increments has more to make: the
 * condition of a model's loop, asked before each increment, or before each turn
 * where no other task can run in one.  It records how far the task was when the
 * first one had finished.
 */
static inline bool counter_more(const struct counting *work, size_t task,
                                uint64_t done)
{
    if (done >= work->increments)
        return false;
    if (atomic_load_explicit(&work->gate->left, memory_order_relaxed))
        gate_share(work->gate, task, done, work->increments);
    return true;
}

/* Uses the CPU for so long: at least two readings of the clock. */
void counter_spin(uint64_t ns);

/*
 * What a task that the kernel runs does between its load and its store: uses
 * the CPU, and yields it to others with the value in hand.
 */
static inline void counter_hold(const struct counting *work)
{
    if (work->hold_ns)
        counter_spin(work->hold_ns);
    for (unsigned pass = 0; pass < work->passes; pass++)
        sched_yield();
}

/* One increment of such a task: inside the lock, where there is one. */
static inline void counter_once(const struct counting *work)
{
    uint64_t value = counter_load(work);

    counter_hold(work);
    counter_store(work, value + 1);
}

/* One of work->reads: under the read lock, or the lock, where there is one. */
static inline void counter_read(const struct counting *work)
{
    counter_load(work);
    if (work->hold_ns)
        counter_spin(work->hold_ns);
}

/* All of work->reads, where nothing guards them. */
static inline void counter_reads(const struct counting *work)
{
    for (uint64_t i = 0; i < work->reads; i++)
        counter_read(work);
}

/* After each increment: outside of the lock. */
static inline void counter_think(const struct counting *work)
{
    if (work->think_ns)
        counter_spin(work->think_ns);
}

/*
 * An increment in two parts, of a task that hands over by itself between them,
 * or not at all.
 */
static inline uint64_t counter_take(const struct counting *work)
{
    uint64_t value;

    counter_reads(work);
    value = counter_load(work);
    if (work->hold_ns)
        counter_spin(work->hold_ns);
    return value;
}

static inline void counter_put(const struct counting *work, uint64_t value)
{
    counter_store(work, value + 1);
    counter_think(work);
}

/* Out of line, for the loop of counter_run() is the one to be measured. */
void counter_run_slowly(const struct counting *work, uint64_t n);

/*
 * n increments without a hand-over between load and store: the inner loop of
 * every model that guards each of them by nothing, or all of them at once.  It
 * stands here once because its form alone made one model 1.5 times as fast as
 * another.
 */
static inline void counter_run(const struct counting *work, uint64_t n)
{
    /* A copy: else each store might change *work, which is then read again. */
    const struct counting own = *work;

    if (own.hold_ns || own.think_ns || own.reads) {
        counter_run_slowly(work, n);
        return;
    }
    for (uint64_t i = 0; i < n; i++)
        counter_store(&own, counter_load(&own) + 1);
}

#endif
