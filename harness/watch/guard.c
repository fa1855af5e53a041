/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/guard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "harness/watch/hooks.h"

/* In memory that processes of the model share. */
struct counts {
    _Atomic(uint64_t) indivisible, locked, turns;
};

static uint64_t add(void *context, _Atomic(uint64_t) *counter, uint64_t n)
{
    struct counts *c = context;

    atomic_fetch_add_explicit(&c->indivisible, 1, memory_order_relaxed);
    return atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static bool cas(void *context, _Atomic(uint64_t) *counter, uint64_t *expected,
                uint64_t value)
{
    struct counts *c = context;
    bool done = atomic_compare_exchange_weak_explicit(
        counter, expected, value, memory_order_relaxed, memory_order_relaxed);

    if (done)
        atomic_fetch_add_explicit(&c->indivisible, 1, memory_order_relaxed);
    return done;
}

static _Thread_local unsigned held; /* locks, by this thread */

static int lock(void *context, const struct lock_call *call)
{
    int error = call->make(call->lock);

    (void)context;
    held += !error;
    return error;
}

static int unlock(void *context, const struct lock_call *call)
{
    (void)context;
    held -= held > 0;
    return call->make(call->lock);
}

static void store(void *context, _Atomic(uint64_t) *counter, uint64_t value)
{
    struct counts *c = context;

    if (held)
        atomic_fetch_add_explicit(&c->locked, 1, memory_order_relaxed);
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

static void turn(void *context, size_t task)
{
    struct counts *c = context;

    (void)task;
    atomic_fetch_add_explicit(&c->turns, 1, memory_order_relaxed);
}

int guard_find(struct free_run *r, struct guard *ret)
{
    struct counts *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const struct watcher watcher = {.context = c,
                                    .store = store,
                                    .add = add,
                                    .cas = cas,
                                    .turn = turn,
                                    .lock = lock,
                                    .unlock = unlock};
    uint64_t final;
    int error;

    if (c == MAP_FAILED)
        return -errno;
    watch(&watcher);
    error = free_run_once(r, &final);
    watch(NULL);
    *ret = (struct guard){c->indivisible, c->locked, c->turns};
    munmap(c, sizeof(*c));
    return error;
}

void guard_describe(const struct guard *g, const struct free_run *r, char *out,
                    size_t size)
{
    const struct ability a = model_ability(r->model, r->workload->kind);
    uint64_t items = r->workload->items(&r->setup);

    if (a.at_once == AT_ONCE_ONE)
        snprintf(out, size, "one task runs after another");
    else if (g->indivisible >= items)
        snprintf(out, size,
                 "each increment is one indivisible step of the processor "
                 "(%" PRIu64 " of them): no task holds an old value",
                 g->indivisible);
    else if (g->locked >= items)
        snprintf(
            out, size,
            "a task has a lock from its load to its store (seen at %" PRIu64
            " stores)",
            g->locked);
    else if (g->turns && !r->workload->split)
        snprintf(out, size,
                 "tasks of one thread hand over by themselves (%" PRIu64
                 " turns), and none does between its load and its store",
                 g->turns);
    else
        snprintf(out, size, "the model guards the counter: %s",
                 r->model->summary);
}
