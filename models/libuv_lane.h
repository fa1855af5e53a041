/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_LIBUV_LANE_H
#define BATON_MODELS_LIBUV_LANE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "workloads/kinds/connections.h"

/* Bytes that loop->data points at: what all lanes of a loop read into. */
enum { LIBUV_BUFFER = 64 * 1024 };

struct libuv_lane;

/* What an embedder of the lane does itself; see libuv_accept(). */
struct libuv_hooks {
    /* Call libuv_expire() at lane->armed_ns, or a little later. */
    void (*arm)(struct libuv_lane *lane);
    /* All is over; the lane and its conn are the embedder's again. */
    void (*closed)(struct libuv_lane *lane);
};

/* One connection: what libuv wants back before it may be used again. */
struct libuv_line {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    bool closing;
};

/* One lane on a libuv loop.  Its members are libuv_lane.c's own. */
struct libuv_lane {
    struct libuv_line lines[2]; /* while one is closing, the other can dial */
    struct libuv_line *line;    /* NULL: hung up */
    uv_timer_t timer;           /* unused with hooks */
    uv_loop_t *loop;
    struct conn *conn;
    size_t in_write;   /* bytes that line->write is to send */
    uint64_t armed_ns; /* the timer fires no later; UINT64_MAX: not armed */
    bool writing;
    bool passed_over; /* by this turn: it can be read in the next one */
    bool waiting;     /* for a line to be closed; then: */
    enum verb next;
    const struct libuv_hooks *hooks; /* NULL: a lane of the model */
};

/*
 * How the libuv model waits: starts `conn` and drives it to DONE from `loop`,
 * which calls back.  Both must live until the loop has run out of handles.
 */
void libuv_start(struct libuv_lane *lane, uv_loop_t *loop, struct conn *conn);

/*
 * The answering direction, for the origin: accepts the connection that
 * `listener` announced and drives `conn` on it with the same callbacks.  Time
 * is the caller's: libuv's timers count milliseconds.  `lane` and `conn` must
 * live until hooks->closed(), which is called also after an error is returned
 * (0 or -errno).
 */
int libuv_accept(struct libuv_lane *lane, uv_stream_t *listener,
                 struct conn *conn, const struct libuv_hooks *hooks);
void libuv_expire(struct libuv_lane *lane);

#endif
