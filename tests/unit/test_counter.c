/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ways to count: what each stores, and what it returns. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/count.h"
#include "workloads/kinds/counting.h"

enum { THREADS = 4, TIMES = 20000 };

static _Atomic uint64_t counter;
static const struct counting work = {.counter = &counter};

static void test_a_run_adds_n(void **state)
{
    static const uint64_t runs[] = {0, 1, 2, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        counter = 41;
        counter_run(&work, runs[i]);
        assert_int_equal(counter, 41 + runs[i]);
    }
}

static void test_an_add_returns_the_value_before(void **state)
{
    (void)state;
    counter = 41;
    assert_int_equal(counter_add(&work, 3), 41);
    assert_int_equal(counter, 44);
}

static void test_a_cas_stores_only_over_what_was_expected(void **state)
{
    uint64_t expected = 40;

    (void)state;
    counter = 41;
    assert_false(counter_cas(&work, &expected, 50));
    assert_int_equal(expected, 41);
    assert_int_equal(counter, 41);
    /* Weak: some processors fail without a reason. */
    while (!counter_cas(&work, &expected, 50))
        assert_int_equal(expected, 41);
    assert_int_equal(counter, 50);
}

static void *add(void *data)
{
    (void)data;
    for (int i = 0; i < TIMES; i++)
        counter_add(&work, 1);
    return NULL;
}

static void *cas(void *data)
{
    (void)data;
    for (int i = 0; i < TIMES; i++) {
        uint64_t expected = counter_load(&work);

        while (!counter_cas(&work, &expected, expected + 1)) {
        }
    }
    return NULL;
}

static void test_neither_add_nor_cas_loses_updates(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    counter = 0;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, i % 2 ? add : cas, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(counter, THREADS * TIMES);
}

extern const struct workload workload_counter;

static uint64_t *value_of(struct setup *s, const char *name)
{
    return &s->values[workload_parameter(&workload_counter, name)];
}

static void test_a_total_is_shared_out_in_equal_parts(void **state)
{
    const struct workload *w = &workload_counter;
    struct setup s = {0};
    struct work shared;
    char why[256] = "";

    (void)state;
    workload_presets(w, s.values);
    *value_of(&s, "tasks") = 8;
    assert_int_equal(w->items(&s), 8000);
    *value_of(&s, "total") = 1000;
    assert_int_equal(w->check(&s, why, sizeof(why)), 0);
    assert_int_equal(w->items(&s), 1000);
    assert_int_equal(w->prepare(&shared, &s), 0);
    assert_int_equal(((struct counting *)shared.job)->increments, 125);
    w->finish(&shared);
    *value_of(&s, "tasks") = 7;
    assert_int_equal(w->check(&s, why, sizeof(why)), -EINVAL);
    assert_non_null(strstr(why, "a multiple of the tasks"));
}

static void test_without_a_gate_no_width_is_promised(void **state)
{
    const struct workload *w = &workload_counter;
    struct count_results *results = aligned_alloc(64, 4096);
    struct setup s = {0};
    struct work ungated;

    (void)state;
    assert_non_null(results);
    memset(results, 0, 4096);
    workload_presets(w, s.values);
    assert_true(w->tells_width(&s));
    *value_of(&s, "gate") = 0;
    assert_false(w->tells_width(&s));
    assert_int_equal(w->prepare(&ungated, &s), 0);
    w->aim(&ungated, &s, results);
    assert_true(results->gate.passes);
    w->finish(&ungated);
    free(results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_adds_n),
        cmocka_unit_test(test_an_add_returns_the_value_before),
        cmocka_unit_test(test_a_cas_stores_only_over_what_was_expected),
        cmocka_unit_test(test_neither_add_nor_cas_loses_updates),
        cmocka_unit_test(test_a_total_is_shared_out_in_equal_parts),
        cmocka_unit_test(test_without_a_gate_no_width_is_promised),
    };

    return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
