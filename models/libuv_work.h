/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_LIBUV_WORK_H
#define BATON_MODELS_LIBUV_WORK_H

#include <stdbool.h>
#include <uv.h>

#include "models/wait/working.h"

/*
 * Heavy work of lanes: on the loop's thread, one piece in each turn, or on
 * libuv's worker threads.
 */
struct libuv_work {
    struct working working; /* first */
    uv_work_t request;
    struct libuv_works *all;
};

struct libuv_works {
    uv_timer_t timer; /* while all work is for later */
    uv_idle_t idle;   /* while there is work, the loop does not wait */
    struct work_queue queue;
    bool offload;
    void (*done)(struct libuv_work *work); /* on the loop's thread */
};

void libuv_works_init(struct libuv_works *works, uv_loop_t *loop, bool offload,
                      void (*done)(struct libuv_work *work));
/* When all is done: so that the loop can be closed. */
void libuv_works_close(struct libuv_works *works);

void libuv_work_begin(struct libuv_works *works, struct libuv_work *work,
                      struct conn *conn);

#endif
