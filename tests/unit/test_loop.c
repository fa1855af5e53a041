/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The origin's loop: who is ready is called, and who is due, never early. */
#include "tests/unit/unit.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/origin/loop.h"
#include "workloads/clock.h"

static struct loop loop;
static struct timer timers[20], stopper;
static struct timer *called[64];
static uint64_t called_ns[64];
static size_t n_called, stop_after;
static void (*also)(struct timer *timer);

static void note(struct timer *timer)
{
    assert_int_equal(timer->place, 0);
    called_ns[n_called] = clock_ns();
    assert_true(timer->due_ns <= called_ns[n_called]);
    called[n_called++] = timer;
    if (also)
        also(timer);
    if (n_called == stop_after)
        loop_stop(&loop);
}

static void stop(struct timer *timer)
{
    (void)timer;
    loop_stop(&loop);
}

static int start(void **state)
{
    (void)state;
    n_called = stop_after = 0;
    also = NULL;
    stopper = (struct timer){.due = stop};
    for (size_t i = 0; i < COUNT(timers); i++)
        timers[i] = (struct timer){.due = note};
    return loop_init(&loop);
}

static int finish(void **state)
{
    (void)state;
    loop_finish(&loop);
    return 0;
}

static void run_for(uint64_t ms)
{
    loop.stopped = false;
    loop_set_timer(&loop, &stopper, clock_ns() + ms * NS_PER_MS);
    assert_int_equal(loop_run(&loop), 0);
    loop_cancel_timer(&loop, &stopper);
}

/* Until n have been called, and then a little longer: no more of them are. */
static void run_until(size_t n)
{
    stop_after = n;
    if (n_called < n)
        run_for(10000);
    assert_int_equal(n_called, n);
    stop_after = 0;
    run_for(30);
    assert_int_equal(n_called, n);
}

static void set(size_t i, uint64_t due_ns)
{
    loop_set_timer(&loop, &timers[i], due_ns);
}

static void test_timers_are_called_in_the_order_of_their_times(void **state)
{
    static const unsigned ms[] = {30, 10, 20, 0, 25, 5, 15};
    static const size_t order[] = {3, 5, 1, 6, 2, 4, 0};
    uint64_t now_ns = clock_ns();

    (void)state;
    for (size_t i = 0; i < COUNT(ms); i++)
        set(i, now_ns + ms[i] * NS_PER_MS);
    run_until(COUNT(ms));
    for (size_t i = 0; i < COUNT(ms); i++)
        assert_ptr_equal(called[i], &timers[order[i]]);
}

static void test_a_timer_is_called_at_its_nanosecond_and_not_later(void **state)
{
    uint64_t least_ns = UINT64_MAX;

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        uint64_t due_ns = clock_ns() + 2 * NS_PER_MS;

        set(i, due_ns);
        run_until(i + 1);
        if (called_ns[i] - due_ns < least_ns)
            least_ns = called_ns[i] - due_ns;
    }
    /* A time-out of epoll_wait() counts milliseconds. */
    assert_in_range(least_ns, 0, NS_PER_MS / 2);
}

static void test_the_past_is_due_at_once(void **state)
{
    (void)state;
    set(0, 0);
    set(1, 1);
    run_until(2);
    assert_ptr_equal(called[0], &timers[0]);
}

static void test_a_cancelled_timer_is_not_called(void **state)
{
    uint64_t now_ns = clock_ns();

    (void)state;
    for (size_t i = 0; i < COUNT(timers); i++)
        set(i, now_ns + (COUNT(timers) - i) * 100000);
    for (size_t i = 0; i < COUNT(timers); i += 2)
        loop_cancel_timer(&loop, &timers[i]);
    run_until(COUNT(timers) / 2);
    for (size_t i = 0; i < COUNT(timers) / 2; i++)
        assert_ptr_equal(called[i], &timers[COUNT(timers) - 1 - 2 * i]);
}

static void set_again(struct timer *timer)
{
    if (n_called < 20)
        loop_set_timer(&loop, timer, clock_ns() + 100000);
    if (n_called == 3)
        loop_cancel_timer(&loop, &timers[1]);
}

