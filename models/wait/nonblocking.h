/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_NONBLOCKING_H
#define BATON_MODELS_WAIT_NONBLOCKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/wait/deadlines.h"
#include "models/wait/working.h"

/*
 * Conversations on sockets that never block: the state machine of a lane, which
 * a loop calls when the lane's socket is ready.  The loop itself, and how it
 * learns that, is the model's.  Compare with talk.h, where a lane waits.
 */
struct lane {
    struct working working; /* first */
    struct lanes *lanes;    /* of its loop */
    struct deadline deadline;
    struct conn *conn;
    int fd;        /* -1: none */
    bool dialling; /* until the socket is ready for the first time */
    bool works;    /* on heavy work: no event is for it */
};

struct offload;

/* The lanes of one loop. */
struct lanes {
    /*
     * The loop's: a lane has a new socket (it is dialling); or it looks anew
     * for what its socket has already.  0 or -errno.  NULL: the loop looks at
     * all sockets before each wait.
     */
    int (*watch)(struct lanes *lanes, struct lane *lane);
    size_t left; /* that are not done */
    int error;   /* of the model itself; 0: none */
    struct deadlines deadlines;
    struct work_queue work;
    struct offload *offload; /* has the heavy work; NULL: the loop has it */
    char buffer[64 * 1024];  /* consumed before the next read */
};

void lanes_init(struct lanes *lanes,
                int (*watch)(struct lanes *lanes, struct lane *lane));
/* Closes what is open still, after an error. */
void lanes_finish(struct lanes *lanes, struct lane *each, size_t n);

void lanes_start(struct lanes *lanes, struct lane *lane, struct conn *conn);

/* Whether it waits for bytes, and not for a connection or for its work. */
bool lane_listens(const struct lane *lane);
/* Whether it waits until its socket takes more bytes. */
bool lane_sends(const struct lane *lane);

/*
 * A lane's socket is ready.  `ends`: it has an end or an error, which comes
 * after the last bytes; so it is read until then.
 */
void lanes_ready(struct lanes *lanes, struct lane *lane, bool ends);
/* The deadlines that had passed at now_ns. */
void lanes_expire(struct lanes *lanes, uint64_t now_ns);
/* One piece of heavy work. */
void lanes_work(struct lanes *lanes);
/* All heavy work of a lane has been done elsewhere. */
void lanes_worked(struct lanes *lanes, struct lane *lane);
/* How long the loop may wait; -1: until an event. */
int lanes_timeout_ms(const struct lanes *lanes, uint64_t now_ns);

#endif
