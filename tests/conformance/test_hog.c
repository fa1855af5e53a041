/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every model goes on after a handler that kept the CPU; with --offload those
 * that can do so leave it to another thread, and serve the others meanwhile.
 */
#include <sys/resource.h>

#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/web/judge.h"

enum { PAGES = 8, HOLD_MS = 30, LONG_MS = 300 };

static struct origin origin;

static int start_origin(void **state)
{
    (void)state;
    kit_origin_start(&origin);
    return 0;
}

static int stop_origin(void **state)
{
    (void)state;
    origin_stop(&origin);
    return 0;
}

static void open_hog(struct trial *t, uint64_t hold_ms, bool offload)
{
    trial_init(t, "hog", origin.port);
    trial_set(t, "n", PAGES);
    trial_set(t, "hold-ms", hold_ms);
    trial_set(t, "offload", offload);
    trial_set(t, "timeout-ms", 60000);
}

static void run_right(struct trial *t)
{
    assert_int_equal(trial_run(t, suite_model), 0);
    trial_assert_right(t, suite_model->name);
}

static void test_without_a_hold_it_is_a_download(void **state)
{
    struct trial hog, download;

    (void)state;
    open_hog(&hog, 0, suite_model->connections.can_offload);
    trial_init(&download, "download", origin.port);
    trial_set(&download, "n", PAGES);
    trial_set(&download, "timeout-ms", 60000);
    run_right(&hog);
    run_right(&download);
    for (size_t i = 0; i < PAGES; i++) {
        const struct row *a = &trial_journal(&hog)->rows[i];
        const struct row *b = &trial_journal(&download)->rows[i];

        assert_int_equal(a->bytes, b->bytes);
        assert_int_equal(a->hash, b->hash);
        assert_int_equal(a->outcome, b->outcome);
        assert_int_equal(a->status, b->status);
        assert_int_equal(a->dials, b->dials);
    }
    assert_int_equal(trial_journal(&hog)->held_ns, 0);
    trial_finish(&hog);
    trial_finish(&download);
}

static unsigned timed;

static void count_time(struct findings *f, uint64_t ns, uint64_t first_ns)
{
    (void)f;
    (void)ns;
    (void)first_ns;
    timed++;
}

/* Of all pages; but with a hold, not of the one that it is about. */
static unsigned judge_times(const struct trial *t, double *ret_held_ns)
{
    struct findings f = {.take_time = count_time};

    timed = 0;
    judge_account(t->results, t->workload->untimed(&t->setup), &f);
    *ret_held_ns = f.metrics[HOLD_MAX_NS];
    return timed;
}

static void test_the_others_are_timed_and_so_is_the_hold(void **state)
{
    struct trial t;
    double held_ns;

    (void)state;
    open_hog(&t, HOLD_MS, false);
    run_right(&t);
    assert_int_equal(judge_times(&t, &held_ns), PAGES - 1);
    assert_true(held_ns >= HOLD_MS * (double)NS_PER_MS);
    trial_finish(&t);
    open_hog(&t, 0, false);
    run_right(&t);
    assert_int_equal(judge_times(&t, &held_ns), PAGES);
    assert_true(held_ns == 0);
    trial_finish(&t);
}

/* Of the driver's thread. */
static uint64_t cpu_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_THREAD, &usage);
    return (uint64_t)usage.ru_utime.tv_sec * NS_PER_S +
           (uint64_t)usage.ru_utime.tv_usec * 1000;
}

static bool all_others_ended_before(const struct journal *j)
{
    for (size_t i = 1; i < PAGES; i++)
        if (j->rows[i].end_ns >= j->rows[0].end_ns)
            return false;
    return true;
}

/* On a machine that is busy just then, in a later try. */
static void test_other_lanes_are_served_while_another_thread_works(void **state)
{
    const struct connections_ability *a = &suite_model->connections;
    bool served = false;

    (void)state;
    if (!a->can_offload)
        suite_leave_out("it hands no work to other threads");
    for (int try = 0; try < 10 && !served; try++) {
        uint64_t before_ns = cpu_ns();
        struct trial t;

        open_hog(&t, LONG_MS, true);
        run_right(&t);
        assert_true(cpu_ns() - before_ns < LONG_MS * NS_PER_MS / 2);
        served = all_others_ended_before(trial_journal(&t));
        trial_finish(&t);
    }
    assert_true(served);
}

/* A thread that has been joined may be listed for a moment. */
static struct kit_usage settled_usage(size_t threads)
{
    uint64_t end_ns = clock_ns() + 2 * NS_PER_S;
    struct kit_usage usage = kit_usage();

    while (usage.threads > threads && clock_ns() < end_ns)
        usage = kit_usage();
    return usage;
}

static void test_no_more_threads_stay_than_declared(void **state)
{
    const struct connections_ability *a = &suite_model->connections;
    size_t most = 1 + a->keeps_threads + a->offload_keeps_threads;
    struct kit_usage first;

    (void)state;
    if (!a->can_offload)
        suite_leave_out("it hands no work to other threads");
#if defined(__SANITIZE_THREAD__)
    suite_leave_out("ThreadSanitizer has threads of its own");
#endif
    for (int i = 0; i < 5; i++) {
        struct trial t;

        open_hog(&t, 1, true);
        run_right(&t);
        trial_finish(&t);
        if (i == 0)
            first = settled_usage(most);
    }
    assert_in_range(first.threads, 1, most);
    kit_assert_holds(&first, suite_model->name);
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_without_a_hold_it_is_a_download),
        cmocka_unit_test(test_the_others_are_timed_and_so_is_the_hold),
        cmocka_unit_test(
            test_other_lanes_are_served_while_another_thread_works),
        cmocka_unit_test(test_no_more_threads_stay_than_declared),
    };
    const struct suite suite = {
        .name = "hog",
        .kind = &kind_connections,
        .each = each,
        .n_each = COUNT(each),
        .setup = start_origin,
        .teardown = stop_origin,
    };

    return suite_run(&suite);
}
