/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_READINESS_H
#define BATON_MODELS_WAIT_READINESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "models/wait/deadlines.h"

/*
 * "Wake me when my socket is ready or the time has come": one epoll for the
 * lanes of one thread.  For models whose subject is how waiting code is
 * written; a model whose subject is the loop has a loop of its own.
 *
 * Edge-triggered, so a socket is made known once: a waiter tries first, and
 * waits when that says -EAGAIN.  What arrived in time wakes before a deadline
 * does.
 */
struct waiter {
    union {
        struct deadline deadline;    /* first */
        STAILQ_ENTRY(waiter) behind; /* if it has yielded: it has no deadline */
    };
    bool waiting;
    bool late; /* when it is woken: the deadline has passed */
};

struct readiness {
    int epoll_fd;
    size_t n; /* that wait, or have yielded */
    struct deadlines deadlines;
    STAILQ_HEAD(, waiter) yielded;
};

/* 0 or -errno. */
int readiness_init(struct readiness *r);
void readiness_finish(struct readiness *r);

/* Makes a socket known; until it is closed, its events wake `w`.  0, -errno. */
int readiness_watch(struct readiness *r, struct waiter *w, int fd);

/* From now on `w` waits, once, until at_ns at most.  0 or -ENOMEM. */
int readiness_wait(struct readiness *r, struct waiter *w, uint64_t at_ns);

/*
 * `w` has more to do, and lets the others go on first.  In each turn, one of
 * those that have yielded is woken, after all that is ready.
 */
void readiness_yield(struct readiness *r, struct waiter *w);

/* Wakes what is ready by now, without waiting.  0 or -errno. */
int readiness_turn(struct readiness *r, void (*wake)(struct waiter *w));

/* Wakes until nothing waits any more.  0 or -errno. */
int readiness_run(struct readiness *r, void (*wake)(struct waiter *w));

#endif
