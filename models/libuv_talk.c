/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The callback style: one lane's conversation cut at every wait, on libuv,
 * which calls back when something has happened; follow() does what comes next.
 * Compare with wait/talk.c, the same as a plain loop.
 */
#include "models/libuv_talk.h"

#include <errno.h>
#include <stdlib.h>
#include <uv.h>

#include "models/libuv_socket.h"
#include "models/libuv_work.h"
#include "models/wait/bursts.h"
#include "models/wait/steps.h"

/* One lane: its socket, and what libuv wants back before it is used again. */
struct lane {
    struct libuv_work work; /* first: what on_worked() gets */
    struct libuv_socket socket;
    uv_timer_t timer;
    struct talk *talk;
    struct conn *conn;
    bool open;       /* until on_closed() the socket is libuv's */
    bool works;      /* heavily: the socket is not read */
    bool overdue;    /* its timer has passed; what has arrived is read first */
    enum verb next;  /* then; only while the socket is closing */
    size_t in_write; /* bytes that are being sent; 0: none */
    uint64_t timer_ns; /* the deadline that the timer is set for */
};

struct talk {
    uv_loop_t loop;
    struct libuv_works works;
    char buffer[64 * 1024]; /* consumed before the next read */
    struct lane lanes[];
};

static void follow(struct lane *lane, enum verb verb);

static void stop_timer(struct lane *lane)
{
    lane->timer_ns = UINT64_MAX;
    uv_timer_stop(&lane->timer);
}

/* The loop runs timers before it reads: one more turn reads what arrived. */
static void on_timer(uv_timer_t *timer)
{
    struct lane *lane = timer->data;

    if (!lane->overdue)
        lane->overdue = true; /* until the timer repeats */
    else
        follow(lane, conn_expired(lane->conn));
}

/* The protocol moves its deadline by phase: before every wait it is read. */
static void set_timer(struct lane *lane)
{
    uint64_t now_ms = uv_now(&lane->talk->loop), due_ms;

    if (lane->timer_ns == lane->conn->deadline_ns)
        return;
    lane->timer_ns = lane->conn->deadline_ns;
    lane->overdue = false;
    due_ms = lane->timer_ns / NS_PER_MS + 1; /* never early */
    uv_timer_start(&lane->timer, on_timer,
                   due_ms > now_ms ? due_ms - now_ms : 0, 1);
}

static void on_closed(uv_handle_t *handle)
{
    struct lane *lane = handle->data;

    lane->open = false;
    follow(lane, lane->next);
}

/* Closing takes until the end of the loop's turn; `next` comes then. */
static void hang_up(struct lane *lane, enum verb next)
{
    if (next == CONN_DONE && !lane->in_write)
        step_offer(lane->socket.fd, lane->conn);
    lane->next = next;
    stop_timer(lane);
    uv_close(&lane->socket.handle, on_closed);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct lane *lane = handle->data;

    (void)size;
    *buf = uv_buf_init(lane->talk->buffer, sizeof(lane->talk->buffer));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct lane *lane = stream->data;

    if (n > 0)
        follow(lane, conn_received(lane->conn, buf->base, (size_t)n));
    else if (n == UV_EOF) /* also for a reset: the socket knows which it is */
        follow(lane, conn_ended(lane->conn, step_dialled(lane->socket.fd)));
    else if (n < 0)
        follow(lane, conn_ended(lane->conn, (int)n));
}

static enum verb open_or_end(struct lane *lane, int error)
{
    if (!error)
        error = libuv_socket_read(&lane->socket, on_alloc, on_read);
    return error ? conn_ended(lane->conn, error) : conn_opened(lane->conn);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct lane *lane = request->handle->data;

    if (status != UV_ECANCELED) /* then it changes nothing any more */
        follow(lane, open_or_end(lane, status));
}

static enum verb dial(struct lane *lane)
{
    struct conn *c = lane->conn;
    int error =
        libuv_socket_open(&lane->socket, &lane->talk->loop, c, &lane->open);

    lane->in_write = 0;
    if (!error)
        error = libuv_socket_connect(&lane->socket, c, on_connect);
    if (!error && dial_is_datagrams(&c->dial))
        return open_or_end(lane, 0);
    return error ? conn_ended(c, error) : CONN_WAIT;
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
    if (!lane->works)
        follow(lane, CONN_WAIT);
}

/* What is pending goes: what the socket takes at once, and the rest later. */
static void wait(struct lane *lane)
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
    set_timer(lane);
}

static void on_worked(struct libuv_work *work)
{
    struct lane *lane = (struct lane *)work;

    lane->works = false;
    libuv_socket_read(&lane->socket, on_alloc, on_read);
    follow(lane, conn_worked(lane->conn));
}

/* Until its work is done it gets neither bytes nor a deadline. */
static void begin_work(struct lane *lane)
{
    stop_timer(lane);
    libuv_socket_stop(&lane->socket);
    lane->works = true;
    libuv_work_begin(&lane->talk->works, &lane->work, lane->conn);
}

/* The next step of the conversation, as talk()'s loop has it. */
static void follow(struct lane *lane, enum verb verb)
{
    while (verb == CONN_DIAL && !lane->open)
        verb = dial(lane);
    if (verb == CONN_WAIT)
        wait(lane);
    else if (verb == CONN_WORK)
        begin_work(lane);
    else if (lane->open)
        hang_up(lane, verb);
    else
        uv_close((uv_handle_t *)&lane->timer, NULL);
}

static void start(struct talk *talk, struct lane *lane, struct conn *conn)
{
    *lane = (struct lane){.conn = conn, .talk = talk};
    lane->socket.handle.data = lane->timer.data = lane;
    uv_timer_init(&talk->loop, &lane->timer);
    stop_timer(lane);
    follow(lane, conn_start(conn));
}

int libuv_talk(struct connections *work)
{
    struct talk *talk = malloc(sizeof(*talk) + work->n * sizeof(struct lane));
    int error = talk ? uv_loop_init(&talk->loop) : -ENOMEM;

    if (!error) {
        libuv_works_init(&talk->works, &talk->loop, work->offload, on_worked);
        for (size_t i = 0; i < work->n; i++) {
            start(talk, &talk->lanes[i], &work->conns[i]);
            if (burst_ends(i))
                uv_run(&talk->loop, UV_RUN_NOWAIT);
        }
        uv_run(&talk->loop, UV_RUN_DEFAULT);
        libuv_works_close(&talk->works);
        uv_run(&talk->loop, UV_RUN_DEFAULT);
        uv_loop_close(&talk->loop);
    }
    free(talk);
    return error;
}
