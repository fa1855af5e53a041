/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The callback style: one lane's conversation cut at every wait, on libuv.
 * What happened calls back, follow() does what comes next.  Compare with
 * blocking.c, the same as a plain loop.
 */
#include "models/libuv_lane.h"

#include <stdbool.h>

#include "workloads/clock.h"

/*
 * A turn of the loop may begin with a thousand sockets that can be read.  After
 * so long it leaves the others for its next turn: what the first ones made
 * possible, a connection to be used or a timer to ring, is not to wait until
 * the last one has been read.  Shorter turns would cost more than they gain:
 * each of them asks anew who is ready, a microsecond for each who is.
 */
enum { TURN_MS = 30 };

static void follow(struct libuv_lane *lane, enum verb verb);

void libuv_expire(struct libuv_lane *lane)
{
    lane->armed_ns = UINT64_MAX;
    /* What comes next is settled already. */
    if (lane->waiting)
        return;
    /*
     * The deadline may have moved on since the timer was started; and what came
     * in time is not late because others were read first.
     */
    if (lane->conn->deadline_ns > clock_ns() || lane->passed_over)
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
    uv_timer_start(
        &lane->timer, on_timer,
        deadline_ns > now_ms ? deadline_ns - now_ms : lane->passed_over, 0);
}

/* What a line still says after it was hung up is nobody's business. */
static bool is_current(const uv_stream_t *stream)
{
    const struct libuv_lane *lane = stream->data;

    return lane->line && stream == (const uv_stream_t *)&lane->line->tcp;
}

static void on_write(uv_write_t *request, int status)
{
    struct libuv_lane *lane = request->handle->data;

    if (!is_current(request->handle))
        return;
    lane->writing = false;
    if (status)
        conn_unsent(lane->conn);
    else
        conn_sent(lane->conn, lane->in_write);
    follow(lane, CONN_WAIT);
}

static int try_write(struct libuv_lane *lane, const void *data, size_t len)
{
    uv_buf_t buf = uv_buf_init((char *)data, (unsigned)len);

    return uv_try_write((uv_stream_t *)&lane->line->tcp, &buf, 1);
}

/* The loop sends it when there is room, and calls back after its next turn. */
static void write_later(struct libuv_lane *lane, const void *data, size_t len)
{
    uv_buf_t buf = uv_buf_init((char *)data, (unsigned)len);

    lane->in_write = len;
    lane->writing =
        uv_write(&lane->line->write, (uv_stream_t *)&lane->line->tcp, &buf, 1,
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

/* The loop's own clock stands still while it calls back. */
static bool is_long_turn(const uv_loop_t *loop)
{
    return clock_ns() / NS_PER_MS >= uv_now(loop) + TURN_MS;
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct libuv_lane *lane = handle->data;

    (void)size;
    /* Without a buffer the socket is not read, and stays readable. */
    lane->passed_over = !lane->hooks && is_long_turn(handle->loop);
    /* Consumed before the next read, so one buffer serves a loop's lanes. */
    *buf =
        uv_buf_init(handle->loop->data, lane->passed_over ? 0 : LIBUV_BUFFER);
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

    if (uv_fileno((const uv_handle_t *)&lane->line->tcp, &fd) == 0)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    return -error;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct libuv_lane *lane = stream->data;

    if (n > 0)
        follow(lane, conn_received(lane->conn, buf->base, (size_t)n));
    else if (n < 0 && n != UV_ENOBUFS)
        follow(lane,
               conn_ended(lane->conn, n == UV_EOF ? end_of(lane) : (int)n));
}

static void on_connect(uv_connect_t *request, int status)
{
    struct libuv_lane *lane = request->handle->data;

    if (!is_current(request->handle))
        return;
    if (status) {
        follow(lane, conn_ended(lane->conn, status));
        return;
    }
    follow(lane, conn_opened(lane->conn));
}

static void pick_up(struct libuv_lane *lane, struct libuv_line *line)
{
    line->tcp.data = lane;
    lane->line = line;
    lane->writing = lane->passed_over = false;
}

/*
 * 0 when on_connect() will be called, else the error of this dial.  Reading
 * begins before there is anything to read: so the loop tells the kernel once
 * what it waits for, and only has to take back the waiting for a connection.
 */
static int dial(struct libuv_lane *lane, struct libuv_line *line)
{
    const struct dial *to = &lane->conn->dial;
    int error = uv_tcp_init_ex(lane->loop, &line->tcp, to->peer.ss_family);
    uv_os_fd_t fd;

    if (error)
        return error;
    pick_up(lane, line);
    error = uv_fileno((const uv_handle_t *)&line->tcp, &fd);
    if (!error)
        error = conn_tune(fd);
    if (!error)
        error = uv_tcp_connect(&line->connect, &line->tcp,
                               (const struct sockaddr *)&to->peer, on_connect);
    if (!error)
        error = uv_read_start((uv_stream_t *)&line->tcp, on_alloc, on_read);
    return error;
}

static void on_closed(uv_handle_t *handle)
{
    struct libuv_lane *lane = handle->data;

    for (size_t i = 0; i < 2; i++)
        if (handle == (uv_handle_t *)&lane->lines[i].tcp)
            lane->lines[i].closing = false;
    if (lane->waiting) {
        lane->waiting = false;
        follow(lane, lane->next);
    }
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

/* Closing is asynchronous: until on_closed() the line is libuv's. */
static void hang_up(struct libuv_lane *lane)
{
    struct libuv_line *line = lane->line;

    if (!line)
        return;
    lane->line = NULL;
    line->closing = true;
    if (!resets(lane) || uv_tcp_close_reset(&line->tcp, on_closed))
        uv_close((uv_handle_t *)&line->tcp, on_closed);
}

static struct libuv_line *free_line(struct libuv_lane *lane)
{
    for (size_t i = 0; i < 2; i++)
        if (!lane->lines[i].closing)
            return &lane->lines[i];
    return NULL;
}

static bool is_quiet(const struct libuv_lane *lane)
{
    return !lane->lines[0].closing && !lane->lines[1].closing;
}

static void wait_to(struct libuv_lane *lane, enum verb next)
{
    lane->waiting = true;
    lane->next = next;
}

static void follow(struct libuv_lane *lane, enum verb verb)
{
    while (verb != CONN_WAIT) {
        struct libuv_line *line;
        int error;

        if (verb == CONN_DONE && lane->line)
            offer(lane);
        hang_up(lane);
        line = free_line(lane);
        if (verb == CONN_DONE && is_quiet(lane)) {
            finish_lane(lane);
            return;
        }
        if (verb == CONN_DONE || !line) {
            wait_to(lane, verb);
            return;
        }
        error = dial(lane, line);
        verb = error ? conn_ended(lane->conn, error) : CONN_WAIT;
    }
    flush(lane);
    arm(lane);
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
    uv_tcp_init(lane->loop, &lane->lines[0].tcp);
    pick_up(lane, &lane->lines[0]);
    error = uv_accept(listener, (uv_stream_t *)&lane->line->tcp);
    if (!error)
        error =
            uv_read_start((uv_stream_t *)&lane->line->tcp, on_alloc, on_read);
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
