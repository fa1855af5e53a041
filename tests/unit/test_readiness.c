/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiters wake when their socket is ready or their time has come, once. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/wait/readiness.h"
#include "models/wait/steps.h"
#include "workloads/clock.h"
#include "workloads/kinds/layers.h"

enum { MANY = 600 }; /* more than a turn of epoll_wait() tells of */

static struct readiness r;
static struct lane {
    struct waiter waiter; /* first */
    int near, far;
    unsigned woken, late;
    uint64_t woken_ns;
} lanes[MANY];
static size_t n_lanes;

static void note(struct waiter *waiter)
{
    struct lane *lane = (struct lane *)waiter;

    assert_false(waiter->waiting);
    lane->woken++;
    lane->late += waiter->late;
    lane->woken_ns = clock_ns();
}

static void open_lanes(size_t n)
{
    for (n_lanes = 0; n_lanes < n; n_lanes++) {
        struct lane *lane = &lanes[n_lanes];
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        *lane = (struct lane){.near = fds[0], .far = fds[1]};
        assert_int_equal(readiness_watch(&r, &lane->waiter, lane->near), 0);
    }
}

/* What is true of a new socket is no news: there is room to write. */
static void swallow_first_events(void)
{
    for (size_t i = 0; i < n_lanes; i++)
        assert_int_equal(readiness_wait(&r, &lanes[i].waiter, UINT64_MAX), 0);
    assert_int_equal(readiness_run(&r, note), 0);
    for (size_t i = 0; i < n_lanes; i++) {
        assert_int_equal(lanes[i].woken, 1);
        lanes[i].woken = 0;
    }
}

static int start(void **state)
{
    (void)state;
    n_lanes = 0;
    return readiness_init(&r);
}

static int finish(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_lanes; i++) {
        close(lanes[i].near);
        close(lanes[i].far);
    }
    readiness_finish(&r);
    return 0;
}

static void test_nobody_waits_and_it_returns(void **state)
{
    (void)state;
    open_lanes(2);
    assert_int_equal(readiness_run(&r, note), 0);
}

static void test_a_deadline_wakes_late_and_never_early(void **state)
{
    uint64_t at_ns = clock_ns() + 20 * NS_PER_MS + 1;

    (void)state;
    open_lanes(1);
    swallow_first_events();
    assert_int_equal(readiness_wait(&r, &lanes[0].waiter, at_ns), 0);
    assert_int_equal(readiness_run(&r, note), 0);
    assert_int_equal(lanes[0].woken, 1);
    assert_int_equal(lanes[0].late, 1);
    assert_true(lanes[0].woken_ns >= at_ns);
}

static void test_bytes_wake_before_the_deadline(void **state)
{
    (void)state;
    open_lanes(1);
    swallow_first_events();
    assert_int_equal(
        readiness_wait(&r, &lanes[0].waiter, clock_ns() + 10 * NS_PER_S), 0);
    assert_int_equal(write(lanes[0].far, "x", 1), 1);
    assert_int_equal(readiness_run(&r, note), 0);
    assert_int_equal(lanes[0].woken, 1);
    assert_int_equal(lanes[0].late, 0);
    assert_int_equal(r.deadlines.n, 0);
}

/* All have arrived, and all deadlines have passed: more than one turn's. */
static void test_what_has_arrived_is_never_late(void **state)
{
    struct rlimit limit;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    open_lanes(MANY);
    swallow_first_events();
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(write(lanes[i].far, "x", 1), 1);
        assert_int_equal(readiness_wait(&r, &lanes[i].waiter, 1 + i), 0);
    }
    assert_int_equal(readiness_run(&r, note), 0);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(lanes[i].woken, 1);
        assert_int_equal(lanes[i].late, 0);
    }
}

static void test_a_turn_wakes_what_is_ready_and_does_not_wait(void **state)
{
    uint64_t begin_ns;

    (void)state;
    open_lanes(2);
    swallow_first_events();
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(readiness_wait(&r, &lanes[i].waiter, UINT64_MAX), 0);
    assert_int_equal(write(lanes[0].far, "x", 1), 1);
    assert_int_equal(readiness_turn(&r, note), 0);
    assert_int_equal(lanes[0].woken, 1);
    assert_int_equal(lanes[1].woken, 0);
    begin_ns = clock_ns();
    assert_int_equal(readiness_turn(&r, note), 0);
    assert_true(clock_ns() - begin_ns < 10 * NS_PER_S);
    assert_int_equal(write(lanes[1].far, "x", 1), 1);
    assert_int_equal(readiness_run(&r, note), 0);
    assert_int_equal(lanes[1].woken, 1);
}

static void wait_again(struct waiter *waiter)
{
    note(waiter);
    if (((struct lane *)waiter)->woken < 5)
        assert_int_equal(readiness_wait(&r, waiter, clock_ns() + NS_PER_MS), 0);
}

