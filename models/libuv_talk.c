/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The callback style: one lane's conversation cut at every wait, on libuv.
 * The loop calls back when something has happened, and follow() does what comes
 * next.  Compare with wait/talk.c, the same as a plain loop.
 */
#include "models/libuv_talk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "models/wait/bursts.h"
#include "models/wait/steps.h"

/* One lane: its socket, and what libuv wants back before it is used again. */
struct lane {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    uv_timer_t timer;
    struct talk *talk;
    struct conn *conn;
    bool open;         /* until on_closed() the socket is libuv's */
    enum verb next;    /* then; only while the socket is closing */
    size_t in_write;   /* bytes that `write` sends; 0: none */
    uint64_t timer_ns; /* the deadline that the timer is set for */
    bool overdue;      /* it has passed; what has arrived is read first */
    bool working;      /* it has a place in the queue of work: */
    struct lane *behind;
};

struct talk {
    uv_loop_t loop;
    uv_idle_t idle;            /* with a queue, the loop does not wait */
    struct lane *first, *last; /* of the queue of work */
    /* Consumed before the next read, so one buffer serves all lanes. */
    char buffer[64 * 1024];
    struct lane lanes[];
};

static void follow(struct lane *lane, enum verb verb);

/*
 * The loop calls timers before it reads, but what arrived in time is not late:
 * one more turn reads it before the deadline counts as missed.
 */
static void on_timer(uv_timer_t *timer)
{
    struct lane *lane = timer->data;

    if (!lane->overdue) {
        lane->overdue = true;
        /* With 0 it would be called once more in this turn. */
        uv_timer_start(timer, on_timer, 1, 0);
        return;
    }
    lane->timer_ns = UINT64_MAX;
    follow(lane, conn_expired(lane->conn));
}

