/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/trace.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/single_threaded.h>
#include <unistd.h>

#include "workloads/clock.h"
#include "workloads/ticks.h"

/* Asked for once: a system call per event would cost more than the event. */
static _Thread_local uint32_t own_thread;

/* This process has forked, or was: each may have one thread, and write. */
static bool forked;

static void note_fork(void)
{
    forked = true;
}

/* A child has the memory of its parent, and an id of its own. */
static void begin_child(void)
{
    forked = true;
    own_thread = 0;
}

int trace_over_fork(void)
{
    return -pthread_atfork(NULL, note_fork, begin_child);
}

static void note_overflow(struct trace *trace, uint64_t ns)
{
    uint64_t first =
        atomic_load_explicit(&trace->overflow_ns, memory_order_relaxed);

    while (ns < first && !atomic_compare_exchange_weak_explicit(
                             &trace->overflow_ns, &first, ns,
                             memory_order_relaxed, memory_order_relaxed)) {
    }
}

/* With one thread no other can come between: 9 ns of 35 less. */
static uint64_t take_slot(struct trace *trace)
{
    uint64_t slot;

    if (!__libc_single_threaded || forked)
        return atomic_fetch_add_explicit(&trace->n, 1, memory_order_relaxed);
    slot = atomic_load_explicit(&trace->n, memory_order_relaxed);
    atomic_store_explicit(&trace->n, slot + 1, memory_order_relaxed);
    return slot;
}

void trace_note(struct trace *trace, enum trace_what what, uint32_t lane,
                uint64_t value)
{
    uint64_t ns = trace->begin_ticks ? ticks() : clock_ns();
    uint64_t slot = take_slot(trace);

    if (slot >= trace->capacity) {
        note_overflow(trace, ns);
        return;
    }
    if (!own_thread)
        own_thread = (uint32_t)gettid();
    trace->events[slot] = (struct trace_event){
        .ns = ns,
        .thread = own_thread,
        .lane = lane,
        .what = what,
        .value = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX,
    };
}

void trace_settle(struct trace *trace, const struct moment *now)
{
    uint64_t n = trace->n < trace->capacity ? trace->n : trace->capacity;
    uint64_t overflow = trace->overflow_ns, from = trace->begin_ticks;
    double rate;

    if (!from || now->ticks <= from)
        return;
    rate = (double)(now->ns - trace->begin_ns) / (double)(now->ticks - from);
    for (uint64_t i = 0; i < n; i++)
        trace->events[i].ns =
            trace->begin_ns +
            (uint64_t)((double)(trace->events[i].ns - from) * rate);
    if (overflow != UINT64_MAX)
        trace->overflow_ns =
            trace->begin_ns + (uint64_t)((double)(overflow - from) * rate);
    trace->begin_ticks = 0;
}
