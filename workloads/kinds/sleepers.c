/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/sleepers.h"

#include <stdatomic.h>

#include "workloads/clock.h"
#include "workloads/kinds/sleeping.h"

unsigned lateness_bucket(uint64_t ns)
{
    unsigned shift;

    if (ns < LATENESS_STEPS)
        return (unsigned)ns;
    shift = 63 - 4 - (unsigned)__builtin_clzll(ns);
    return (shift + 1) * LATENESS_STEPS + (ns >> shift) % LATENESS_STEPS;
}

uint64_t lateness_of(unsigned bucket)
{
    unsigned shift = bucket / LATENESS_STEPS;
    uint64_t step = bucket % LATENESS_STEPS;

    if (shift-- == 0)
        return step;
    return ((LATENESS_STEPS + step) << shift) + (UINT64_C(1) << shift) / 2;
}

static uint64_t now_of(const struct sleeping *work)
{
    return work->now_ns ? *work->now_ns : clock_ns();
}

/* Sebastiano Vigna's splitmix64: the same for every model and every run. */
static uint64_t spread(const struct sleepers *s, size_t task, uint64_t wait)
{
    uint64_t z = s->seed + (task * s->waits + wait) * 0x9e3779b97f4a7c15;

    if (!s->spread_ns)
        return 0;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % s->spread_ns;
}

static void raise_to(_Atomic(uint64_t) *most, uint64_t value)
{
    uint64_t was = atomic_load_explicit(most, memory_order_relaxed);

    while (value > was &&
           !atomic_compare_exchange_weak_explicit(
               most, &was, value, memory_order_relaxed, memory_order_relaxed)) {
    }
}

static void add_one(_Atomic(uint32_t) *count)
{
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static void note(const struct sleeping *work, enum trace_what what, size_t task)
{
    if (work->gate->trace)
        trace_note(work->gate->trace, what, (uint32_t)task, 0);
}

static uint64_t opened_ns(const struct sleeping *work)
{
    return atomic_load_explicit(&work->gate->opened_ns, memory_order_relaxed);
}

/* Hands out the time of wait number `wait`, from 0. */
static uint64_t hand_out(struct sleeping *work, size_t task, uint64_t wait,
                         uint64_t now)
{
    struct sleepers *s = work->sleepers;
    uint64_t opened = opened_ns(work), after = now > opened ? now - opened : 0;
    uint64_t tick = s->sleep_ns ? (after / s->sleep_ns + 1) * s->sleep_ns : 0;
    uint64_t until = tick + spread(s, task, wait);

    s->tasks[task] = until << SLEEPERS_WAIT_BITS | (wait + 1);
    note(work, TRACE_WAIT, task);
    return opened + until;
}

uint64_t sleeper_begin(struct sleeping *work, size_t task)
{
    return hand_out(work, task, 0, now_of(work));
}

static void take(struct sleep_results *r, uint64_t until, uint64_t now)
{
    uint64_t late = now > until ? now - until : 0;

    if (now < until) {
        add_one(&r->early);
        raise_to(&r->early_ns, until - now);
    }
    add_one(&r->counts[lateness_bucket(late)]);
    raise_to(&r->late_ns, late);
}

uint64_t sleeper_woke(struct sleeping *work, size_t task)
{
    struct sleepers *s = work->sleepers;
    uint64_t now = now_of(work), kept = s->tasks[task];
    uint64_t wait = kept % (UINT64_C(1) << SLEEPERS_WAIT_BITS);
    uint64_t until = opened_ns(work) + (kept >> SLEEPERS_WAIT_BITS);

    note(work, TRACE_TURN, task);
    if (wait == 0) {
        add_one(&s->results->unasked);
        return 0;
    }
    if (s->sample_peak && !atomic_exchange(&s->results->woken, 1))
        s->sample_peak();
    take(s->results, until, now);
    if (wait < s->waits)
        return hand_out(work, task, wait, now);
    s->tasks[task] = 0;
    return 0;
}
