/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/cli/scrape_lane.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A few hundred bytes at most: the socket takes them, or they are lost. */
static void flush(struct driven *d)
{
    const void *data;
    size_t len;

    while ((data = conn_pending(d->conn, &len)) && len > 0)
        if (send(d->watch.fd, data, len, MSG_NOSIGNAL) == (ssize_t)len)
            conn_sent(d->conn, len);
        else
            conn_unsent(d->conn);
}

static void hang_up(struct driven *d)
{
    if (d->watch.fd >= 0)
        close(d->watch.fd);
    d->watch.fd = -1;
}

static enum verb dial(struct driven *d)
{
    const struct dial *to = &d->conn->dial;
    int fd = conn_socket(d->conn, SOCK_NONBLOCK), error = fd < 0 ? fd : 0;

    hang_up(d);
    d->watch.fd = fd < 0 ? -1 : fd;
    if (!error && connect(fd, (const struct sockaddr *)&to->peer, to->peer_len))
        error = -errno;
    d->connecting = error == -EINPROGRESS;
    if (!error || d->connecting) {
        int failed =
            loop_watch(d->loop, &d->watch, d->connecting ? EPOLLOUT : EPOLLIN);

        error = failed ? failed : error;
    }
    if (d->connecting && error == -EINPROGRESS)
        return CONN_WAIT;
    return error ? conn_ended(d->conn, error) : conn_opened(d->conn);
}

static enum verb work(struct driven *d)
{
    while (conn_work(d->conn) != WORK_DONE) {
    }
    return conn_worked(d->conn);
}

static void follow(struct driven *d, enum verb verb)
{
    while (verb == CONN_DIAL || verb == CONN_WORK)
        verb = verb == CONN_DIAL ? dial(d) : work(d);
    if (verb == CONN_DONE) {
        hang_up(d);
        loop_cancel_timer(d->loop, &d->timer);
        d->done(d);
        return;
    }
    if (!d->connecting)
        flush(d);
    loop_set_timer(d->loop, &d->timer, d->conn->deadline_ns);
}

static enum verb connected(struct driven *d)
{
    int error = 0;
    socklen_t len = sizeof(error);

    getsockopt(d->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len);
    d->connecting = false;
    if (!error)
        error = -loop_change(d->loop, &d->watch, EPOLLIN);
    return error ? conn_ended(d->conn, -error) : conn_opened(d->conn);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct driven *d = (struct driven *)watch;
    char bytes[8192];
    ssize_t n;

    (void)events;
    if (d->connecting) {
        follow(d, connected(d));
        return;
    }
    n = recv(watch->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n > 0)
        follow(d, conn_received(d->conn, bytes, (size_t)n));
    else if (n == 0 || errno != EAGAIN)
        follow(d, conn_ended(d->conn, n ? -errno : 0));
}

static void on_due(struct timer *timer)
{
    struct driven *d = (void *)((char *)timer - offsetof(struct driven, timer));

    follow(d, conn_expired(d->conn));
}

void driven_begin(struct driven *d, enum verb verb)
{
    d->watch = (struct watch){.fd = -1, .ready = on_ready};
    d->timer.due = on_due;
    follow(d, verb);
}
