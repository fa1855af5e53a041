/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/timer_heap.h"

#include <errno.h>
#include <stdlib.h>

static void put(struct timer_heap *heap, struct timer *timer, size_t place)
{
    heap->timers[place] = timer;
    timer->place = place;
}

static void rise(struct timer_heap *heap, struct timer *timer)
{
    size_t place = timer->place;

    for (; place > 1 && heap->timers[place / 2]->due_ns > timer->due_ns;
         place /= 2)
        put(heap, heap->timers[place / 2], place);
    put(heap, timer, place);
}

static void sink(struct timer_heap *heap, struct timer *timer)
{
    struct timer **timers = heap->timers;
    size_t place = timer->place, child;

    while ((child = 2 * place) <= heap->n) {
        if (child < heap->n &&
            timers[child + 1]->due_ns < timers[child]->due_ns)
            child++;
        if (timers[child]->due_ns >= timer->due_ns)
            break;
        put(heap, timers[child], place);
        place = child;
    }
    put(heap, timer, place);
}

static int reserve(struct timer_heap *heap)
{
    size_t size = heap->size ? 2 * heap->size : 64;
    struct timer **grown;

    if (heap->n + 2 <= heap->size)
        return 0;
    grown = realloc(heap->timers, size * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    heap->timers = grown;
    heap->size = size;
    return 0;
}

int timer_heap_set(struct timer_heap *heap, struct timer *timer,
                   uint64_t due_ns)
{
    if (!timer->place) {
        int error = reserve(heap);

        if (error)
            return error;
        put(heap, timer, ++heap->n);
    }
    timer->due_ns = due_ns;
    rise(heap, timer);
    sink(heap, timer);
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
    rise(heap, last);
    sink(heap, last);
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
