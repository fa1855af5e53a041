/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One accepted socket: the loop's events become the protocol's. */
#include "harness/origin/connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "workloads/clock.h"

enum { PIECES = 8 }; /* of 64 KiB at most, in one turn of the loop */

struct connection {
    struct watch watch; /* first: what ready() gets */
    struct timer timer;
    struct connection_set *set;
    struct conn *conn;
    uint64_t armed_ns; /* the timer fires no later; UINT64_MAX: not set */
    uint32_t events;   /* that epoll waits for */
};

static void destroy(struct connection *c)
{
    struct connection_set *set = c->set;

    loop_cancel_timer(set->loop, &c->timer);
    close(c->watch.fd);
    answer_destroy(c->conn);
    free(c);
    if (--set->n == 0 && set->none_left)
        set->none_left(set->context);
}

/* One piece of what is pending; false: the socket did not take all of it. */
static bool send_piece(struct connection *c, const void *data, size_t len)
{
    ssize_t n = send(c->watch.fd, data, len, MSG_NOSIGNAL);

    if (n >= 0)
        conn_sent(c->conn, (size_t)n);
    else if (errno != EAGAIN)
        conn_unsent(c->conn);
    return n == (ssize_t)len;
}

static void wait_for(struct connection *c, uint32_t events)
{
    if (events == c->events)
        return;
    c->events = events;
    if (loop_change(c->set->loop, &c->watch, events))
        loop_stop(c->set->loop);
}

/* Bytes that the connection did not take, or that wait in its queue. */
static void look_for_unsent(const struct connection *c, size_t pending)
{
    int queued = 0;

    ioctl(c->watch.fd, SIOCOUTQNSD, &queued);
    if (pending || queued > 0)
        answer_unsent(c->conn);
}

/* The rest of a long answer waits: a fast reader must not occupy the loop. */
static void flush(struct connection *c)
{
    const void *data;
    size_t len;

    for (int pieces = 0; pieces < PIECES; pieces++) {
        data = conn_pending(c->conn, &len);
        if (!data || !send_piece(c, data, len))
            break;
    }
    conn_pending(c->conn, &len);
    if (answer_sends_records(c->conn))
        look_for_unsent(c, len);
    wait_for(c, len ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/*
 * A deadline that moves away, as each request's does, costs nothing: a timer
 * that fires earlier than it must is left alone.
 */
static void arm(struct connection *c)
{
    if (c->conn->deadline_ns >= c->armed_ns)
        return;
    c->armed_ns = c->conn->deadline_ns;
    loop_set_timer(c->set->loop, &c->timer, c->armed_ns);
}

static void hang_up(struct connection *c)
{
    static const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    size_t len;
    const void *data = conn_pending(c->conn, &len);

    if (data)
        send(c->watch.fd, data, len, MSG_NOSIGNAL);
    if (c->conn->reset)
        setsockopt(c->watch.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    destroy(c);
}

static void follow(struct connection *c, enum verb verb)
{
    if (verb == CONN_WAIT) {
        flush(c);
        /* An answer that ends its connection is over: at once. */
        if (c->conn->deadline_ns == 0)
            verb = conn_expired(c->conn);
    }
    if (verb == CONN_WAIT)
        arm(c);
    else
        hang_up(c);
}

static void on_due(struct timer *timer)
{
    struct connection *c =
        (void *)((char *)timer - offsetof(struct connection, timer));

    c->armed_ns = UINT64_MAX;
    if (c->conn->deadline_ns > clock_ns())
        arm(c); /* it has moved since */
    else
        follow(c, conn_expired(c->conn));
}

static enum verb receive(struct connection *c)
{
    char *buffer = c->set->buffer;
    ssize_t n = recv(c->watch.fd, buffer, sizeof(c->set->buffer), 0);

    if (n > 0)
        return conn_received(c->conn, buffer, (size_t)n);
    if (n < 0 && errno == EAGAIN)
        return CONN_WAIT;
    return conn_ended(c->conn, n ? -errno : 0);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct connection *c = (struct connection *)watch;

    /* Room alone is nothing to read. */
    follow(c, events == EPOLLOUT ? CONN_WAIT : receive(c));
}

int connection_serve(struct connection_set *set, int fd, struct conn *conn)
{
    struct connection *c = malloc(sizeof(*c));
    int error = c && conn ? 0 : -ENOMEM;

    if (!error) {
        *c = (struct connection){
            .watch = {.fd = fd, .ready = on_ready},
            .timer = {.due = on_due},
            .set = set,
            .conn = conn,
            .armed_ns = UINT64_MAX,
            .events = EPOLLIN,
        };
        error = loop_watch(set->loop, &c->watch, EPOLLIN);
    }
    if (error) {
        close(fd);
        answer_destroy(conn);
        free(c);
        return error;
    }
    set->n++;
    follow(c, conn_opened(conn));
    return 0;
}