static void test_who_is_woken_may_wait_again(void **state)
{
    (void)state;
    open_lanes(3);
    swallow_first_events();
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(readiness_wait(&r, &lanes[i].waiter, 1), 0);
    assert_int_equal(readiness_run(&r, wait_again), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(lanes[i].late, 5);
}

static void test_one_of_those_that_yielded_goes_on_in_a_turn(void **state)
{
    (void)state;
    open_lanes(3);
    swallow_first_events();
    readiness_yield(&r, &lanes[0].waiter);
    readiness_yield(&r, &lanes[1].waiter);
    assert_int_equal(readiness_wait(&r, &lanes[2].waiter, UINT64_MAX), 0);
    assert_int_equal(write(lanes[2].far, "x", 1), 1);
    assert_int_equal(readiness_turn(&r, note), 0);
    assert_int_equal(lanes[0].woken, 1);
    assert_int_equal(lanes[1].woken, 0);
    assert_int_equal(lanes[2].woken, 1);
    assert_true(lanes[2].woken_ns <= lanes[0].woken_ns);
    /* With a lane in the queue, no other one is waited for. */
    assert_int_equal(
        readiness_wait(&r, &lanes[2].waiter, clock_ns() + 100 * NS_PER_MS), 0);
    assert_int_equal(readiness_run(&r, note), 0);
    assert_int_equal(lanes[1].woken, 1);
    assert_int_equal(lanes[0].late + lanes[1].late, 0);
    assert_true(lanes[1].woken_ns < lanes[2].woken_ns);
    assert_int_equal(lanes[2].late, 1);
}

/* Steps. */

static struct layers layers;
static struct conn conn = {.layers = &layers};

static int listen_on(struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t len = sizeof(*address);

    *address = (struct sockaddr_in){.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (struct sockaddr *)address, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &len), 0);
    memcpy(&conn.dial.peer, address, len);
    conn.dial.peer_len = len;
    return fd;
}

/* Through to the end of a dial: 0 or -errno. */
static int dial(int *ret_fd)
{
    int error = step_dial(&conn, ret_fd);

    if (error != -EAGAIN)
        return error;
    lanes[0] = (struct lane){.near = *ret_fd, .far = -1};
    assert_int_equal(readiness_watch(&r, &lanes[0].waiter, *ret_fd), 0);
    assert_int_equal(readiness_wait(&r, &lanes[0].waiter, UINT64_MAX), 0);
    assert_int_equal(readiness_run(&r, note), 0);
    return step_dialled(*ret_fd);
}

static void test_a_step_says_when_it_has_to_wait(void **state)
{
    static const char bytes[64 * 1024];
    struct sockaddr_in address;
    int listener = listen_on(&address), fd, far;
    char got[8];
    ssize_t n;

    (void)state;
    assert_int_equal(dial(&fd), 0);
    far = accept(listener, NULL, NULL);
    assert_int_equal(step_receive(fd, got, sizeof(got)), -EAGAIN);
    assert_int_equal(write(far, "abc", 3), 3);
    assert_int_equal(step_receive(fd, got, sizeof(got)), 3);
    while ((n = step_send(fd, bytes, sizeof(bytes))) > 0) {
    }
    assert_int_equal(n, -EAGAIN);
    /* Nor does the last offer wait. */
    conn_stage(&conn, bytes, sizeof(bytes));
    step_offer(fd, &conn);
    step_offer(-1, &conn);
    close(far);
    while ((n = step_receive(fd, got, sizeof(got))) > 0) {
    }
    assert_true(n == 0 || n == -ECONNRESET);
    close(fd);
    close(listener);
}

static void test_a_refused_dial_has_its_reason(void **state)
{
    struct sockaddr_in address;
    int fd;

    (void)state;
    close(listen_on(&address));
    assert_int_equal(dial(&fd), -ECONNREFUSED);
    close(fd);
}

static void test_without_a_descriptor_a_dial_fails(void **state)
{
    struct rlimit were, none;
    int fd = 0, error;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &were);
    none = were;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
    error = step_dial(&conn, &fd);
    setrlimit(RLIMIT_NOFILE, &were);
    assert_int_equal(error, -EMFILE);
    assert_int_equal(fd, -1);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        WITH(test_nobody_waits_and_it_returns),
        WITH(test_a_deadline_wakes_late_and_never_early),
        WITH(test_bytes_wake_before_the_deadline),
        WITH(test_what_has_arrived_is_never_late),
        WITH(test_a_turn_wakes_what_is_ready_and_does_not_wait),
        WITH(test_who_is_woken_may_wait_again),
        WITH(test_one_of_those_that_yielded_goes_on_in_a_turn),
        WITH(test_a_step_says_when_it_has_to_wait),
        WITH(test_a_refused_dial_has_its_reason),
        WITH(test_without_a_descriptor_a_dial_fails),
    };

    return cmocka_run_group_tests_name("readiness", tests, NULL, NULL);
}
