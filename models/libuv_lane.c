/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The callback style: one lane's conversation cut at every wait, on libuv.
 * What happened calls back, follow() does what comes next.  Compare with
 * blocking.c, the same as a plain loop.
 */
#include "models/libuv_lane.h"

#include <stdbool.h>
#include <unistd.h>

#include "workloads/clock.h"

static void follow(struct libuv_lane *lane, enum verb verb);

void libuv_expire(struct libuv_lane *lane)
{
    lane->armed_ns = UINT64_MAX;
    /* Hanging up already: what comes next is settled. */
    if (lane->open && uv_is_closing((uv_handle_t *)&lane->tcp))
        return;
    /* The deadline may have moved on since the timer was started. */
    if (lane->conn->deadline_ns > clock_ns())
        follow(lane, CONN_WAIT);
    else
        follow(lane, conn_expired(lane->conn));
}

static void on_timer(uv_timer_t *timer)
{
    libuv_expire(timer->data);
}

/*
 * One timer a lane.  It is left alone while it fires no later than it must;
 * a deadline that moves away, as each request's does, then costs nothing.
 */
static void arm(struct libuv_lane *lane)
{
    uint64_t deadline_ns = lane->conn->deadline_ns, now_ms;

    if (deadline_ns >= lane->armed_ns)
        return;
    lane->armed_ns = deadline_ns;
    if (lane->hooks) {
        lane->hooks->arm(lane);
        return;
    }
    now_ms = uv_now(lane->loop);
    /* Rounded up: late by 2 ms at most, never early. */
    deadline_ns = (deadline_ns + NS_PER_MS - 1) / NS_PER_MS;
    uv_timer_start(&lane->timer, on_timer,
                   deadline_ns > now_ms ? deadline_ns - now_ms : 0, 0);
}

static void on_write(uv_write_t *request, int status)
{
    struct libuv_lane *lane = request->data;

    lane->writing = false;
    if (uv_is_closing((uv_handle_t *)&lane->tcp))
        return;
    if (status)
        conn_unsent(lane->conn);
    else
        conn_sent(lane->conn, lane->in_write);
    follow(lane, CONN_WAIT);
}

static int try_write(struct libuv_lane *lane, const void *data, size_t len)
{
    uv_buf_t buf = uv_buf_init((char *)data, (unsigned)len);

    return uv_try_write((uv_stream_t *)&lane->tcp, &buf, 1);
}

/* The loop sends it when there is room, and calls back after its next turn. */
static void write_later(struct libuv_lane *lane, const void *data, size_t len)
{
    uv_buf_t buf = uv_buf_init((char *)data, (unsigned)len);

    lane->in_write = len;
    lane->write.data = lane;
    lane->writing = uv_write(&lane->write, (uv_stream_t *)&lane->tcp, &buf, 1,
                             on_write) == 0;
    if (!lane->writing)
        conn_unsent(lane->conn);
}

/*
 * What the socket takes goes at once.  The rest, and what a long answer stages
 * next, waits for a turn of the loop: one fast reader must not keep it.
 */
static void flush(struct libuv_lane *lane)
{
    size_t len;
    const void *data = conn_pending(lane->conn, &len);
    int n;

    if (lane->writing || !data)
        return;
    n = try_write(lane, data, len);
    if (n > 0)
        conn_sent(lane->conn, (size_t)n);
    else if (n != UV_EAGAIN)
        conn_unsent(lane->conn);
    data = conn_pending(lane->conn, &len);
    if (data)
        write_later(lane, data, len);
}

/* Once, without waiting; the protocol is not told any more. */
static void offer(struct libuv_lane *lane)
{
    size_t len;
    const void *data = conn_pending(lane->conn, &len);

    if (!lane->writing && data)
        try_write(lane, data, len);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    /* Consumed before the next read, so one buffer serves a loop's lanes. */
    (void)size;
    *buf = uv_buf_init(handle->loop->data, LIBUV_BUFFER);
}

/*
 * libuv calls it the end of the stream when a reset arrives together with the
 * last bytes; the socket still knows better.
 */
