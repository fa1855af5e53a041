/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "workloads/clock.h"

enum { EVENTS = 1024 }; /* of a turn; the rest is ready in the next one */

static int control(struct loop *loop, int what, struct watch *watch,
                   uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    return epoll_ctl(loop->epoll_fd, what, watch->fd, &event) ? -errno : 0;
}

int loop_watch(struct loop *loop, struct watch *watch, uint32_t events)
{
    return control(loop, EPOLL_CTL_ADD, watch, events);
}

int loop_change(struct loop *loop, struct watch *watch, uint32_t events)
{
    return control(loop, EPOLL_CTL_MOD, watch, events);
}

static void set_timerfd(struct loop *loop)
{
    uint64_t due_ns = timer_heap_due_ns(&loop->timers);
    struct itimerspec when = {0};

    /* A timerfd that fires too early finds no timer due, and is set anew. */
    if (due_ns >= loop->set_ns)
        return;
    loop->set_ns = due_ns;
    when.it_value.tv_sec = (time_t)(due_ns / NS_PER_S);
    /* All zeroes would stop it. */
    when.it_value.tv_nsec = (long)(due_ns % NS_PER_S) + (due_ns == 0);
    timerfd_settime(loop->timer.fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void loop_set_timer(struct loop *loop, struct timer *timer, uint64_t due_ns)
{
    if (timer_heap_set(&loop->timers, timer, due_ns))
        loop_stop(loop);
    set_timerfd(loop);
}

void loop_cancel_timer(struct loop *loop, struct timer *timer)
{
    timer_heap_cancel(&loop->timers, timer);
}

static void call_due(struct loop *loop)
{
    uint64_t now_ns = clock_ns();
    struct timer *timer;

    /* Until all of them are called, the timerfd is left alone. */
    loop->set_ns = 0;
    while (!loop->stopped && (timer = timer_heap_pop(&loop->timers, now_ns))) {
        if (now_ns - timer->due_ns > loop->late_ns)
            loop->late_ns = now_ns - timer->due_ns;
        timer->due(timer);
    }
    loop->set_ns = UINT64_MAX;
    set_timerfd(loop);
}

uint64_t loop_late_ns(const struct loop *loop)
{
    uint64_t due_ns = timer_heap_due_ns(&loop->timers), now_ns = clock_ns();
    uint64_t late_ns = now_ns > due_ns ? now_ns - due_ns : 0;

    return late_ns > loop->late_ns ? late_ns : loop->late_ns;
}

static void turn(struct loop *loop, const struct epoll_event *events, int n)
{
    bool fired = false;

    for (int i = 0; i < n && !loop->stopped; i++) {
        struct watch *watch = events[i].data.ptr;

        if (watch == &loop->timer)
            fired = true;
        else
            watch->ready(watch, events[i].events);
    }
    if (fired)
        call_due(loop);
}

int loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS];

    while (!loop->stopped) {
        int n = epoll_wait(loop->epoll_fd, events, EVENTS, -1);

        if (n < 0 && errno != EINTR)
            return -errno;
        turn(loop, events, n);
    }
    return 0;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

int loop_init(struct loop *loop)
{
    *loop = (struct loop){.set_ns = UINT64_MAX};
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        return -errno;
    loop->timer.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (loop->timer.fd < 0)
        return -errno;
    /* Edge-triggered: it is never read; setting it anew clears it. */
    return loop_watch(loop, &loop->timer, EPOLLIN | EPOLLET);
}

void loop_finish(struct loop *loop)
{
    if (loop->timer.fd > 0)
        close(loop->timer.fd);
    if (loop->epoll_fd > 0)
        close(loop->epoll_fd);
    timer_heap_finish(&loop->timers);
}
