/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_MODELS_FUTURE_SOCKET_H
#define BATON_MODELS_FUTURE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "models/libuv_socket.h"
#include "models/wait/futures.h"
#include "workloads/kinds/connections.h"

/* What a lane's future waits for; what comes otherwise came too late. */
enum awaited { NOTHING, CONNECTED, SENT, BYTES, CLOSED, PAUSED };

/* What the lanes of a loop share. */
struct future_loop {
    uv_loop_t uv;
    /* Consumed before the next read, so one buffer serves all lanes. */
    char buffer[64 * 1024];
};

struct lane {
    struct future future; /* first: what a callback gets */
    struct future_loop *loop;
    struct conn *conn;
    enum awaited awaited;
    struct libuv_socket socket;
    uv_timer_t timer;
    bool open;         /* until it is closed the socket is libuv's */
    bool reads;        /* libuv does; bytes come when they are awaited */
    size_t in_write;   /* bytes that are being sent; 0: none */
    uint64_t timer_ns; /* the deadline that the timer is set for */
    bool overdue;      /* it has passed; what has arrived is read first */
};

/* Callbacks of a lane's future: each does one thing, or waits until it can. */
future_callback future_dial, future_send, future_receive, future_hang_up;

/* Its result is there in a millisecond. */
long future_pause(struct lane *lane);

void future_stop_timer(struct lane *lane);
/* To cancel: late results resolve nothing. */
void future_forget(struct future *f);

#endif
