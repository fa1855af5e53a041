/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/alarm.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "workloads/clock.h"

static void put(struct clockwork *c, struct alarm *alarm, size_t place)
{
    c->heap[place] = alarm;
    alarm->place = place;
}

static void rise(struct clockwork *c, struct alarm *alarm)
{
    size_t place = alarm->place;

    for (; place > 1 && c->heap[place / 2]->due_ns > alarm->due_ns; place /= 2)
        put(c, c->heap[place / 2], place);
    put(c, alarm, place);
}

static void sink(struct clockwork *c, struct alarm *alarm)
{
    size_t place = alarm->place, child;

    while ((child = 2 * place) <= c->n) {
        if (child < c->n && c->heap[child + 1]->due_ns < c->heap[child]->due_ns)
            child++;
        if (c->heap[child]->due_ns >= alarm->due_ns)
            break;
        put(c, c->heap[child], place);
        place = child;
    }
    put(c, alarm, place);
}

static void set_timer(struct clockwork *c)
{
    uint64_t due_ns = c->n ? c->heap[1]->due_ns : UINT64_MAX;
    struct itimerspec when = {0};

    /* A timer that rings too early finds nobody due, and is set anew. */
    if (due_ns >= c->set_ns)
        return;
    c->set_ns = due_ns;
    when.it_value.tv_sec = (time_t)(due_ns / NS_PER_S);
    /* All zeroes would stop it. */
    when.it_value.tv_nsec = (long)(due_ns % NS_PER_S) + (due_ns == 0);
    timerfd_settime(c->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void alarm_cancel(struct clockwork *c, struct alarm *alarm)
{
    struct alarm *last;
    size_t place = alarm->place;

    if (!place)
        return;
    last = c->heap[c->n--];
    alarm->place = 0;
    if (last == alarm)
        return;
    put(c, last, place);
    rise(c, last);
    sink(c, last);
}

void alarm_set(struct clockwork *c, struct alarm *alarm, uint64_t due_ns)
{
    if (!alarm->place) {
        if (c->n + 2 > c->size) {
            size_t size = c->size ? 2 * c->size : 64;
            struct alarm **grown = realloc(c->heap, size * sizeof(*grown));

            if (!grown)
                return;
            c->heap = grown;
            c->size = size;
        }
        put(c, alarm, ++c->n);
    }
    alarm->due_ns = due_ns;
    rise(c, alarm);
    sink(c, alarm);
    set_timer(c);
}

static void on_ring(uv_poll_t *poll, int status, int events)
{
    struct clockwork *c = poll->data;
    uint64_t times, now;

    (void)status;
    (void)events;
    if (read(c->fd, &times, sizeof(times)) < 0 && errno == EAGAIN)
        return;
    c->set_ns = UINT64_MAX;
    now = clock_ns();
    while (c->n && c->heap[1]->due_ns <= now) {
        struct alarm *alarm = c->heap[1];

        alarm_cancel(c, alarm);
        c->ring(alarm);
    }
    set_timer(c);
}

int clockwork_init(struct clockwork *c, uv_loop_t *loop,
                   void (*ring)(struct alarm *alarm))
{
    int error;

    *c = (struct clockwork){.set_ns = UINT64_MAX, .ring = ring};
    c->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (c->fd < 0)
        return -errno;
    error = uv_poll_init(loop, &c->poll, c->fd);
    c->poll.data = c;
    return error ? error : uv_poll_start(&c->poll, UV_READABLE, on_ring);
}

void clockwork_finish(struct clockwork *c)
{
    if (c->fd > 0)
        close(c->fd);
    free(c->heap);
}
