/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Google Benchmark says what our own clock says. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/sample/gbench.h"
#include "workloads/clock.h"

struct probe {
    uint64_t busy_ns, own_ns; /* of an iteration; all iterations */
    int64_t iterations, resets;
    int64_t fails_at; /* 0: never */
};

static void spin(uint64_t ns)
{
    uint64_t end_ns = clock_ns() + ns;

    while (clock_ns() < end_ns) {
    }
}

static int iterate(void *context)
{
    struct probe *p = context;
    uint64_t begin_ns = clock_ns();

    spin(p->busy_ns);
    p->own_ns += clock_ns() - begin_ns;
    return ++p->iterations == p->fails_at ? -EAGAIN : 0;
}

static void wait_5_ms(void *context)
{
    const struct timespec t = {.tv_nsec = 5000000};
    struct probe *p = context;

    assert_int_equal(p->resets++, p->iterations);
    nanosleep(&t, NULL);
}

static struct gbench_run run_of(struct probe *p, int64_t iterations)
{
    return (struct gbench_run){
        .name = "a/b:1",
        .iterations = iterations,
        .iteration = iterate,
        .context = p,
    };
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void test_it_agrees_with_our_clock_within_1_percent(void **state)
{
    enum { TRIES = 5, ITERATIONS = 4 };
    double ratios[TRIES];

    (void)state;
    for (size_t i = 0; i < TRIES; i++) {
        struct probe p = {.busy_ns = 20 * NS_PER_MS};
        struct gbench_run run = run_of(&p, ITERATIONS);
        struct gbench_result r;

        assert_int_equal(gbench_measure(&run, &r), 0);
        assert_int_equal(r.iterations, ITERATIONS);
        assert_int_equal(p.iterations, ITERATIONS);
        ratios[i] = r.real_ns * ITERATIONS / (double)p.own_ns;
    }
    qsort(ratios, TRIES, sizeof(ratios[0]), compare);
    assert_near(ratios[TRIES / 2], 1, 0.01);
}

static void test_a_reset_is_not_timed(void **state)
{
    enum { TRIES = 5, ITERATIONS = 8 };
    double ratios[TRIES];

    (void)state;
    for (size_t i = 0; i < TRIES; i++) {
        struct probe p = {.busy_ns = 2 * NS_PER_MS};
        struct gbench_run run = run_of(&p, ITERATIONS);
        struct gbench_result r;

        run.reset = wait_5_ms;
        assert_int_equal(gbench_measure(&run, &r), 0);
        assert_int_equal(p.resets, ITERATIONS);
        ratios[i] = r.real_ns * ITERATIONS / (double)p.own_ns;
    }
    qsort(ratios, TRIES, sizeof(ratios[0]), compare);
    assert_near(ratios[TRIES / 2], 1, 0.02);
}

static void test_cpu_time_is_that_of_the_work(void **state)
{
    struct probe busy = {.busy_ns = 20 * NS_PER_MS};
    struct gbench_run run = run_of(&busy, 2);
    struct gbench_result r;

    (void)state;
    assert_int_equal(gbench_measure(&run, &r), 0);
    /* A busy machine may take the processor away, never give more. */
    assert_true(r.cpu_ns > 1e6);
    assert_true(r.cpu_ns <= 1.05 * r.real_ns);
}

/* 10 ms of processor, however long that takes. */
static void *toil(void *data)
{
    struct timespec t;

    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    } while (t.tv_sec == 0 && t.tv_nsec < 10000000);
    return data;
}

static int let_toil(void *context)
{
    pthread_t thread;

    (void)context;
    if (pthread_create(&thread, NULL, toil, NULL))
        return -EAGAIN;
    return pthread_join(thread, NULL);
}

static void test_cpu_time_is_that_of_all_threads(void **state)
{
    struct gbench_run run = {
        .name = "threads",
        .iterations = 3,
        .iteration = let_toil,
    };
    struct gbench_result r;

    (void)state;
    assert_int_equal(gbench_measure(&run, &r), 0);
    assert_in_range(r.cpu_ns, 9 * NS_PER_MS, 20 * NS_PER_MS);
}

static void test_an_iteration_that_fails_ends_the_run(void **state)
{
    (void)state;
    for (int64_t at = 1; at <= 3; at++) {
        struct probe p = {.fails_at = at};
        struct gbench_run run = run_of(&p, 3);
        struct gbench_result r = {.iterations = 77};

        assert_int_equal(gbench_measure(&run, &r), -ECANCELED);
        assert_int_equal(p.iterations, at);
        assert_int_equal(r.iterations, 77);
    }
}

static void test_one_run_after_another(void **state)
{
    (void)state;
    for (int64_t n = 1; n < 6; n++) {
        struct probe p = {0};
        struct gbench_run run = run_of(&p, n);
        struct gbench_result r;

        assert_int_equal(gbench_measure(&run, &r), 0);
        assert_int_equal(r.iterations, n);
        assert_int_equal(p.iterations, n);
    }
}

static void test_the_context_is_json(void **state)
{
    char *text = gbench_context();
    json_t *context;

    (void)state;
    assert_non_null(text);
    context = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(context));
    assert_true(json_is_array(json_object_get(context, "caches")));
    assert_true(json_integer_value(json_object_get(context, "num_cpus")) >= 1);
    assert_true(json_is_string(json_object_get(context, "date")));
    json_decref(context);
    free(text);
}

static void test_the_version_is_said(void **state)
{
    (void)state;
    assert_true(matches(gbench_version(), "^[0-9]+\\.[0-9]+"));
}

static int start(void **state)
{
    (void)state;
    gbench_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_agrees_with_our_clock_within_1_percent),
        cmocka_unit_test(test_a_reset_is_not_timed),
        cmocka_unit_test(test_cpu_time_is_that_of_the_work),
        cmocka_unit_test(test_cpu_time_is_that_of_all_threads),
        cmocka_unit_test(test_an_iteration_that_fails_ends_the_run),
        cmocka_unit_test(test_one_run_after_another),
        cmocka_unit_test(test_the_context_is_json),
        cmocka_unit_test(test_the_version_is_said),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
