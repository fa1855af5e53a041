/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A blocking call's deadline is kept: never early, and late by little.  The
 * kernel of this test has ticks of the slowest one and a clock of its own, so
 * that it is as bad as one may be, each time.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "models/wait/blocking.h"
#include "workloads/clock.h"
#include "workloads/kinds/journal.h"
#include "workloads/kinds/layers.h"

static const uint64_t tick_ns = 10 * NS_PER_MS;
/* A time-out has one tick to spare, and is rounded up to whole ones. */
static const uint64_t latest_ns = 30 * NS_PER_MS;

enum { PHASES = 2000 };

/* Where a phase of the lane ends, if its deadline passes. */
enum step { CONNECT, SEND, RECEIVE };

static struct {
    uint64_t now_ns, ready_ns; /* when the call that waits may go on */
    uint64_t awake_ns;         /* when it stood still for the last time */
    uint64_t timeout_ns[2];    /* as told, 0: none: to receive, to send */
    enum step step;
    unsigned phases, expired, early, late;
    bool trickles; /* bytes come in time, and the deadline stays */
} k;

/* In place of the C library's. */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    (void)clock;
    k.now_ns += 1000;
    ret->tv_sec = (time_t)(k.now_ns / NS_PER_S);
    ret->tv_nsec = (long)(k.now_ns % NS_PER_S);
    return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    const struct timeval *t = value;

    (void)fd;
    (void)len;
    if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO))
        k.timeout_ns[name == SO_SNDTIMEO] =
            (uint64_t)t->tv_sec * NS_PER_S + (uint64_t)t->tv_usec * 1000;
    return 0;
}

/* False: the time-out passed first, by the ticks from the last one on. */
static bool wait_as_told(bool to_send)
{
    uint64_t told_ns = k.timeout_ns[to_send];
    uint64_t ticks = (told_ns + tick_ns - 1) / tick_ns;
    uint64_t end_ns = (k.now_ns / tick_ns + ticks) * tick_ns;
    bool ready = !told_ns || k.ready_ns < end_ns;

    k.now_ns = ready && k.ready_ns < k.now_ns ? k.now_ns
               : ready                        ? k.ready_ns
                                              : end_ns;
    return ready;
}

int connect(int fd, const struct sockaddr *peer, socklen_t len)
{
    (void)fd;
    (void)peer;
    (void)len;
    if (k.step != CONNECT || wait_as_told(true))
        return 0;
    errno = EINPROGRESS;
    return -1;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
    (void)fd;
    (void)data;
    if (k.step != SEND || (flags & MSG_DONTWAIT) || wait_as_told(true))
        return (ssize_t)len;
    errno = EAGAIN;
    return -1;
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
    (void)fd;
    (void)len;
    (void)flags;
    if (wait_as_told(false)) {
        *(char *)data = 'x';
        return 1;
    }
    errno = EAGAIN;
    return -1;
}

/* The lane. */

static uint64_t some_ns(uint64_t most_ms)
{
    return (uint64_t)rand() % (most_ms * NS_PER_MS) + 1;
}

/* The next phase: a deadline, and what the peer does about it. */
static void aim(struct conn *c)
{
    c->deadline_ns = k.now_ns + some_ns(400);
    k.ready_ns = k.now_ns + some_ns(600);
    if (k.trickles)
        k.ready_ns = k.now_ns + some_ns(60);
    k.phases++;
}

static enum verb wait_again(struct conn *c)
{
    if (k.phases >= PHASES)
        return CONN_DONE;
    if (k.step == SEND)
        conn_stage(c, "x", 1);
    if (k.step != CONNECT)
        return CONN_WAIT;
    c->dial.peer.ss_family = AF_INET;
    c->dial.peer_len = sizeof(struct sockaddr_in);
    return CONN_DIAL;
}

static enum verb start(struct conn *c)
{
    aim(c);
    c->dial.peer.ss_family = AF_INET;
    c->dial.peer_len = sizeof(struct sockaddr_in);
    return CONN_DIAL;
}

static enum verb opened(struct conn *c)
{
    aim(c);
    return wait_again(c);
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    (void)data;
    (void)len;
    if (!k.trickles) {
        aim(c);
        return wait_again(c);
    }
    /* Now and then the machine stands still, and the deadline passes. */
    if (rand() % 16 == 0)
        k.awake_ns = k.now_ns += some_ns(300);
    k.ready_ns = k.now_ns + some_ns(60);
    k.phases++;
    return wait_again(c);
}

static enum verb ended(struct conn *c, int error)
{
    (void)c;
    fail_msg("ended with %d", error);
    return CONN_DONE;
}

static enum verb expired(struct conn *c)
{
    k.expired++;
    k.early += k.now_ns < c->deadline_ns;
    k.late += k.now_ns > c->deadline_ns + latest_ns &&
              k.now_ns > k.awake_ns + latest_ns;
    aim(c);
    return wait_again(c);
}

static void talk(enum step step, bool trickles)
{
    static const struct protocol protocol = {
        .start = start,
        .opened = opened,
        .received = received,
        .ended = ended,
        .expired = expired,
    };
    struct journal *journal = calloc(1, journal_size(0));
    struct layers layers = {.protocol = &protocol, .journal = journal};
    struct conn c = {.layers = &layers};

    assert_non_null(journal);
    memset(&k, 0, sizeof(k));
    k.now_ns = NS_PER_S;
    k.step = step;
    k.trickles = trickles;
    srand(1);
    blocking_talk(&c);
    free(journal);
    assert_true(k.expired > PHASES / 8);
    assert_int_equal(k.early, 0);
    assert_int_equal(k.late, 0);
}

static void test_a_connect_keeps_its_deadline(void **state)
{
    (void)state;
    talk(CONNECT, false);
}

static void test_a_send_keeps_its_deadline(void **state)
{
    (void)state;
    talk(SEND, false);
}

static void test_a_receive_keeps_its_deadline(void **state)
{
    (void)state;
    talk(RECEIVE, false);
}

/* Each byte finds the time-out of the one before it on the socket. */
static void test_bytes_that_trickle_do_not_move_a_deadline(void **state)
{
    (void)state;
    talk(RECEIVE, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_connect_keeps_its_deadline),
        cmocka_unit_test(test_a_send_keeps_its_deadline),
        cmocka_unit_test(test_a_receive_keeps_its_deadline),
        cmocka_unit_test(test_bytes_that_trickle_do_not_move_a_deadline),
    };

    return cmocka_run_group_tests_name("blocking", tests, NULL, NULL);
}
