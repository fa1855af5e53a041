/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The style of futures: follow() chains the operations of future_socket.c.
 * Compare with libuv_talk.c, where each operation names what comes after it.
 */
#include "models/future_talk.h"

#include <errno.h>
#include <stdlib.h>

#include "models/future_socket.h"
#include "models/wait/bursts.h"
#include "models/wait/steps.h"

struct talk {
    struct future_loop loop; /* first */
    uv_idle_t idle;          /* while there is later work, it does not wait */
    struct later later;
    struct gather done;
    struct lane lanes[];
};

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
                  conn_received(lane->conn, lane->loop->buffer, (size_t)n));
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
    struct talk *talk = (struct talk *)lane->loop;

    uv_idle_start(&talk->idle, on_turn);
    return future_later(&talk->later, &lane->future);
}

static long work(struct future *f, long result)
{
    struct lane *lane = (struct lane *)f;
    enum work_left left = conn_work(lane->conn);

    (void)result;
    if (left == WORK_DONE)
        return follow(lane, conn_worked(lane->conn));
    future_then(f, work);
    return left == WORK_LATER ? future_pause(lane) : later(lane);
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
        future_then(future_then(future_then(f, future_hang_up), future_dial),
                    on_dialled);
        return 0;
    case CONN_WAIT:
        future_then(future_then(future_then(f, future_send), future_receive),
                    on_received);
        return 0;
    case CONN_WORK:
        future_stop_timer(lane);
        future_then(f, work);
        return later(lane);
    case CONN_DONE:
        break;
    }
    if (lane->open && !lane->in_write)
        step_offer(lane->socket.fd, lane->conn);
    future_then(future_then(f, future_hang_up), end);
    return 0;
}

static void start(struct talk *talk, struct lane *lane, struct conn *conn)
{
    *lane = (struct lane){.loop = &talk->loop, .conn = conn};
    future_init(&lane->future, future_forget);
    gather_add(&talk->done, &lane->future);
    lane->socket.handle.data = lane->timer.data = lane;
    uv_timer_init(&talk->loop.uv, &lane->timer);
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
    uv_idle_init(&talk->loop.uv, &talk->idle);
    gather_init(&talk->done, work->n);
    future_then(&talk->done.all, close_loop);
    for (size_t i = 0; i < work->n; i++) {
        start(talk, &talk->lanes[i], &work->conns[i]);
        if (burst_ends(i))
            uv_run(&talk->loop.uv, UV_RUN_NOWAIT);
    }
    uv_run(&talk->loop.uv, UV_RUN_DEFAULT);
    uv_loop_close(&talk->loop.uv);
}

int future_talk(struct connections *work)
{
    struct talk *talk = malloc(sizeof(*talk) + work->n * sizeof(struct lane));
    int error = talk ? uv_loop_init(&talk->loop.uv) : -ENOMEM;

    if (!error)
        talk_all(talk, work);
    free(talk);
    return error;
}
