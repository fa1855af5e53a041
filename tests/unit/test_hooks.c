/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the hooked build shows of each counting model. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "harness/watch/hooks.h"
#include "models/model.h"
#include "workloads/count.h"
#include "workloads/workload.h"

enum { TASKS = 3, INCREMENTS = 5 };

static _Atomic uint64_t loads, stores, adds, swaps, locks, unlocks, yields;
static _Atomic uint64_t begun, turns, left;

static uint64_t on_load(void *context, const _Atomic(uint64_t) *counter)
{
    (void)context;
    loads++;
    return atomic_load(counter);
}

static void on_store(void *context, _Atomic(uint64_t) *counter, uint64_t value)
{
    (void)context;
    stores++;
    atomic_store(counter, value);
}

static uint64_t on_add(void *context, _Atomic(uint64_t) *counter, uint64_t n)
{
    (void)context;
    adds++;
    return atomic_fetch_add(counter, n);
}

static bool on_cas(void *context, _Atomic(uint64_t) *counter,
                   uint64_t *expected, uint64_t value)
{
    bool stored = atomic_compare_exchange_strong(counter, expected, value);

    (void)context;
    swaps += stored;
    return stored;
}

static int on_lock(void *context, const struct lock_call *call)
{
    (void)context;
    locks++;
    return call->make(call->lock);
}

static int on_unlock(void *context, const struct lock_call *call)
{
    (void)context;
    unlocks++;
    return call->make(call->lock);
}

static int on_yield(void *context)
{
    (void)context;
    yields++;
    return 0;
}

static void on_begin(void *context, size_t task)
{
    (void)context;
    begun += task < TASKS;
}

static void on_turn(void *context, size_t task)
{
    (void)context;
    turns += task < TASKS;
}

static void on_leave(void *context, size_t task)
{
    (void)context;
    left += task < TASKS;
}

static const struct watcher counts = {
    .load = on_load,
    .store = on_store,
    .add = on_add,
    .cas = on_cas,
    .begin = on_begin,
    .turn = on_turn,
    .leave = on_leave,
    .lock = on_lock,
    .unlock = on_unlock,
    .yield = on_yield,
};

static void reset(void)
{
    loads = stores = adds = swaps = locks = unlocks = yields = 0;
    begun = turns = left = 0;
}

static uint64_t count_with(const struct model *m, const char *workload)
{
    const struct workload *w = workload_find(workload);
    struct setup setup = {0};
    struct work work;
    struct count_results *r;
    uint64_t counter;

    workload_presets(w, setup.values);
    setup.values[0] = TASKS;
    setup.values[1] = INCREMENTS;
    r = aligned_alloc(64, w->results_size(&setup));
    memset(r, 0, w->results_size(&setup));
    assert_int_equal(w->prepare(&work, &setup), 0);
    w->aim(&work, &setup, r);
    reset();
    assert_int_equal(model_run(m, w->kind, work.job), 0);
    counter = r->counter;
    w->finish(&work);
    free(r);
    return counter;
}

static bool counts_here(const struct model *m)
{
    struct ability a = model_ability(m, &kind_counting);

    return !m->absent && a.runs && a.unit != UNIT_PROCESS &&
           model_probe(m) == 0;
}

static void test_each_task_is_named(void **state)
{
    (void)state;
    watch(&counts);
    for (size_t i = 0; i < n_models; i++) {
        if (!counts_here(models[i]))
            continue;
        count_with(models[i], "counter");
        if (begun + turns < TASKS || left != TASKS)
            fail_msg("%s: %d begun, %d turns, %d left", models[i]->name,
                     (int)begun, (int)turns, (int)left);
    }
    watch(NULL);
}

/* Except where the library has the counter in hand: transactions. */
static void test_each_increment_is_seen(void **state)
{
    (void)state;
    watch(&counts);
    for (size_t i = 0; i < n_models; i++) {
        if (!counts_here(models[i]))
            continue;
        count_with(models[i], "counter");
        if (loads + adds == 0)
            print_message("%s shows none of its increments\n", models[i]->name);
        else if (stores + adds + swaps < TASKS * INCREMENTS)
            fail_msg("%s: %d stores, %d adds, %d swaps", models[i]->name,
                     (int)stores, (int)adds, (int)swaps);
    }
    watch(NULL);
}

static void test_a_mutex_is_seen_at_each_increment(void **state)
{
    (void)state;
    watch(&counts);
    count_with(model_find("locked"), "counter");
    assert_true(locks >= TASKS * INCREMENTS);
    assert_true(unlocks >= TASKS * INCREMENTS);
    assert_int_equal(loads, TASKS * INCREMENTS);
    count_with(model_find("semaphore"), "counter");
    assert_true(locks >= TASKS * INCREMENTS);
    count_with(model_find("rwlock"), "counter");
    assert_true(unlocks >= TASKS * INCREMENTS);
    watch(NULL);
}

static void test_a_yield_between_load_and_store_is_seen(void **state)
{
    (void)state;
    watch(&counts);
    count_with(model_find("thread-per-socket"), "counter-split");
    assert_int_equal(yields, TASKS * INCREMENTS);
    watch(NULL);
}

static void test_without_a_watcher_all_is_as_before(void **state)
{
    (void)state;
    reset();
    assert_int_equal(count_with(model_find("locked"), "counter"),
                     TASKS * INCREMENTS);
    assert_int_equal(loads + locks + yields + begun, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_task_is_named),
        cmocka_unit_test(test_each_increment_is_seen),
        cmocka_unit_test(test_a_mutex_is_seen_at_each_increment),
        cmocka_unit_test(test_a_yield_between_load_and_store_is_seen),
        cmocka_unit_test(test_without_a_watcher_all_is_as_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
