/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_LOOP_H
#define BATON_HARNESS_ORIGIN_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/origin/timer_heap.h"

/*
 * The origin's event loop: descriptors in one epoll, timers on one timerfd to
 * the nanosecond.  It shares no code with a model: what measures the models
 * must not change with one of them.
 */
struct watch {
    int fd;
    /* EPOLLIN, EPOLLOUT, ...: level-triggered. */
    void (*ready)(struct watch *watch, uint32_t events);
};

struct loop {
    int epoll_fd;
    struct watch timer; /* its fd is the timerfd */
    uint64_t set_ns;    /* when the timerfd fires; UINT64_MAX: never */
    struct timer_heap timers;
    bool stopped;
    uint64_t late_ns; /* the longest that a timer was called too late */
};

/* 0 or -errno.  What was opened before an error is closed by _finish(). */
int loop_init(struct loop *loop);
/* Accepts all zeroes. */
void loop_finish(struct loop *loop);

/*
 * 0 or -errno.  The watch must live until its descriptor is closed, which ends
 * the watching; ready() may close any descriptor but one that is ready, too.
 */
int loop_watch(struct loop *loop, struct watch *watch, uint32_t events);
int loop_change(struct loop *loop, struct watch *watch, uint32_t events);

/*
 * timer->due() is called from loop_run(), after the descriptors that were ready
 * at that time: what arrived before a deadline is read first.  Without memory
 * the loop stops.
 */
void loop_set_timer(struct loop *loop, struct timer *timer, uint64_t due_ns);
void loop_cancel_timer(struct loop *loop, struct timer *timer);
/* late_ns, or for how long the earliest timer has been due by now. */
uint64_t loop_late_ns(const struct loop *loop);

/* Until loop_stop(), in whose turn nothing more is called.  0 or -errno. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
