/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The direct style: one lane's conversation as a plain loop that blocks where
 * it must wait.  Compare with libuv_talk.c, the same loop cut at every wait.
 */
#include "models/wait/blocking.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct line {
    int fd;
    uint64_t recv_ns, send_ns; /* the time-outs that the socket has; 0: none */
};

/* The kernel counts such time-outs in ticks, and may be one too early. */
static const uint64_t jiffy_ns = 10 * NS_PER_MS; /* of the slowest, 100 Hz */

/*
 * A blocking call waits as long as its socket's time-out says, so before each
 * one the lane's deadline becomes a time-out; one that is late by 20 ms at
 * most, and not too short, stays.  False: the deadline has passed.
 */
static bool until(struct line *line, const struct conn *c, int option,
                  uint64_t *told_ns)
{
    struct timeval timeout;
    uint64_t now, left;

    if (c->deadline_ns == UINT64_MAX && *told_ns == 0)
        return true;
    now = clock_ns();
    if (c->deadline_ns <= now)
        return false;
    left = c->deadline_ns - now;
    if (*told_ns >= left + jiffy_ns && *told_ns < left + 2 * jiffy_ns)
        return true;
    *told_ns = c->deadline_ns == UINT64_MAX ? 0 : left + jiffy_ns + NS_PER_MS;
    timeout.tv_sec = (time_t)(*told_ns / NS_PER_S);
    timeout.tv_usec = (suseconds_t)(*told_ns % NS_PER_S / 1000);
    setsockopt(line->fd, SOL_SOCKET, option, &timeout, sizeof(timeout));
    return true;
}

static void hang_up(struct line *line)
{
    if (line->fd >= 0)
        close(line->fd);
    line->fd = -1;
}

static enum verb dial(struct line *line, struct conn *c)
{
    const struct sockaddr *peer = (const struct sockaddr *)&c->dial.peer;
    int error;

    hang_up(line);
    *line = (struct line){.fd = conn_socket(c, 0)};
    if (line->fd < 0)
        return conn_ended(c, line->fd);
    /* After a signal, connect() goes on with the same attempt. */
    do {
        if (!until(line, c, SO_SNDTIMEO, &line->send_ns))
            return conn_expired(c);
        error = connect(line->fd, peer, c->dial.peer_len) ? errno : 0;
    } while (error == EINTR);
    if (!error)
        return conn_opened(c);
    /* That is how it says that SO_SNDTIMEO passed, the last in a later try. */
    return error == EINPROGRESS || error == EAGAIN || error == EALREADY
               ? conn_expired(c)
               : conn_ended(c, -error);
}

/* Sends all that is pending; false when the deadline passed before that. */
static bool flush(struct line *line, struct conn *c)
{
    const void *data;
    size_t len;

    while ((data = conn_pending(c, &len)) && len > 0) {
        ssize_t n;

        if (!until(line, c, SO_SNDTIMEO, &line->send_ns))
            return false;
        n = send(line->fd, data, len, MSG_NOSIGNAL);
        if (n > 0)
            conn_sent(c, (size_t)n);
        else if (n < 0 && errno == EAGAIN)
            return false;
        else if (n < 0 && errno != EINTR)
            conn_unsent(c);
    }
    return true;
}

static enum verb wait(struct line *line, struct conn *c)
{
    char buf[64 * 1024];
    ssize_t n;

    if (!flush(line, c))
        return conn_expired(c);
    do {
        if (!until(line, c, SO_RCVTIMEO, &line->recv_ns))
            return conn_expired(c);
        n = recv(line->fd, buf, sizeof(buf), 0);
    } while (n < 0 && errno == EINTR);
    return n > 0             ? conn_received(c, buf, (size_t)n)
           : n == 0          ? conn_ended(c, 0)
           : errno == EAGAIN ? conn_expired(c)
                             : conn_ended(c, -errno);
}

static void offer(struct line *line, struct conn *c)
{
    size_t len;
    const void *data = conn_pending(c, &len);

    if (line->fd >= 0 && len > 0)
        send(line->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void blocking_talk(struct conn *c)
{
    struct line line = {.fd = -1};
    enum verb verb = conn_start(c);

    while (verb != CONN_DONE)
        verb = verb == CONN_DIAL ? dial(&line, c) : wait(&line, c);
    offer(&line, c);
    hang_up(&line);
}
