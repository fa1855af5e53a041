/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/timer_heap.h"

#include <errno.h>
#include <stdlib.h>

static void put(struct timer_heap *heap, struct timer *timer, size_t place)
{
    heap->timers[place] = timer;
    timer->place = place;
}

/* Up past those that are later, then down past those that are earlier. */
static void settle(struct timer_heap *heap, struct timer *timer)
{
    struct timer **timers = heap->timers;
    size_t place = timer->place, child;

    for (; place > 1 && timers[place / 2]->due_ns > timer->due_ns; place /= 2)
        put(heap, timers[place / 2], place);
    for (; (child = 2 * place) <= heap->n; place = child) {
        if (child < heap->n &&
            timers[child + 1]->due_ns < timers[child]->due_ns)
            child++;
        if (timers[child]->due_ns >= timer->due_ns)
            break;
        put(heap, timers[child], place);
    }
    put(heap, timer, place);
}

int timer_heap_set(struct timer_heap *heap, struct timer *timer,
                   uint64_t due_ns)
{
    if (!timer->place && heap->n + 2 > heap->size) {
        size_t size = heap->size ? 2 * heap->size : 64;
        struct timer **grown = realloc(heap->timers, size * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        heap->timers = grown;
        heap->size = size;
    }
    if (!timer->place)
        put(heap, timer, ++heap->n);
    timer->due_ns = due_ns;
    settle(heap, timer);
    return 0;
}

void timer_heap_cancel(struct timer_heap *heap, struct timer *timer)
{
    size_t place = timer->place;
    struct timer *last;

    if (!place)
        return;
    last = heap->timers[heap->n--];
    timer->place = 0;
    if (last == timer)
        return;
    put(heap, last, place);
    settle(heap, last);
}

struct timer *timer_heap_pop(struct timer_heap *heap, uint64_t now_ns)
{
    struct timer *timer;

    if (timer_heap_due_ns(heap) > now_ns || !heap->n)
        return NULL;
    timer = heap->timers[1];
    timer_heap_cancel(heap, timer);
    return timer;
}

void timer_heap_finish(struct timer_heap *heap)
{
    free(heap->timers);
}