static int end_of(const struct libuv_lane *lane)
{
    socklen_t len = sizeof(int);
    int error = 0;
    uv_os_fd_t fd;

    if (uv_fileno((const uv_handle_t *)&lane->tcp, &fd) == 0)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    return -error;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct libuv_lane *lane = stream->data;

    if (n > 0)
        follow(lane, conn_received(lane->conn, buf->base, (size_t)n));
    else if (n < 0)
        follow(lane,
               conn_ended(lane->conn, n == UV_EOF ? end_of(lane) : (int)n));
}

static void on_connect(uv_connect_t *request, int status)
{
    struct libuv_lane *lane = request->data;

    if (status == UV_ECANCELED)
        return; /* hung up by ourselves */
    if (status) {
        follow(lane, conn_ended(lane->conn, status));
        return;
    }
    uv_read_start((uv_stream_t *)&lane->tcp, on_alloc, on_read);
    follow(lane, conn_opened(lane->conn));
}

/* 0 when on_connect() will be called, else the error of this dial. */
static int dial(struct libuv_lane *lane)
{
    struct conn *c = lane->conn;
    int fd = conn_socket(c, SOCK_NONBLOCK), error;

    if (fd < 0)
        return fd;
    uv_tcp_init(lane->loop, &lane->tcp);
    lane->open = true;
    lane->tcp.data = lane;
    error = uv_tcp_open(&lane->tcp, fd);
    if (error) {
        close(fd);
        return error;
    }
    lane->connect.data = lane;
    return uv_tcp_connect(&lane->connect, &lane->tcp,
                          (const struct sockaddr *)&c->dial.peer, on_connect);
}

static void on_socket_closed(uv_handle_t *handle)
{
    struct libuv_lane *lane = handle->data;

    lane->open = false;
    lane->writing = false;
    follow(lane, lane->next);
}

static void finish_lane(struct libuv_lane *lane)
{
    if (lane->hooks)
        lane->hooks->closed(lane);
    else
        uv_close((uv_handle_t *)&lane->timer, NULL);
}

/* Only an answering side's conn may be looked at when it is done. */
static bool resets(const struct libuv_lane *lane)
{
    return lane->hooks && lane->conn->reset;
}

/* Closing is asynchronous: what comes after it waits for the callback. */
static void hang_up(struct libuv_lane *lane, enum verb next)
{
    lane->next = next;
    if (uv_is_closing((uv_handle_t *)&lane->tcp))
        return;
    if (!resets(lane) || uv_tcp_close_reset(&lane->tcp, on_socket_closed))
        uv_close((uv_handle_t *)&lane->tcp, on_socket_closed);
}

static void follow(struct libuv_lane *lane, enum verb verb)
{
    for (;;) {
        int error;

        if (verb == CONN_WAIT) {
            flush(lane);
            arm(lane);
            return;
        }
        if (lane->open) {
            if (verb == CONN_DONE)
                offer(lane);
            hang_up(lane, verb);
            return;
        }
        if (verb == CONN_DONE) {
            finish_lane(lane);
            return;
        }
        error = dial(lane);
        verb = error ? conn_ended(lane->conn, error) : CONN_WAIT;
    }
}

int libuv_accept(struct libuv_lane *lane, uv_stream_t *listener,
                 struct conn *conn, const struct libuv_hooks *hooks)
{
    int error;

    *lane = (struct libuv_lane){
        .loop = listener->loop,
        .conn = conn,
        .armed_ns = UINT64_MAX,
        .hooks = hooks,
    };
    uv_tcp_init(lane->loop, &lane->tcp);
    lane->open = true;
    lane->tcp.data = lane;
    error = uv_accept(listener, (uv_stream_t *)&lane->tcp);
    if (!error)
        error = uv_read_start((uv_stream_t *)&lane->tcp, on_alloc, on_read);
    follow(lane, error ? CONN_DONE : conn_opened(conn));
    return error;
}

void libuv_start(struct libuv_lane *lane, uv_loop_t *loop, struct conn *conn)
{
    *lane = (struct libuv_lane){
        .loop = loop,
        .conn = conn,
        .armed_ns = UINT64_MAX,
    };
    uv_timer_init(loop, &lane->timer);
    lane->timer.data = lane;
    follow(lane, conn_start(conn));
}
