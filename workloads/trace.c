/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/trace.h"

#include <stdatomic.h>
#include <unistd.h>

#include "workloads/clock.h"

/* Asked for once: a system call per event would cost more than the event. */
static _Thread_local uint32_t own_thread;

static void note_overflow(struct trace *trace, uint64_t ns)
{
    uint64_t first =
        atomic_load_explicit(&trace->overflow_ns, memory_order_relaxed);

    while (ns < first && !atomic_compare_exchange_weak_explicit(
                             &trace->overflow_ns, &first, ns,
                             memory_order_relaxed, memory_order_relaxed)) {
    }
}

void trace_note(struct trace *trace, enum trace_what what, uint32_t lane,
                uint64_t value)
{
    uint64_t ns = clock_ns();
    uint64_t slot =
        atomic_fetch_add_explicit(&trace->n, 1, memory_order_relaxed);

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
