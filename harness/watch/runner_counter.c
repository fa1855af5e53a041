/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A task is held before it loads or stores the counter, or yields. */
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/watch/runners.h"

/* What became of the counter. */
static void keep_access(struct stepper *s, enum step_kind kind,
                        const _Atomic(uint64_t) *counter, uint64_t value,
                        int64_t erased)
{
    if (runner_self->task == STEP_NO_TASK)
        return;
    s->tasks[runner_self->task].loaded =
        kind == STEP_LOAD || kind == STEP_FAILED;
    s->tasks[runner_self->task].value = value;
    runner_keep(s, (struct step){.kind = kind,
                                 .holder = STEP_NO_TASK,
                                 .own = counter != s->counting->counter,
                                 .value = value,
                                 .counter = atomic_load(counter),
                                 .erased = erased});
}

uint64_t runner_on_load(void *context, const _Atomic(uint64_t) *counter)
{
    struct stepper *s = runner_holder(context);
    uint64_t value;

    if (s)
        runner_hold(s, STEP_LOAD);
    value = atomic_load(counter);
    if (s)
        keep_access(s, STEP_LOAD, counter, value, 0);
    return value;
}

void runner_on_store(void *context, _Atomic(uint64_t) *counter, uint64_t value)
{
    struct stepper *s = runner_holder(context);
    uint64_t before;

    if (s)
        runner_hold(s, STEP_STORE);
    before = atomic_exchange(counter, value);
    if (s)
        keep_access(s, STEP_STORE, counter, value,
                    (int64_t)(before + 1 - value));
}

uint64_t runner_on_add(void *context, _Atomic(uint64_t) *counter, uint64_t n)
{
    struct stepper *s = runner_holder(context);
    uint64_t before;

    if (s)
        runner_hold(s, STEP_ADD);
    before = atomic_fetch_add(counter, n);
    if (s)
        keep_access(s, STEP_ADD, counter, before + n, 0);
    return before;
}

/* The strong one: one that fails for no reason would be no lesson. */
bool runner_on_cas(void *context, _Atomic(uint64_t) *counter,
                   uint64_t *expected, uint64_t value)
{
    struct stepper *s = runner_holder(context);
    bool stored;

    if (s)
        runner_hold(s, STEP_CAS);
    stored = atomic_compare_exchange_strong(counter, expected, value);
    if (s)
        keep_access(s, stored ? STEP_CAS : STEP_FAILED, counter,
                    stored ? value : *expected, 0);
    return stored;
}

/* All others are held, so that there is none to yield to. */
int runner_on_yield(void *context)
{
    struct stepper *s = runner_holder(context);

    if (!s)
        return (int)syscall(SYS_sched_yield);
    runner_hold(s, STEP_YIELD);
    runner_keep_kind(s, STEP_YIELD, STEP_NO_TASK);
    return 0;
}
