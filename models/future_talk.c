/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The style of futures: each operation is a function that returns its result,
 * or FUTURE_PENDING; follow() chains them.  A deadline cancels what is pending.
 * Compare with libuv_talk.c, where each operation names what comes after it.
 */
#include "models/future_talk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "models/wait/futures.h"
#include "models/wait/bursts.h"
#include "models/wait/steps.h"

/* What a lane's future waits for; what comes otherwise came too late. */
enum awaited { NOTHING, CONNECTED, SENT, BYTES, CLOSED };

struct lane {
    struct future future; /* first: what a callback gets */
    struct talk *talk;
    struct conn *conn;
    enum awaited awaited;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    uv_timer_t timer;
    int fd;
    bool open;         /* until it is closed the socket is libuv's */
    bool reads;        /* libuv does; bytes come when they are awaited */
    size_t in_write;   /* bytes that `write` sends; 0: none */
    uint64_t timer_ns; /* the deadline that the timer is set for */
    bool overdue;      /* it has passed; what has arrived is read first */
};

struct talk {
    uv_loop_t loop;
    uv_idle_t idle; /* while there is later work, the loop does not wait */
    struct later later;
    struct gather done;
    /* Consumed before the next read, so one buffer serves all lanes. */
    char buffer[64 * 1024];
    struct lane lanes[];
};

/* Late results resolve nothing. */
static void forget(struct future *f)
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

static void stop_timer(struct lane *lane)
{
    lane->timer_ns = 0;
    uv_timer_stop(&lane->timer);
}

