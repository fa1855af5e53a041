/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_TALK_H
#define BATON_MODELS_WAIT_TALK_H

#include <stdbool.h>
#include <sys/types.h>

#include "workloads/kinds/connections.h"

struct wire;

/*
 * How a conversation waits: each function returns when it has done it, or when
 * conn->deadline_ns has passed (-ETIME).  Who waits, a thread in the kernel or
 * a coroutine in a loop, talk() does not know.
 */
struct waits {
    /* Opens wire->fd and connects it to conn->dial: 0 or -errno. */
    int (*dial)(struct wire *wire, const struct conn *conn);
    /* Bytes that were sent, at least 1, or -errno. */
    ssize_t (*send)(struct wire *wire, const struct conn *conn,
                    const void *data, size_t len);
    /* Bytes at *ret_data, which are there until the next call; 0 or -errno. */
    ssize_t (*recv)(struct wire *wire, const struct conn *conn,
                    const void **ret_data);
    /* Between two pieces of work; `left`: WORK_MORE, or WORK_LATER. */
    void (*pause)(struct wire *wire, enum work_left left);
    /* All pieces, on another thread.  NULL, or false: piece by piece, here. */
    bool (*offload)(struct wire *wire, struct conn *conn);
};

/* The socket of a lane; a model puts what it needs behind it. */
struct wire {
    const struct waits *waits;
    int fd; /* -1: none */
};

/* Drives a lane from start to DONE, and closes the socket. */
void talk(struct wire *wire, struct conn *conn);

#endif
