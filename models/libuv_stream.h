/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_LIBUV_STREAM_H
#define BATON_MODELS_LIBUV_STREAM_H

#include "models/libuv_lane.h"

/* A lane's socket; for libuv_lane.c, which libuv's callbacks come back to: */
void libuv_follow(struct libuv_lane *lane, enum verb verb);

/*
 * Connects lane->line to lane->conn->dial, or accepts what `listener` announced
 * as lane->line, and reads from it.  0, or -errno: then there is a line to hang
 * up where lane->line is set.
 */
int libuv_dial(struct libuv_lane *lane, struct libuv_line *line);
int libuv_pick_up(struct libuv_lane *lane, struct libuv_line *line,
                  uv_stream_t *listener);

/*
 * Sends what is pending.  What the socket takes goes at once.  The rest, and
 * what a long answer stages next, waits for a turn of the loop: one fast reader
 * must not keep it.
 */
void libuv_flush(struct libuv_lane *lane);
/* Once, without waiting; the protocol is not told any more. */
void libuv_offer(struct libuv_lane *lane);

#endif
