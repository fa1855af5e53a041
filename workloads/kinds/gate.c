/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/gate.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workloads/clock.h"

/* Not FUTEX_PRIVATE: a model made of processes waits at the same gate. */
static void futex(_Atomic uint32_t *word, int op, uint32_t value)
{
    syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

static void open_gate(struct gate *gate)
{
    atomic_store_explicit(&gate->opened_ns, clock_ns(), memory_order_relaxed);
    atomic_store_explicit(&gate->open, 1, memory_order_release);
    futex(&gate->open, FUTEX_WAKE, INT_MAX);
}

static void note_peak(struct gate *gate, uint32_t inside)
{
    uint32_t peak = atomic_load_explicit(&gate->peak, memory_order_relaxed);

    while (inside > peak && !atomic_compare_exchange_weak_explicit(
                                &gate->peak, &peak, inside,
                                memory_order_relaxed, memory_order_relaxed)) {
    }
}

static void sample_peak(struct gate *gate)
{
    if (gate->sample_peak)
        gate->sample_peak();
}

static void note(struct gate *gate, enum trace_what what, size_t task)
{
    if (gate->trace)
        trace_note(gate->trace, what, (uint32_t)task, 0);
}

/* In the hooked build alone. */
static void begin(size_t task)
{
#ifdef BATON_WATCHED
    watched_begin(task);
#else
    (void)task;
#endif
}

static void leave(size_t task)
{
#ifdef BATON_WATCHED
    watched_leave(task);
#else
    (void)task;
#endif
}

void gate_share(struct gate *gate, size_t task, uint64_t done, uint64_t all)
{
    if (gate->shares && !gate->shares[task])
        gate->shares[task] =
            (uint16_t)(1 + (double)done / (double)all * (UINT16_MAX - 1));
}

/* Some tasks come only when others have left: one by one, or from a queue. */
static void come_late(struct gate *gate, size_t task)
{
    /* As gate_share() has it of none that is done, without its division. */
    if (atomic_load_explicit(&gate->left, memory_order_relaxed) &&
        gate->shares && !gate->shares[task])
        gate->shares[task] = 1;
}

void gate_limit(struct gate *gate, size_t at_once)
{
    if (at_once < gate->expected)
        gate->limit = (uint32_t)at_once;
}

/* A task of a pool that comes when the gate is open. */
static void pass_open_gate(struct gate *gate, uint32_t entered)
{
    /*
     * Each worker left before it came again, and the additions order the two:
     * no worker is counted twice.  Tasks that came after this one and have
     * left make the difference smaller, even less than this task alone.
     */
    uint32_t left = atomic_load_explicit(&gate->left, memory_order_relaxed);

    note_peak(gate, entered > left ? entered - left : 1);
}

/* Each task stores `open` itself: it may leave before the first one does. */
static void pass_without_waiting(struct gate *gate, size_t task)
{
    uint32_t entered =
        atomic_fetch_add_explicit(&gate->entered, 1, memory_order_acq_rel) + 1;

    if (entered == 1)
        atomic_store_explicit(&gate->opened_ns, clock_ns(),
                              memory_order_relaxed);
    atomic_store_explicit(&gate->open, 1, memory_order_release);
    pass_open_gate(gate, entered);
    if (entered == gate->expected)
        sample_peak(gate);
    come_late(gate, task);
    note(gate, TRACE_TURN, task);
    begin(task);
}

void gate_wait(struct gate *gate, size_t task)
{
    uint32_t full = gate->limit ? gate->limit : gate->expected, entered;

    note(gate, TRACE_START, task);
    if (gate->passes) {
        pass_without_waiting(gate, task);
        return;
    }
    entered =
        atomic_fetch_add_explicit(&gate->entered, 1, memory_order_acq_rel) + 1;
    if (entered == full) {
        note_peak(gate, entered);
        sample_peak(gate);
        open_gate(gate);
    }
    if (entered > full)
        pass_open_gate(gate, entered);
    note(gate, TRACE_WAIT, task);
    while (!atomic_load_explicit(&gate->open, memory_order_acquire))
        futex(&gate->open, FUTEX_WAIT, 0);
    come_late(gate, task);
    note(gate, TRACE_TURN, task);
    begin(task);
}

/* One thread's own count: no locked instruction, 9 ns each where measured. */
static uint32_t count_alone(_Atomic uint32_t *word)
{
    uint32_t value = atomic_load_explicit(word, memory_order_relaxed) + 1;

    atomic_store_explicit(word, value, memory_order_relaxed);
    return value;
}

/*
 * What few tasks need is out of line, and the last call: else each task would
 * pay for the registers that it saves.
 */
__attribute__((noinline)) static void
note_entered(struct gate *gate, size_t task, uint32_t entered)
{
    if (entered == gate->expected)
        sample_peak(gate);
    if (entered == 1)
        atomic_store_explicit(&gate->opened_ns, clock_ns(),
                              memory_order_relaxed);
    note(gate, TRACE_START, task);
}

__attribute__((noinline)) static void note_left(struct gate *gate, size_t task,
                                                uint32_t left)
{
    if (left == gate->expected)
        atomic_store_explicit(&gate->left_ns, clock_ns(), memory_order_relaxed);
    note(gate, TRACE_DONE, task);
}

void gate_enter(struct gate *gate, size_t task)
{
    uint32_t entered = count_alone(&gate->entered);

    /* Tasks that left since then make this smaller than the truth at most. */
    note_peak(gate, entered - atomic_load_explicit(&gate->left,
                                                   memory_order_relaxed));
    come_late(gate, task);
    if (entered == 1 || entered == gate->expected || gate->trace)
        note_entered(gate, task, entered);
    begin(task);
}

void gate_leave(struct gate *gate, size_t task)
{
    /* Threads that waited at the gate find it open; cooperative tasks do not.
     */
    bool alone = !atomic_load_explicit(&gate->open, memory_order_relaxed);
    uint32_t left = alone ? count_alone(&gate->left)
                          : atomic_fetch_add_explicit(&gate->left, 1,
                                                      memory_order_acq_rel) +
                                1;

    if (left == gate->expected || gate->trace)
        note_left(gate, task, left);
    leave(task);
}

void gate_break(struct gate *gate)
{
    open_gate(gate);
}
