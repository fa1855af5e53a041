/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a thread waits on a blocking socket: in the kernel, for talk(). */
#include "models/wait/blocking.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "models/wait/talk.h"

struct line {
    struct wire wire;          /* first: what talk() gives back */
    uint64_t recv_ns, send_ns; /* the time-outs that the socket has; 0: none */
    char bytes[64 * 1024];
};

/* The kernel counts such time-outs in ticks, and may be one too early. */
static const uint64_t jiffy_ns = 10 * NS_PER_MS; /* of the slowest, 100 Hz */

/*
 * A blocking call waits as long as its socket's time-out says, so before each
 * one the lane's deadline becomes a time-out; one that is late by 20 ms at
 * most, and not too short, stays.  False: the deadline has passed.
 */
static bool set_timeout(struct line *line, const struct conn *c, int option,
                        uint64_t *set_ns)
{
    struct timeval timeout;
    uint64_t now, left;

    if (c->deadline_ns == UINT64_MAX && *set_ns == 0)
        return true;
    now = clock_ns();
    if (c->deadline_ns <= now)
        return false;
    left = c->deadline_ns - now;
    if (*set_ns >= left + jiffy_ns && *set_ns < left + 2 * jiffy_ns)
        return true;
    *set_ns = c->deadline_ns == UINT64_MAX ? 0 : left + jiffy_ns + NS_PER_MS;
    timeout.tv_sec = (time_t)(*set_ns / NS_PER_S);
    timeout.tv_usec = (suseconds_t)(*set_ns % NS_PER_S / 1000);
    setsockopt(line->wire.fd, SOL_SOCKET, option, &timeout, sizeof(timeout));
    return true;
}

static int blocking_dial(struct wire *wire, const struct conn *c)
{
    const struct sockaddr *peer = (const struct sockaddr *)&c->dial.peer;
    struct line *line = (struct line *)wire;
    int error;

    line->recv_ns = line->send_ns = 0;
    wire->fd = conn_socket(c, 0);
    if (wire->fd < 0)
        return wire->fd;
    /* After a signal, connect() goes on with the same attempt. */
    do {
        if (!set_timeout(line, c, SO_SNDTIMEO, &line->send_ns))
            return -ETIME;
        error = connect(wire->fd, peer, c->dial.peer_len) ? errno : 0;
    } while (error == EINTR);
    /* That is how it says that SO_SNDTIMEO passed, the last in a later try. */
    if (error == EINPROGRESS || error == EAGAIN || error == EALREADY)
        return -ETIME;
    return -error;
}

static ssize_t blocking_send(struct wire *wire, const struct conn *c,
                             const void *data, size_t len)
{
    struct line *line = (struct line *)wire;
    ssize_t n;

    do {
        if (!set_timeout(line, c, SO_SNDTIMEO, &line->send_ns))
            return -ETIME;
        n = send(wire->fd, data, len, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n >= 0)
        return n;
    return errno == EAGAIN ? -ETIME : -errno;
}

static ssize_t blocking_recv(struct wire *wire, const struct conn *c,
                             const void **ret_data)
{
    struct line *line = (struct line *)wire;
    ssize_t n;

    do {
        if (!set_timeout(line, c, SO_RCVTIMEO, &line->recv_ns))
            return -ETIME;
        n = recv(wire->fd, line->bytes, sizeof(line->bytes), 0);
    } while (n < 0 && errno == EINTR);
    *ret_data = line->bytes;
    conn_woke();
    if (n >= 0)
        return n;
    return errno == EAGAIN ? -ETIME : -errno;
}

/* Nothing else waits for this thread, so it goes on at once. */
static void blocking_pause(struct wire *wire, enum work_left left)
{
    static const struct timespec nap = {.tv_nsec = NS_PER_MS};

    (void)wire;
    if (left == WORK_LATER)
        nanosleep(&nap, NULL);
}

static const struct waits blocking_waits = {
    .dial = blocking_dial,
    .send = blocking_send,
    .recv = blocking_recv,
    .pause = blocking_pause,
};

void blocking_talk(struct conn *c)
{
    struct line line;

    line.wire = (struct wire){.waits = &blocking_waits, .fd = -1};
    talk(&line.wire, c);
}

/* An absolute time: no wake is early, and a signal changes nothing. */
static void sleep_until(uint64_t until_ns)
{
    const struct timespec until = {
        .tv_sec = (time_t)(until_ns / NS_PER_S),
        .tv_nsec = (long)(until_ns % NS_PER_S),
    };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
           EINTR) {
    }
}

void blocking_sleep(struct sleeping *work, size_t task)
{
    uint64_t until_ns = sleeper_begin(work, task);

    while (until_ns) {
        sleep_until(until_ns);
        until_ns = sleeper_woke(work, task);
    }
}
