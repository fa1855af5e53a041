/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The callback style: one lane's conversation cut at every wait, on libuv.
 * What happened calls back, libuv_follow() does what comes next.  Compare with
 * blocking.c, the same as a plain loop.
 */
#include "models/libuv_lane.h"

#include <stdbool.h>

#include "models/libuv_stream.h"

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
        libuv_follow(lane, CONN_WAIT);
    else
        libuv_follow(lane, conn_expired(lane->conn));
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

static void on_closed(uv_handle_t *handle)
{
    struct libuv_lane *lane = handle->data;

    for (size_t i = 0; i < 2; i++)
        if (handle == (uv_handle_t *)&lane->lines[i].tcp)
            lane->lines[i].closing = false;
    if (lane->waiting) {
        lane->waiting = false;
        libuv_follow(lane, lane->next);
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

void libuv_follow(struct libuv_lane *lane, enum verb verb)
{
    while (verb != CONN_WAIT) {
        struct libuv_line *line;
        int error;

        if (verb == CONN_DONE && lane->line)
            libuv_offer(lane);
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
        error = libuv_dial(lane, line);
        verb = error ? conn_ended(lane->conn, error) : CONN_WAIT;
    }
    libuv_flush(lane);
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
    error = libuv_pick_up(lane, &lane->lines[0], listener);
    libuv_follow(lane, error ? CONN_DONE : conn_opened(conn));
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
    libuv_follow(lane, conn_start(conn));
}
