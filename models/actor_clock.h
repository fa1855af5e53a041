/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_ACTOR_CLOCK_H
#define BATON_MODELS_ACTOR_CLOCK_H

#include <stdint.h>

#include "models/actor_system.h"
#include "models/wait/deadlines.h"

/*
 * What waits for actors, on one thread: sends a letter when a time has come or
 * a socket is ready.  An actor that gets it looks for itself what has happened.
 */
struct actor_clock {
    struct actors *actors;
    int epoll_fd, wake_fd;
    pthread_mutex_t lock; /* of: */
    struct deadlines deadlines;
};

/* An actor that can be woken. */
struct waiter {
    struct actor actor; /* first */
    struct deadline deadline;
    struct letter letter;
    atomic_bool woken; /* the letter is on its way; another tells no more */
};

/* Before the actors run.  0 or -errno. */
int actor_clock_init(struct actor_clock *clock, struct actors *actors);
void actor_clock_finish(struct actor_clock *clock);

/* Wakes the waiter, once, when CLOCK_MONOTONIC has come to at_ns. */
void waiter_at(struct actor_clock *clock, struct waiter *w, uint64_t at_ns);
/* Once, when the socket is ready for `events` of epoll.  0 or -errno. */
int waiter_watch(struct actor_clock *clock, struct waiter *w, int fd,
                 uint32_t events);
/* At the end of the queue. */
void waiter_wake(struct worker *worker, struct waiter *w);

/* By receive(), before it looks: the letter may be sent again. */
static inline void waiter_woke(struct waiter *w)
{
    atomic_exchange(&w->woken, false);
}

#endif
