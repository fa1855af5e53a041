/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All tasks start together, and the gate says how many came. */
#include "tests/unit/unit.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workloads/clock.h"
#include "workloads/kinds/gate.h"

enum { TASKS = 16 };

static struct gate gate;
static _Atomic unsigned passed, peaks_sampled;
static _Atomic uint32_t entered_at_peak, passed_at_peak;

static void sample_peak(void)
{
    peaks_sampled++;
    entered_at_peak = gate.entered;
    /* Time enough for whoever was let go too early. */
    usleep(10000);
    passed_at_peak = passed;
}

static int fresh_gate(void **state)
{
    (void)state;
    gate = (struct gate){.expected = TASKS, .sample_peak = sample_peak};
    passed = peaks_sampled = entered_at_peak = passed_at_peak = 0;
    return 0;
}

static void *pass(void *data)
{
    (void)data;
    gate_wait(&gate, 0);
    passed++;
    gate_leave(&gate, 0);
    return NULL;
}

static void start(pthread_t threads[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pass, NULL), 0);
}

static void join(pthread_t threads[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void wait_until_entered(uint32_t n)
{
    while (gate.entered < n)
        usleep(100);
    usleep(20000);
}

static void test_all_wait_until_the_last_one_comes(void **state)
{
    pthread_t threads[TASKS];
    uint64_t before_ns;

    (void)state;
    start(threads, TASKS - 1);
    wait_until_entered(TASKS - 1);
    assert_int_equal(passed, 0);
    assert_int_equal(peaks_sampled, 0);
    before_ns = clock_ns();
    start(threads + TASKS - 1, 1);
    join(threads, TASKS);
    assert_int_equal(passed, TASKS);
    assert_int_equal(gate.entered, TASKS);
    assert_int_equal(gate.left, TASKS);
    assert_int_equal(gate.peak, TASKS);
    assert_in_range(gate.opened_ns, before_ns, gate.left_ns);
    assert_in_range(gate.left_ns, gate.opened_ns, clock_ns());
}

static void test_waking_up_is_not_being_let_go(void **state)
{
    pthread_t threads[TASKS];

    (void)state;
    start(threads, TASKS - 1);
    wait_until_entered(TASKS - 1);
    /* As a signal would. */
    syscall(SYS_futex, &gate.open, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    usleep(20000);
    assert_int_equal(passed, 0);
    start(threads + TASKS - 1, 1);
    join(threads, TASKS);
    assert_int_equal(passed, TASKS);
}

static void test_the_peak_is_sampled_once_with_all_inside(void **state)
{
    pthread_t threads[TASKS];

    (void)state;
    start(threads, TASKS);
    join(threads, TASKS);
    assert_int_equal(peaks_sampled, 1);
    assert_int_equal(entered_at_peak, TASKS);
    assert_int_equal(passed_at_peak, 0);
}

static void test_a_broken_gate_lets_go(void **state)
{
    pthread_t threads[TASKS];

    (void)state;
    start(threads, TASKS / 2);
    wait_until_entered(TASKS / 2);
    assert_int_equal(passed, 0);
    gate_break(&gate);
    join(threads, TASKS / 2);
    /* And whoever comes late does not stop at all. */
    start(threads, 1);
    join(threads, 1);
    assert_int_equal(passed, TASKS / 2 + 1);
    assert_int_equal(gate.entered, TASKS / 2 + 1);
    assert_int_equal(gate.left, TASKS / 2 + 1);
    assert_int_equal(gate.left_ns, 0);
    assert_int_equal(peaks_sampled, 0);
}

static void test_one_after_another_is_a_peak_of_one(void **state)
{
    uint64_t start_ns = clock_ns(), opened_ns;

    (void)state;
    gate_enter(&gate, 0);
    opened_ns = gate.opened_ns;
    assert_in_range(opened_ns, start_ns, clock_ns());
    gate_leave(&gate, 0);
    for (unsigned i = 1; i < TASKS; i++) {
        assert_int_equal(peaks_sampled, 0);
        assert_int_equal(gate.left_ns, 0);
        gate_enter(&gate, 0);
        gate_leave(&gate, 0);
    }
    assert_int_equal(gate.peak, 1);
    assert_int_equal(gate.entered, TASKS);
    assert_int_equal(gate.left, TASKS);
    assert_int_equal(gate.opened_ns, opened_ns);
    assert_in_range(gate.left_ns, opened_ns, clock_ns());
    assert_int_equal(peaks_sampled, 1);
}

static void test_the_peak_is_how_many_were_inside_at_once(void **state)
{
    (void)state;
    gate_enter(&gate, 0);
    gate_enter(&gate, 0);
    gate_enter(&gate, 0);
    gate_leave(&gate, 0);
    gate_enter(&gate, 0);
    gate_leave(&gate, 0);
    gate_leave(&gate, 0);
    gate_leave(&gate, 0);
    gate_enter(&gate, 0);
    assert_int_equal(gate.peak, 3);
    assert_int_equal(gate.entered, 5);
    assert_int_equal(gate.left, 4);
}

static void test_all_at_once_without_waiting(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TASKS; i++)
        gate_enter(&gate, 0);
    assert_int_equal(gate.peak, TASKS);
    assert_int_equal(peaks_sampled, 1);
    assert_int_equal(entered_at_peak, TASKS);
}

/* A pool: each worker takes the next task until there is none. */

enum { WORKERS = 4, MANY = 20000 };

static _Atomic uint32_t ticket, inside, most_inside;

static void *work(void *data)
{
    uint32_t task, now, most;

    (void)data;
    while ((task = ticket++) < gate.expected) {
        gate_wait(&gate, task);
        now = ++inside;
        most = most_inside;
        while (now > most &&
               !atomic_compare_exchange_weak(&most_inside, &most, now)) {
        }
        passed++;
        inside--;
        gate_leave(&gate, task);
    }
    return NULL;
}

static void run_pool(size_t workers, uint32_t tasks)
{
    pthread_t threads[WORKERS];

    fresh_gate(NULL);
    ticket = inside = most_inside = 0;
    gate.expected = tasks;
    gate_limit(&gate, workers);
    for (size_t i = 0; i < workers; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    join(threads, workers);
    assert_int_equal(passed, tasks);
    assert_int_equal(gate.entered, tasks);
    assert_int_equal(gate.left, tasks);
    assert_int_equal(peaks_sampled, 1);
    assert_in_range(gate.left_ns, gate.opened_ns, clock_ns());
}

static void test_a_pool_passes_all_tasks_and_no_more_at_once(void **state)
{
    (void)state;
    run_pool(WORKERS, MANY);
    assert_int_equal(gate.peak, WORKERS);
    assert_in_range(most_inside, 1, WORKERS);
    assert_int_equal(entered_at_peak, WORKERS);
    assert_int_equal(passed_at_peak, 0);
}

static void test_a_pool_of_one_has_one_inside(void **state)
{
    (void)state;
    run_pool(1, 100);
    assert_int_equal(gate.peak, 1);
}

static void test_a_pool_with_few_tasks_waits_for_these_alone(void **state)
{
    pthread_t threads[2];

    (void)state;
    gate.expected = 2;
    gate_limit(&gate, WORKERS);
    start(threads, 1);
    wait_until_entered(1);
    assert_int_equal(passed, 0);
    start(threads + 1, 1);
    join(threads, 2);
    assert_int_equal(gate.peak, 2);
    assert_int_equal(peaks_sampled, 1);
}

/* The first ones wait for each other, so that they start together. */
static void test_the_first_of_a_pool_start_together(void **state)
{
    pthread_t threads[WORKERS];

    (void)state;
    gate_limit(&gate, WORKERS);
    start(threads, WORKERS - 1);
    wait_until_entered(WORKERS - 1);
    assert_int_equal(passed, 0);
    start(threads + WORKERS - 1, 1);
    join(threads, WORKERS);
    assert_int_equal(passed, WORKERS);
    assert_int_equal(gate.left_ns, 0);
}

/* All others left between this one's coming and its counting of them. */
static void test_a_task_of_a_pool_counts_itself(void **state)
{
    (void)state;
    gate_limit(&gate, 1);
    gate_wait(&gate, 0);
    gate_leave(&gate, 0);
    gate.peak = 0;
    gate.left = 9;
    gate_wait(&gate, 1);
    assert_int_equal(gate.peak, 1);
}

static void test_a_broken_gate_lets_a_pool_go(void **state)
{
    pthread_t threads[WORKERS];

    (void)state;
    gate_limit(&gate, WORKERS);
    start(threads, 2);
    wait_until_entered(2);
    gate_break(&gate);
    join(threads, 2);
    assert_int_equal(gate.left, 2);
    assert_int_equal(peaks_sampled, 0);
}

static void test_a_gate_without_peak_sampling(void **state)
{
    (void)state;
    gate = (struct gate){.expected = 1};
    gate_wait(&gate, 0);
    gate_leave(&gate, 0);
    gate = (struct gate){.expected = 1};
    gate_enter(&gate, 0);
    gate_leave(&gate, 0);
    assert_int_equal(gate.left, 1);
}

static void test_a_gate_that_passes_stops_no_task(void **state)
{
    pthread_t threads[TASKS];
    uint64_t before_ns = clock_ns();

    (void)state;
    gate.passes = true;
    /* One that has come and gone before the others start. */
    start(threads, 1);
    join(threads, 1);
    assert_int_equal(passed, 1);
    assert_int_equal(peaks_sampled, 0);
    assert_in_range(gate.opened_ns, before_ns, clock_ns());
    before_ns = gate.opened_ns;
    start(threads, TASKS - 1);
    join(threads, TASKS - 1);
    assert_int_equal(gate.entered, TASKS);
    assert_int_equal(gate.left, TASKS);
    assert_in_range(gate.peak, 1, TASKS - 1);
    assert_int_equal(peaks_sampled, 1);
    assert_int_equal(gate.opened_ns, before_ns);
    assert_in_range(gate.left_ns, before_ns, clock_ns());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_wait_until_the_last_one_comes,
                               fresh_gate),
        cmocka_unit_test_setup(test_waking_up_is_not_being_let_go, fresh_gate),
        cmocka_unit_test_setup(test_the_peak_is_sampled_once_with_all_inside,
                               fresh_gate),
        cmocka_unit_test_setup(test_a_broken_gate_lets_go, fresh_gate),
        cmocka_unit_test_setup(test_one_after_another_is_a_peak_of_one,
                               fresh_gate),
        cmocka_unit_test_setup(test_the_peak_is_how_many_were_inside_at_once,
                               fresh_gate),
        cmocka_unit_test_setup(test_all_at_once_without_waiting, fresh_gate),
        cmocka_unit_test_setup(test_a_pool_passes_all_tasks_and_no_more_at_once,
                               fresh_gate),
        cmocka_unit_test_setup(test_a_pool_of_one_has_one_inside, fresh_gate),
        cmocka_unit_test_setup(test_a_pool_with_few_tasks_waits_for_these_alone,
                               fresh_gate),
        cmocka_unit_test_setup(test_the_first_of_a_pool_start_together,
                               fresh_gate),
        cmocka_unit_test_setup(test_a_task_of_a_pool_counts_itself, fresh_gate),
        cmocka_unit_test_setup(test_a_broken_gate_lets_a_pool_go, fresh_gate),
        cmocka_unit_test_setup(test_a_gate_without_peak_sampling, fresh_gate),
        cmocka_unit_test_setup(test_a_gate_that_passes_stops_no_task,
                               fresh_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
