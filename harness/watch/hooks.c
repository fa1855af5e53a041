/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/hooks.h"

#include <stdatomic.h>

#include "workloads/kinds/watched.h"

static const struct watcher nothing;
static const struct watcher *_Atomic watching = &nothing;

void watch(const struct watcher *watcher)
{
    atomic_store(&watching, watcher ? watcher : &nothing);
}

const struct watcher *watcher_now(void)
{
    return atomic_load_explicit(&watching, memory_order_acquire);
}

uint64_t watched_load(const _Atomic(uint64_t) *counter)
{
    const struct watcher *w = watcher_now();

    return w->load ? w->load(w->context, counter)
                   : atomic_load_explicit(counter, memory_order_relaxed);
}

void watched_store(_Atomic(uint64_t) *counter, uint64_t value)
{
    const struct watcher *w = watcher_now();

    if (w->store)
        w->store(w->context, counter, value);
    else
        atomic_store_explicit(counter, value, memory_order_relaxed);
}

uint64_t watched_add(_Atomic(uint64_t) *counter, uint64_t n)
{
    const struct watcher *w = watcher_now();

    return w->add ? w->add(w->context, counter, n)
                  : atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

bool watched_cas(_Atomic(uint64_t) *counter, uint64_t *expected, uint64_t value)
{
    const struct watcher *w = watcher_now();

    return w->cas
               ? w->cas(w->context, counter, expected, value)
               : atomic_compare_exchange_weak_explicit(counter, expected, value,
                                                       memory_order_relaxed,
                                                       memory_order_relaxed);
}

void watched_begin(size_t task)
{
    const struct watcher *w = watcher_now();

    if (w->begin)
        w->begin(w->context, task);
}

void watched_turn(size_t task)
{
    const struct watcher *w = watcher_now();

    if (w->turn)
        w->turn(w->context, task);
}

void watched_leave(size_t task)
{
    const struct watcher *w = watcher_now();

    if (w->leave)
        w->leave(w->context, task);
}