/* The protocol moves its deadline by phase: before every wait it is read. */
static void set_timer(struct lane *lane)
{
    uint64_t deadline_ns = lane->conn->deadline_ns, now_ms, due_ms;

    if (deadline_ns == lane->timer_ns)
        return;
    lane->timer_ns = deadline_ns;
    lane->overdue = false;
    uv_timer_stop(&lane->timer);
    if (deadline_ns == UINT64_MAX)
        return;
    now_ms = uv_now(&lane->talk->loop);
    due_ms = (deadline_ns + NS_PER_MS - 1) / NS_PER_MS; /* never early */
    uv_timer_start(&lane->timer, on_timer,
                   due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static uv_buf_t pending(const struct lane *lane)
{
    size_t len;
    const void *data = conn_pending(lane->conn, &len);

    return uv_buf_init((char *)data, (unsigned)len);
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
    uv_buf_t buf = pending(lane);

    if (next == CONN_DONE && buf.len && !lane->in_write)
        uv_try_write((uv_stream_t *)&lane->tcp, &buf, 1);
    lane->next = next;
    lane->timer_ns = UINT64_MAX;
    uv_timer_stop(&lane->timer);
    uv_close((uv_handle_t *)&lane->tcp, on_closed);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct lane *lane = handle->data;

    (void)size;
    *buf = uv_buf_init(lane->talk->buffer, sizeof(lane->talk->buffer));
}

/*
 * libuv calls it the end of the stream when a reset arrives together with the
 * last bytes; the socket still knows better.
 */
static int end_of(const struct lane *lane)
{
    uv_os_fd_t fd;

    if (uv_fileno((const uv_handle_t *)&lane->tcp, &fd))
        return 0;
    return step_dialled(fd);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct lane *lane = stream->data;

    if (n > 0)
        follow(lane, conn_received(lane->conn, buf->base, (size_t)n));
    else if (n == UV_EOF)
        follow(lane, conn_ended(lane->conn, end_of(lane)));
    else if (n < 0)
        follow(lane, conn_ended(lane->conn, (int)n));
}

static void on_connect(uv_connect_t *request, int status)
{
    struct lane *lane = request->handle->data;

    if (uv_is_closing((uv_handle_t *)&lane->tcp))
        return; /* nothing that comes now changes anything any more */
    if (!status)
        status = uv_read_start(request->handle, on_alloc, on_read);
    follow(lane,
           status ? conn_ended(lane->conn, status) : conn_opened(lane->conn));
}

static enum verb dial(struct lane *lane)
{
    const struct dial *to = &lane->conn->dial;
    uv_os_fd_t fd;
    int error =
        uv_tcp_init_ex(&lane->talk->loop, &lane->tcp, to->peer.ss_family);

    if (error)
        return conn_ended(lane->conn, error);
    lane->open = true;
    lane->in_write = 0;
    error = uv_fileno((const uv_handle_t *)&lane->tcp, &fd);
    if (!error)
        error = conn_tune(fd);
    if (!error)
        error = uv_tcp_connect(&lane->connect, &lane->tcp,
                               (const struct sockaddr *)&to->peer, on_connect);
    return error ? conn_ended(lane->conn, error) : CONN_WAIT;
}

static void on_write(uv_write_t *request, int status)
{
    struct lane *lane = request->handle->data;

    if (uv_is_closing((uv_handle_t *)&lane->tcp))
        return;
    if (status)
        conn_unsent(lane->conn);
    else
        conn_sent(lane->conn, lane->in_write);
    lane->in_write = 0;
    if (!lane->working)
        follow(lane, CONN_WAIT);
}

/* Sends what is pending: what the socket takes at once, the loop the rest. */
static void flush(struct lane *lane)
{
    uv_buf_t buf = pending(lane);
    int n;

    if (!buf.len || lane->in_write)
        return;
    n = uv_try_write((uv_stream_t *)&lane->tcp, &buf, 1);
    if (n > 0)
        conn_sent(lane->conn, (size_t)n);
    else if (n != UV_EAGAIN)
        conn_unsent(lane->conn);
    buf = pending(lane);
    if (!buf.len)
        return;
    lane->in_write = buf.len;
    if (uv_write(&lane->write, (uv_stream_t *)&lane->tcp, &buf, 1, on_write)) {
        lane->in_write = 0;
        conn_unsent(lane->conn);
    }
}

static void on_turn(uv_idle_t *idle);

static void queue(struct lane *lane)
{
    struct talk *talk = lane->talk;

    lane->behind = NULL;
    if (talk->first)
        talk->last->behind = lane;
    else
        talk->first = lane;
    talk->last = lane;
    uv_idle_start(&talk->idle, on_turn);
}

/* Until its work is done it gets neither bytes nor a deadline. */
static void begin_work(struct lane *lane)
{
    lane->working = true;
    lane->timer_ns = UINT64_MAX;
    uv_timer_stop(&lane->timer);
    if (lane->open)
        uv_read_stop((uv_stream_t *)&lane->tcp);
    queue(lane);
}

static void end_work(struct lane *lane)
{
    lane->working = false;
    if (lane->open)
        uv_read_start((uv_stream_t *)&lane->tcp, on_alloc, on_read);
    follow(lane, conn_worked(lane->conn));
}

/* One piece in a turn of the loop: then come those that are ready. */
static void on_turn(uv_idle_t *idle)
{
    struct talk *talk = idle->data;
    struct lane *lane = talk->first;

    talk->first = lane->behind;
    if (conn_work(lane->conn) == WORK_DONE)
        end_work(lane);
    else
        queue(lane);
    if (!talk->first)
        uv_idle_stop(idle);
}

/* The next step of the conversation, as talk()'s loop has it. */
static void follow(struct lane *lane, enum verb verb)
{
    while (verb == CONN_DIAL && !lane->open)
        verb = dial(lane);
    if (verb == CONN_WAIT) {
        flush(lane);
        set_timer(lane);
    } else if (verb == CONN_WORK) {
        begin_work(lane);
    } else if (lane->open) {
        hang_up(lane, verb);
    } else {
        uv_close((uv_handle_t *)&lane->timer, NULL);
    }
}

static void start(struct talk *talk, struct lane *lane, struct conn *conn)
{
    *lane = (struct lane){.talk = talk, .conn = conn, .timer_ns = UINT64_MAX};
    lane->tcp.data = lane->timer.data = lane;
    uv_timer_init(&talk->loop, &lane->timer);
    follow(lane, conn_start(conn));
}

int libuv_talk(struct connections *work)
{
    size_t size = work->n * sizeof(struct lane);
    struct talk *talk = malloc(sizeof(*talk) + size);
    int error = talk ? uv_loop_init(&talk->loop) : -ENOMEM;

    if (!error) {
        talk->first = NULL;
        talk->idle.data = talk;
        uv_idle_init(&talk->loop, &talk->idle);
        for (size_t i = 0; i < work->n; i++) {
            start(talk, &talk->lanes[i], &work->conns[i]);
            if (burst_ends(i))
                uv_run(&talk->loop, UV_RUN_NOWAIT);
        }
        uv_run(&talk->loop, UV_RUN_DEFAULT);
        uv_close((uv_handle_t *)&talk->idle, NULL);
        uv_run(&talk->loop, UV_RUN_DEFAULT);
        uv_loop_close(&talk->loop);
    }
    free(talk);
    return error;
}
