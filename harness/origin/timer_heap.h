/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_TIMER_HEAP_H
#define BATON_HARNESS_ORIGIN_TIMER_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* A binary heap of timers, the earliest first.  It reads no clock. */
struct timer {
    uint64_t due_ns; /* CLOCK_MONOTONIC */
    size_t place;    /* in the heap, from 1; 0: not set */
    void (*due)(struct timer *timer);
};

struct timer_heap {
    struct timer **timers; /* timers[0] is unused */
    size_t n, size;
};

/* Frees the heap; the timers belong to their owners. */
void timer_heap_finish(struct timer_heap *heap);

/* Sets a timer, or moves one that is set.  0, or -ENOMEM: it is not set. */
int timer_heap_set(struct timer_heap *heap, struct timer *timer,
                   uint64_t due_ns);
/* Accepts a timer that is not set. */
void timer_heap_cancel(struct timer_heap *heap, struct timer *timer);

/* When the earliest one is due; UINT64_MAX: none is set. */
static inline uint64_t timer_heap_due_ns(const struct timer_heap *heap)
{
    return heap->n ? heap->timers[1]->due_ns : UINT64_MAX;
}

/* Takes out the earliest one that is due at now_ns; NULL: none is. */
struct timer *timer_heap_pop(struct timer_heap *heap, uint64_t now_ns);

#endif
