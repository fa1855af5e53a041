/* SPDX-License-Identifier: MIT */
/*
 * Bytes in and out of a lane's line: each of libuv's callbacks tells the
 * protocol what happened, and lets the lane follow what it answers.
 */
#include "models/libuv_stream.h"

#include <stdbool.h>

/*
 * A turn of the loop may begin with a thousand sockets that can be read.  After
 * so long it leaves the others for its next turn: what the first ones made
 * possible, a connection to be used or a timer to ring, is not to wait until
 * the last one has been read.  Shorter turns would cost more than they gain:
 * each of them asks anew who is ready, a microsecond for each who is.
 */
enum { TURN_MS = 30 };

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
    libuv_follow(lane, CONN_WAIT);
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

void libuv_flush(struct libuv_lane *lane)
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

void libuv_offer(struct libuv_lane *lane)
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
        libuv_follow(lane, conn_received(lane->conn, buf->base, (size_t)n));
    else if (n < 0 && n != UV_ENOBUFS)
        libuv_follow(
            lane, conn_ended(lane->conn, n == UV_EOF ? end_of(lane) : (int)n));
}

static void on_connect(uv_connect_t *request, int status)
{
    struct libuv_lane *lane = request->handle->data;

    if (!is_current(request->handle))
        return;
    if (status) {
        libuv_follow(lane, conn_ended(lane->conn, status));
        return;
    }
    libuv_follow(lane, conn_opened(lane->conn));
}

static void pick_up(struct libuv_lane *lane, struct libuv_line *line)
{
    line->tcp.data = lane;
    lane->line = line;
    lane->writing = lane->passed_over = false;
}

/*
 * Reading begins before there is anything to read: so the loop tells the kernel
 * once what it waits for, and only has to take back the waiting for a
 * connection.
 */
int libuv_dial(struct libuv_lane *lane, struct libuv_line *line)
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

int libuv_pick_up(struct libuv_lane *lane, struct libuv_line *line,
                  uv_stream_t *listener)
{
    int error = uv_tcp_init(lane->loop, &line->tcp);

    if (error)
        return error;
    pick_up(lane, line);
    error = uv_accept(listener, (uv_stream_t *)&line->tcp);
    if (!error)
        error = uv_read_start((uv_stream_t *)&line->tcp, on_alloc, on_read);
    return error;
}
