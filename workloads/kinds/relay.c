/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/relay.h"

#include <stdbool.h>

#include "workloads/clock.h"

static uint64_t get(const _Atomic(uint64_t) *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static void set(_Atomic(uint64_t) *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

/*
 * Exchanges, not stores: one process may break what another one begins just
 * now, and then at least one of the two sees what the other one wrote.
 */
void relay_break(struct relay *work)
{
    atomic_exchange(&work->token->over, 1);
    atomic_exchange(&work->token->look, 0);
}

static size_t end(struct relay *work)
{
    work->token->ended_ns = clock_ns();
    relay_break(work);
    return SIZE_MAX;
}

/* A carry out of turn ends the relay: two tokens would go round for ever. */
static size_t refuse(struct relay *work, size_t runner, uint64_t holder)
{
    work->token->wrong = runner;
    work->token->right = holder;
    relay_break(work);
    return SIZE_MAX;
}

static void trace_pass(const struct relay *work, size_t to)
{
    size_t from = (to ? to : work->runners) - 1;

    trace_note(work->gate->trace, TRACE_WAIT, (uint32_t)from, 0);
    trace_note(work->gate->trace, TRACE_TURN, (uint32_t)to, 0);
}

size_t relay_look(struct relay *work, size_t runner)
{
    struct relay_token *t = work->token;
    uint64_t holder = get(&t->holder), made = get(&t->made);
    bool traced = work->gate->trace;
    size_t next = relay_next(work, runner);

    if (get(&t->over))
        return SIZE_MAX;
    if (runner != holder)
        return refuse(work, runner, holder);
    if (made == 0)
        t->begun_ns = clock_ns();
    if (traced)
        trace_pass(work, runner);
    if (made == work->passes)
        return end(work);
    atomic_exchange(&t->look, traced ? made + 1 : work->passes);
    if (atomic_load(&t->over))
        return SIZE_MAX;
    set(&t->made, made + 1);
    set(&t->holder, next);
    return next;
}

static struct ability ability(const void *own)
{
    const struct relay_ability *a = own;

    return (struct ability){
        .runs = a->run,
        .gap = a->gap,
        .at_once = a->at_once,
        .unit = a->unit,
        .keeps_threads = a->keeps_threads,
    };
}

static int run(const void *own, void *job)
{
    const struct relay_ability *a = own;

    return a->run(job);
}

static int run_empty(const void *own)
{
    struct relay_token token = {0};
    struct gate gate = {0};
    struct relay nothing = {.token = &token, .gate = &gate};

    return run(own, &nothing);
}

static const struct caveat caveats[] = {
    {"A hand-over has the price of its place.",
     "A thread that wakes another one on the same CPU pays for a switch; on "
     "another CPU it pays for an interrupt, and for the sleep that the CPU is "
     "in. Compare the results of --cpus 1 with each other, and those of all "
     "CPUs."},
};

static const struct metric metrics[] = {
    [RELAY_PASS_NS] = {"pass_ns", "ns",
                       "one hand-over: from the first to the last one, less "
                       "the start and the end of the runners",
                       .words = "time of a hand-over", .mean = true,
                       .price = true},
};

const struct kind kind_relay = {
    .name = "relay",
    .ability = ability,
    .run = run,
    .run_empty = run_empty,
    .caveats = caveats,
    .n_caveats = sizeof(caveats) / sizeof(caveats[0]),
    .metrics = metrics,
    .n_metrics = sizeof(metrics) / sizeof(metrics[0]),
};
