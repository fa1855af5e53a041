/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_EPOLL_LOOP_H
#define BATON_MODELS_WAIT_EPOLL_LOOP_H

#include "models/wait/nonblocking.h"

/* Lanes that wait in one epoll_wait(); by one thread, but for hand_back(). */
struct epoll_loop {
    struct lanes lanes; /* first */
    int epoll_fd;
    int worked[2]; /* a pipe: lanes whose heavy work other threads have done */
    size_t n;
    struct lane each[];
};

/*
 * With `offload`, heavy work is for its threads, whose done() is
 * epoll_loop_hand_back().  0 or -errno.
 */
int epoll_loop_create(size_t n, struct offload *offload,
                      struct epoll_loop **ret_loop);
/* NULL is accepted.  Returns lanes.error. */
int epoll_loop_destroy(struct epoll_loop *loop);

void epoll_loop_hand_back(struct working *lane);

/* Waits for events, or only looks for them, and serves.  0 or -errno. */
int epoll_loop_turn(struct epoll_loop *loop, bool waits);

#endif
