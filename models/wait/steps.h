/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_STEPS_H
#define BATON_MODELS_WAIT_STEPS_H

#include <stddef.h>
#include <sys/types.h>

#include "workloads/kinds/connections.h"

/*
 * What a lane does with its socket, in steps that never wait.  -EAGAIN: it has
 * to wait first, to send until there is room, to receive until there is
 * something.  Who waits, and how, the model decides.
 */

/*
 * Opens a socket to conn->dial: *ret_fd is its descriptor, or -1.  0; or
 * -EAGAIN: when there is room, step_dialled() says how it ended; or -errno.
 */
int step_dial(const struct conn *conn, int *ret_fd);
int step_dialled(int fd);

/* Bytes, or -errno. */
ssize_t step_send(int fd, const void *data, size_t len);
ssize_t step_receive(int fd, void *buffer, size_t size);

/* What is pending when the lane is done, once.  Accepts -1. */
void step_offer(int fd, const struct conn *conn);

#endif
