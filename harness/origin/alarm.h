/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_ALARM_H
#define BATON_HARNESS_ORIGIN_ALARM_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/*
 * Alarms that ring at their nanosecond: one timerfd on a libuv loop, whose
 * own timers count milliseconds, and a binary heap of who is to be woken.
 */
struct alarm {
    uint64_t due_ns; /* CLOCK_MONOTONIC */
    size_t place;    /* in the heap, from 1; 0: not set */
    void *data;      /* the owner's */
};

struct clockwork {
    uv_poll_t poll;
    int fd;
    uint64_t set_ns;     /* what the timerfd rings at; UINT64_MAX: never */
    struct alarm **heap; /* heap[0] is unused */
    size_t n, size;
    void (*ring)(struct alarm *alarm);
};

/* 0 or -errno. ring() is called from the loop with the alarm not set. */
int clockwork_init(struct clockwork *c, uv_loop_t *loop,
                   void (*ring)(struct alarm *alarm));
/* After the loop has closed the handle. */
void clockwork_finish(struct clockwork *c);

/* Sets it, or sets it anew. Without memory it never rings. */
void alarm_set(struct clockwork *c, struct alarm *alarm, uint64_t due_ns);
void alarm_cancel(struct clockwork *c, struct alarm *alarm);

#endif
