/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Operations on a socket, as functions that return their result, or
 * FUTURE_PENDING and resolve their future later.  A deadline cancels what is
 * pending.
 */
#include "models/future_socket.h"

#include <errno.h>

#include "models/wait/steps.h"

/* Late results resolve nothing. */
void future_forget(struct future *f)
{
    ((struct lane *)f)->awaited = NOTHING;
}

static void resolve(struct lane *lane, enum awaited what, long result)
{
    if (lane->awaited != what)
        return;
    lane->awaited = NOTHING;
    future_resolve(&lane->future, result);
}

/*
 * The loop calls timers before it reads, but what arrived in time is not late:
 * one more turn reads it before the deadline counts as missed.
 */
static void on_timer(uv_timer_t *timer)
{
    struct lane *lane = timer->data;

    if (!lane->overdue) {
        lane->overdue = true;
        return; /* it repeats */
    }
    uv_timer_stop(timer);
    lane->timer_ns = 0;
    future_cancel(&lane->future);
}

void future_stop_timer(struct lane *lane)
{
    lane->timer_ns = 0;
    uv_timer_stop(&lane->timer);
}

/* Until the deadline, which the protocol moves by phase. */
static long await(struct lane *lane, enum awaited what)
{
    uint64_t now_ms = uv_now(&lane->loop->uv), due_ms;

    lane->awaited = what;
    if (lane->timer_ns == lane->conn->deadline_ns)
        return FUTURE_PENDING;
    lane->timer_ns = lane->conn->deadline_ns;
    lane->overdue = false;
    due_ms = lane->timer_ns / NS_PER_MS + 1; /* never early */
    uv_timer_start(&lane->timer, on_timer,
                   due_ms > now_ms ? due_ms - now_ms : 0, 1);
    return FUTURE_PENDING;
}

static void on_pause(uv_timer_t *timer)
{
    resolve(timer->data, PAUSED, 0);
}

long future_pause(struct lane *lane)
{
    lane->awaited = PAUSED;
    uv_timer_start(&lane->timer, on_pause, 1, 0);
    return FUTURE_PENDING;
}

static void on_closed(uv_handle_t *handle)
{
    struct lane *lane = handle->data;

    lane->open = false;
    resolve(lane, CLOSED, 0);
}

long future_hang_up(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;

    if (!lane->open)
        return result;
    future_stop_timer(lane);
    lane->awaited = CLOSED;
    uv_close(&lane->socket.handle, on_closed);
    return FUTURE_PENDING;
}

static void on_connect(uv_connect_t *request, int status)
{
    resolve(request->handle->data, CONNECTED, status);
}

long future_dial(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;
    struct conn *c = lane->conn;
    int error =
        libuv_socket_open(&lane->socket, &lane->loop->uv, c, &lane->open);

    (void)result;
    lane->reads = false;
    lane->in_write = 0;
    if (!error)
        error = libuv_socket_connect(&lane->socket, c, on_connect);
    if (error || dial_is_datagrams(&c->dial))
        return error;
    return await(lane, CONNECTED);
}

static void on_sent(void *data, int status);

/* True: the rest goes when there is room. */
static bool send_rest(struct lane *lane)
{
    const void *data;
    size_t len;

    while (!lane->in_write && (data = conn_pending(lane->conn, &len)) && len) {
        uv_buf_t buf = uv_buf_init((char *)data, (unsigned)len);
        int n = libuv_socket_try(&lane->socket, &buf);

        if (n >= 0)
            conn_sent(lane->conn, (size_t)n);
        else if (n == UV_EAGAIN &&
                 !libuv_socket_send(&lane->socket, &buf, on_sent))
            lane->in_write = len;
        else
            conn_unsent(lane->conn);
    }
    return lane->in_write > 0;
}

static void on_sent(void *data, int status)
{
    struct lane *lane = data;

    if (status == UV_ECANCELED)
        return;
    if (status)
        conn_unsent(lane->conn);
    else
        conn_sent(lane->conn, lane->in_write);
    lane->in_write = 0;
    if (!send_rest(lane))
        resolve(lane, SENT, 0);
}

long future_send(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;

    return send_rest(lane) ? await(lane, SENT) : result;
}

/* Bytes that are not awaited stay in the socket. */
static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct lane *lane = handle->data;

    (void)size;
    *buf = uv_buf_init(lane->loop->buffer,
                       lane->awaited == BYTES ? sizeof(lane->loop->buffer) : 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct lane *lane = stream->data;

    (void)buf;
    if (n == 0)
        return;
    if (n < 0) {
        libuv_socket_stop(&lane->socket);
        lane->reads = false;
    }
    /* A reset is an end to libuv, too: the socket knows which it is. */
    resolve(lane, BYTES, n == UV_EOF ? step_dialled(lane->socket.fd) : (long)n);
}

long future_receive(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;

    if (result < 0)
        return result;
    if (!lane->reads)
        result = libuv_socket_read(&lane->socket, on_alloc, on_read);
    lane->reads = !result;
    return result ? result : await(lane, BYTES);
}