static void test_a_timer_may_set_itself_and_cancel_others(void **state)
{
    (void)state;
    also = set_again;
    set(0, 0);
    set(1, clock_ns() + 2000 * NS_PER_MS);
    run_until(20);
}

/* Descriptors. */

static struct peer {
    struct watch watch; /* first */
    int far_fd;
    uint32_t seen;
    size_t calls, timers_before; /* timers that were called before it was */
} peers[3];

static void on_ready(struct watch *watch, uint32_t events)
{
    struct peer *peer = (struct peer *)watch;
    char byte;

    peer->seen |= events;
    peer->calls++;
    peer->timers_before = n_called;
    (void)!read(watch->fd, &byte, 1);
}

static void stop_at_once(struct watch *watch, uint32_t events)
{
    on_ready(watch, events);
    loop_stop(&loop);
}

static void open_peers(void (*ready)(struct watch *watch, uint32_t events))
{
    for (size_t i = 0; i < COUNT(peers); i++) {
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        peers[i] = (struct peer){
            .watch = {.fd = fds[0], .ready = ready},
            .far_fd = fds[1],
        };
        assert_int_equal(loop_watch(&loop, &peers[i].watch, EPOLLIN), 0);
    }
}

static void close_peers(void)
{
    for (size_t i = 0; i < COUNT(peers); i++) {
        close(peers[i].watch.fd);
        close(peers[i].far_fd);
    }
}

static void test_a_ready_descriptor_is_called_until_it_is_read(void **state)
{
    (void)state;
    open_peers(on_ready);
    assert_int_equal(write(peers[1].far_fd, "abc", 3), 3);
    run_for(30);
    assert_int_equal(peers[0].calls, 0);
    assert_int_equal(peers[1].calls, 3);
    assert_int_equal(peers[1].seen, EPOLLIN);
    close_peers();
}

static void test_what_is_waited_for_can_change(void **state)
{
    (void)state;
    open_peers(stop_at_once);
    assert_int_equal(loop_change(&loop, &peers[2].watch, EPOLLOUT), 0);
    assert_int_equal(write(peers[2].far_fd, "a", 1), 1);
    run_for(10000);
    assert_int_equal(peers[2].seen, EPOLLOUT);
    close_peers();
}

static void test_what_arrived_in_time_is_read_before_a_deadline(void **state)
{
    (void)state;
    open_peers(on_ready);
    set(0, 1); /* long ago, and set first */
    for (size_t i = 0; i < COUNT(peers); i++)
        assert_int_equal(write(peers[i].far_fd, "a", 1), 1);
    run_until(1);
    for (size_t i = 0; i < COUNT(peers); i++) {
        assert_int_equal(peers[i].calls, 1);
        assert_int_equal(peers[i].timers_before, 0);
    }
    close_peers();
}

static void test_nothing_is_called_after_a_stop(void **state)
{
    size_t calls = 0;

    (void)state;
    open_peers(stop_at_once);
    set(0, 1);
    for (size_t i = 0; i < COUNT(peers); i++)
        assert_int_equal(write(peers[i].far_fd, "a", 1), 1);
    run_for(10000);
    for (size_t i = 0; i < COUNT(peers); i++)
        calls += peers[i].calls;
    assert_int_equal(calls, 1);
    assert_int_equal(n_called, 0);
    close_peers();
}

int main(void)
{
#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        ON_LOOP(test_timers_are_called_in_the_order_of_their_times),
        ON_LOOP(test_a_timer_is_called_at_its_nanosecond_and_not_later),
        ON_LOOP(test_the_past_is_due_at_once),
        ON_LOOP(test_a_cancelled_timer_is_not_called),
        ON_LOOP(test_a_timer_may_set_itself_and_cancel_others),
        ON_LOOP(test_a_ready_descriptor_is_called_until_it_is_read),
        ON_LOOP(test_what_is_waited_for_can_change),
        ON_LOOP(test_what_arrived_in_time_is_read_before_a_deadline),
        ON_LOOP(test_nothing_is_called_after_a_stop),
    };

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
