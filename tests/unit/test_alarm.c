/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alarms ring in order, never early, and only those that are set. */
#include "tests/unit/unit.h"

#include <gsl/gsl_rng.h>
#include <stdlib.h>

#include "harness/origin/alarm.h"
#include "workloads/clock.h"

enum { MANY = 10000 };

static uv_loop_t loop;
static struct clockwork clockwork;
static struct alarm alarms[MANY];
static struct alarm *rung[2 * MANY];
static uint64_t rung_ns[2 * MANY];
static size_t n_rung, stop_after;
static void (*also)(struct alarm *alarm);

static void ring(struct alarm *alarm)
{
    assert_int_equal(alarm->place, 0);
    assert_true(alarm->due_ns <= clock_ns());
    rung_ns[n_rung] = clock_ns();
    rung[n_rung++] = alarm;
    if (also)
        also(alarm);
    if (n_rung == stop_after)
        uv_stop(&loop);
}

static int start(void **state)
{
    (void)state;
    n_rung = stop_after = 0;
    also = NULL;
    for (size_t i = 0; i < MANY; i++)
        alarms[i] = (struct alarm){0};
    return uv_loop_init(&loop) || clockwork_init(&clockwork, &loop, ring);
}

static int finish(void **state)
{
    (void)state;
    uv_close((uv_handle_t *)&clockwork.poll, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    clockwork_finish(&clockwork);
    return uv_loop_close(&loop);
}

static void on_timer(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Runs until n have rung and then a little longer, or for 10 seconds. */
static void run_until(size_t n)
{
    uv_timer_t timer;

    stop_after = n;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_timer, 10000, 0);
    if (n_rung < n)
        uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_rung, n);
    stop_after = 0;
    uv_timer_start(&timer, on_timer, 30, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(n_rung, n);
}

static void test_alarms_ring_in_the_order_of_their_times(void **state)
{
    static const unsigned ms[] = {30, 10, 20, 0, 25, 5, 15};
    static const size_t order[] = {3, 5, 1, 6, 2, 4, 0};
    uint64_t now_ns = clock_ns();

    (void)state;
    for (size_t i = 0; i < COUNT(ms); i++)
        alarm_set(&clockwork, &alarms[i], now_ns + ms[i] * NS_PER_MS);
    run_until(COUNT(ms));
    for (size_t i = 0; i < COUNT(ms); i++)
        assert_ptr_equal(rung[i], &alarms[order[i]]);
}

static void test_an_alarm_rings_at_its_nanosecond_and_not_later(void **state)
{
    uint64_t least_ns = UINT64_MAX;

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        uint64_t due_ns = clock_ns() + 2 * NS_PER_MS;

        alarm_set(&clockwork, &alarms[i], due_ns);
        run_until(i + 1);
        if (rung_ns[i] - due_ns < least_ns)
            least_ns = rung_ns[i] - due_ns;
    }
    /* libuv's own timers would be up to a millisecond late each time. */
    assert_in_range(least_ns, 0, NS_PER_MS / 2);
}

static void test_the_past_rings_at_once(void **state)
{
    (void)state;
    alarm_set(&clockwork, &alarms[0], 0);
    alarm_set(&clockwork, &alarms[1], 1);
    run_until(2);
    assert_ptr_equal(rung[0], &alarms[0]);
}

static void test_what_is_cancelled_does_not_ring(void **state)
{
    uint64_t now_ns = clock_ns();

    (void)state;
    for (size_t i = 0; i < 100; i++)
        alarm_set(&clockwork, &alarms[i], now_ns + (100 - i) * 100000);
    for (size_t i = 0; i < 100; i += 2) {
        alarm_cancel(&clockwork, &alarms[i]);
        alarm_cancel(&clockwork, &alarms[i]);
        assert_int_equal(alarms[i].place, 0);
    }
    run_until(50);
    for (size_t i = 0; i < 50; i++)
        assert_ptr_equal(rung[i], &alarms[99 - 2 * i]);
}

static void test_an_alarm_set_anew_rings_once_at_its_new_time(void **state)
{
    uint64_t now_ns = clock_ns();

    (void)state;
    for (size_t i = 0; i < 5; i++)
        alarm_set(&clockwork, &alarms[i], now_ns + (i + 1) * 4 * NS_PER_MS);
    /* The first becomes the last, the last the first. */
    alarm_set(&clockwork, &alarms[0], now_ns + 30 * NS_PER_MS);
    alarm_set(&clockwork, &alarms[4], now_ns + NS_PER_MS);
    run_until(5);
    assert_ptr_equal(rung[0], &alarms[4]);
    assert_ptr_equal(rung[1], &alarms[1]);
    assert_ptr_equal(rung[4], &alarms[0]);
    assert_true(rung_ns[4] >= now_ns + 30 * NS_PER_MS);
}

static void set_again(struct alarm *alarm)
{
    if (n_rung < 20)
        alarm_set(&clockwork, alarm, clock_ns() + 100000);
    if (n_rung == 3)
        alarm_cancel(&clockwork, &alarms[1]);
}

static void test_a_ringing_alarm_may_set_and_cancel(void **state)
{
    (void)state;
    also = set_again;
    alarm_set(&clockwork, &alarms[0], 0);
    alarm_set(&clockwork, &alarms[1], clock_ns() + 2000 * NS_PER_MS);
    run_until(20);
}

static void test_ten_thousand_ring_in_order(void **state)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    uint64_t now_ns = clock_ns();
    size_t set = MANY;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        alarm_set(&clockwork, &alarms[i],
                  now_ns + gsl_rng_uniform_int(random, 100) * NS_PER_MS);
    for (size_t times = 0; times < MANY; times++) {
        struct alarm *alarm = &alarms[gsl_rng_uniform_int(random, MANY)];

        set -= alarm->place != 0;
        if (times % 2) {
            alarm_cancel(&clockwork, alarm);
            continue;
        }
        alarm_set(&clockwork, alarm,
                  now_ns + gsl_rng_uniform_int(random, 100000) * 1000);
        set++;
    }
    gsl_rng_free(random);
    assert_int_equal(clockwork.n, set);
    run_until(set);
    for (size_t i = 1; i < set; i++)
        assert_true(rung[i - 1]->due_ns <= rung[i]->due_ns);
    assert_int_equal(clockwork.n, 0);
}

int main(void)
{
#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        ON_LOOP(test_alarms_ring_in_the_order_of_their_times),
        ON_LOOP(test_an_alarm_rings_at_its_nanosecond_and_not_later),
        ON_LOOP(test_the_past_rings_at_once),
        ON_LOOP(test_what_is_cancelled_does_not_ring),
        ON_LOOP(test_an_alarm_set_anew_rings_once_at_its_new_time),
        ON_LOOP(test_a_ringing_alarm_may_set_and_cancel),
        ON_LOOP(test_ten_thousand_ring_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
