/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Deadlines and latenesses of the sleeping kind, in simulated time. */
#include "tests/unit/unit.h"
#include "workloads/clock.h"
#include "workloads/kinds/sleepers.h"
#include "workloads/kinds/sleeping.h"

enum { TASKS = 1000 };
static const uint64_t sleep_ns = 100 * NS_PER_MS;

struct bed {
    struct sleep_results results;
    struct sleepers own;
    struct sleeping work;
    uint64_t now_ns, tasks[TASKS];
};

static void make_bed(struct bed *b, uint64_t spread_ns, uint64_t waits)
{
    *b = (struct bed){
        .now_ns = 7 * NS_PER_S,
        .own = {.sleep_ns = sleep_ns, .spread_ns = spread_ns, .waits = waits},
    };
    b->own.tasks = b->tasks;
    b->own.results = &b->results;
    b->results.gate.opened_ns = b->now_ns;
    b->work = (struct sleeping){.tasks = TASKS,
                                .gate = &b->results.gate,
                                .now_ns = &b->now_ns,
                                .sleepers = &b->own};
}

static void test_tasks_that_begin_together_wake_together(void **state)
{
    static struct bed b;

    (void)state;
    make_bed(&b, 0, 1);
    for (size_t i = 0; i < TASKS; i++) {
        assert_int_equal(sleeper_begin(&b.work, i), 7 * NS_PER_S + sleep_ns);
        b.now_ns += sleep_ns / TASKS - 1;
    }
}

static void test_a_task_that_begins_later_sleeps_too(void **state)
{
    static struct bed b;

    (void)state;
    make_bed(&b, 0, 1);
    b.now_ns += sleep_ns;
    assert_int_equal(sleeper_begin(&b.work, 0), 7 * NS_PER_S + 2 * sleep_ns);
    b.now_ns += 5 * sleep_ns - 1;
    assert_int_equal(sleeper_begin(&b.work, 1), 7 * NS_PER_S + 6 * sleep_ns);
}

static void test_deadlines_are_spread_evenly_and_alike_each_time(void **state)
{
    static struct bed b;
    uint64_t first = UINT64_MAX, last = 0, sum = 0;

    (void)state;
    make_bed(&b, NS_PER_S, 1);
    for (size_t i = 0; i < TASKS; i++) {
        uint64_t until = sleeper_begin(&b.work, i);
        uint64_t after = until - 7 * NS_PER_S - sleep_ns;

        assert_int_equal(until, sleeper_begin(&b.work, i));
        first = after < first ? after : first;
        last = after > last ? after : last;
        sum += after;
    }
    assert_true(first < NS_PER_S / 100 && last >= NS_PER_S - NS_PER_S / 100);
    assert_true(last < NS_PER_S);
    assert_in_range(sum / TASKS, NS_PER_S * 45 / 100, NS_PER_S * 55 / 100);
}

static void test_a_task_has_so_many_waits(void **state)
{
    static struct bed b;
    uint64_t until;

    (void)state;
    make_bed(&b, 0, 3);
    until = sleeper_begin(&b.work, 5);
    for (unsigned wait = 1; wait <= 3; wait++) {
        assert_int_equal(until, 7 * NS_PER_S + wait * sleep_ns);
        b.now_ns = until;
        until = sleeper_woke(&b.work, 5);
    }
    assert_int_equal(until, 0);
    assert_int_equal(b.results.counts[0], 3);
    assert_int_equal(b.results.early + b.results.unasked, 0);
}

static void test_lateness_is_kept_and_early_wakes_are_counted(void **state)
{
    static struct bed b;

    (void)state;
    make_bed(&b, 0, 1);
    b.now_ns = sleeper_begin(&b.work, 0) + 12345;
    sleeper_woke(&b.work, 0);
    assert_int_equal(b.results.counts[lateness_bucket(12345)], 1);
    assert_int_equal(b.results.late_ns, 12345);
    assert_int_equal(b.results.early, 0);
    b.now_ns = sleeper_begin(&b.work, 1) - 1;
    sleeper_woke(&b.work, 1);
    assert_int_equal(b.results.early, 1);
    assert_int_equal(b.results.early_ns, 1);
    assert_int_equal(b.results.late_ns, 12345);
}

static void test_a_bucket_is_within_some_per_cent(void **state)
{
    unsigned before = 0;

    (void)state;
    for (uint64_t ns = 0; ns < UINT64_MAX / 3; ns += ns / 100 + 1) {
        unsigned bucket = lateness_bucket(ns);
        uint64_t is = lateness_of(bucket);

        assert_in_range(bucket, before, LATENESS_BUCKETS - 1);
        assert_in_range(is, ns - ns / 31, ns + ns / 31);
        before = bucket;
    }
    assert_in_range(lateness_bucket(UINT64_MAX), 0, LATENESS_BUCKETS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tasks_that_begin_together_wake_together),
        cmocka_unit_test(test_a_task_that_begins_later_sleeps_too),
        cmocka_unit_test(test_deadlines_are_spread_evenly_and_alike_each_time),
        cmocka_unit_test(test_a_task_has_so_many_waits),
        cmocka_unit_test(test_lateness_is_kept_and_early_wakes_are_counted),
        cmocka_unit_test(test_a_bucket_is_within_some_per_cent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