/* Until the deadline, which the protocol moves by phase. */
static long await(struct lane *lane, enum awaited what)
{
    uint64_t now_ms = uv_now(&lane->talk->loop), due_ms;

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

static void on_closed(uv_handle_t *handle)
{
    struct lane *lane = handle->data;

    lane->open = false;
    resolve(lane, CLOSED, 0);
}

static long hang_up(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;

    if (!lane->open)
        return result;
    stop_timer(lane);
    lane->awaited = CLOSED;
    uv_close((uv_handle_t *)&lane->tcp, on_closed);
    return FUTURE_PENDING;
}

static void on_connect(uv_connect_t *request, int status)
{
    resolve(request->handle->data, CONNECTED, status);
}

static long dial(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;
    const struct sockaddr *to = (const struct sockaddr *)&lane->conn->dial.peer;
    int error = uv_tcp_init_ex(&lane->talk->loop, &lane->tcp, to->sa_family);

    (void)result;
    lane->open = !error;
    lane->reads = false;
    lane->in_write = 0;
    if (!error)
        error = uv_fileno((const uv_handle_t *)&lane->tcp, &lane->fd);
    if (!error)
        error = conn_tune(lane->fd);
    if (!error)
        error = uv_tcp_connect(&lane->connect, &lane->tcp, to, on_connect);
    return error ? error : await(lane, CONNECTED);
}

static void on_write(uv_write_t *request, int status);

/* True: the rest goes when there is room. */
static bool send_rest(struct lane *lane)
{
    uv_stream_t *stream = (uv_stream_t *)&lane->tcp;
    const void *data;
    size_t len;

    while (!lane->in_write && (data = conn_pending(lane->conn, &len)) && len) {
        uv_buf_t buf = uv_buf_init((char *)data, (unsigned)len);
        int n = uv_try_write(stream, &buf, 1);

        if (n >= 0)
            conn_sent(lane->conn, (size_t)n);
        else if (n == UV_EAGAIN &&
                 !uv_write(&lane->write, stream, &buf, 1, on_write))
            lane->in_write = len;
        else
            conn_unsent(lane->conn);
    }
    return lane->in_write > 0;
}

static void on_write(uv_write_t *request, int status)
{
    struct lane *lane = request->handle->data;

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

static long send_all(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;

    return send_rest(lane) ? await(lane, SENT) : result;
}

/* Bytes that are not awaited stay in the socket. */
static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct lane *lane = handle->data;

    (void)size;
    *buf = uv_buf_init(lane->talk->buffer,
                       lane->awaited == BYTES ? sizeof(lane->talk->buffer) : 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct lane *lane = stream->data;

    (void)buf;
    if (n == 0)
        return;
    if (n < 0) {
        uv_read_stop(stream);
        lane->reads = false;
    }
    /* A reset is an end to libuv, too: the socket knows which it is. */
    resolve(lane, BYTES, n == UV_EOF ? step_dialled(lane->fd) : (long)n);
}

static long receive(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;

    if (result < 0)
        return result;
    if (!lane->reads)
        result = uv_read_start((uv_stream_t *)&lane->tcp, on_alloc, on_read);
    lane->reads = !result;
    return result ? result : await(lane, BYTES);
}

static long follow(struct lane *lane, enum verb verb);

static long on_dialled(struct future *f, long result)
{
    struct conn *conn = ((struct lane *)f)->conn;

    if (result == -ECANCELED)
        return follow((struct lane *)f, conn_expired(conn));
    return follow((struct lane *)f,
                  result ? conn_ended(conn, (int)result) : conn_opened(conn));
}

static long on_received(struct future *f, long n)
{
    struct lane *lane = (struct lane *)f;

    if (n == -ECANCELED)
        return follow(lane, conn_expired(lane->conn));
    if (n <= 0)
        return follow(lane, conn_ended(lane->conn, (int)n));
    return follow(lane,
                  conn_received(lane->conn, lane->talk->buffer, (size_t)n));
}

/* One piece in a turn of the loop: then come those that are ready. */
static void on_turn(uv_idle_t *idle)
{
    struct talk *talk = idle->data;

    future_turn(&talk->later);
    if (STAILQ_EMPTY(&talk->later))
        uv_idle_stop(idle);
}

static long later(struct lane *lane)
{
    uv_idle_start(&lane->talk->idle, on_turn);
    return future_later(&lane->talk->later, &lane->future);
}

static long work(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;

    (void)result;
    if (conn_work(lane->conn) == WORK_DONE)
        return follow(lane, conn_worked(lane->conn));
    future_then(f, work);
    return later(lane);
}

static long end(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;

    uv_close((uv_handle_t *)&lane->timer, NULL);
    return result;
}

/* The next step of the conversation, as a chain. */
static long follow(struct lane *lane, enum verb verb)
{
    struct future *f = &lane->future;

    switch (verb) {
    case CONN_DIAL:
        future_then(future_then(future_then(f, hang_up), dial), on_dialled);
        return 0;
    case CONN_WAIT:
        future_then(future_then(future_then(f, send_all), receive),
                    on_received);
        return 0;
    case CONN_WORK:
        stop_timer(lane);
        future_then(f, work);
        return later(lane);
    case CONN_DONE:
        break;
    }
    if (lane->open && !lane->in_write)
        step_offer(lane->fd, lane->conn);
    future_then(future_then(f, hang_up), end);
    return 0;
}

static void start(struct talk *talk, struct lane *lane, struct conn *conn)
{
    *lane = (struct lane){.talk = talk, .conn = conn};
    future_init(&lane->future, forget);
    gather_add(&talk->done, &lane->future);
    lane->tcp.data = lane->timer.data = lane;
    uv_timer_init(&talk->loop, &lane->timer);
    future_resolve(&lane->future, follow(lane, conn_start(conn)));
}

static long close_loop(struct future *all, long result)
{
    struct talk *talk = (void *)((char *)all - offsetof(struct talk, done.all));

    uv_close((uv_handle_t *)&talk->idle, NULL);
    return result;
}

static void talk_all(struct talk *talk, struct connections *work)
{
    STAILQ_INIT(&talk->later);
    talk->idle.data = talk;
    uv_idle_init(&talk->loop, &talk->idle);
    gather_init(&talk->done, work->n);
    future_then(&talk->done.all, close_loop);
    for (size_t i = 0; i < work->n; i++) {
        start(talk, &talk->lanes[i], &work->conns[i]);
        if (burst_ends(i))
            uv_run(&talk->loop, UV_RUN_NOWAIT);
    }
    uv_run(&talk->loop, UV_RUN_DEFAULT);
    uv_loop_close(&talk->loop);
}

int future_talk(struct connections *work)
{
    struct talk *talk = malloc(sizeof(*talk) + work->n * sizeof(struct lane));
    int error = talk ? uv_loop_init(&talk->loop) : -ENOMEM;

    if (!error)
        talk_all(talk, work);
    free(talk);
    return error;
}
