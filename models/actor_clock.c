/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that waits for the time and the sockets of all actors. */
#include "models/actor_clock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "workloads/clock.h"

enum { EVENTS = 256 }; /* of a turn */

static void look_up(void *context)
{
    struct actor_clock *clock = context;

    eventfd_write(clock->wake_fd, 1);
}

void waiter_at(struct actor_clock *clock, struct waiter *w, uint64_t at_ns)
{
    uint64_t earliest_ns;
    int error;

    pthread_mutex_lock(&clock->lock);
    earliest_ns = deadlines_earliest_ns(&clock->deadlines);
    error = deadlines_put(&clock->deadlines, &w->deadline, at_ns);
    pthread_mutex_unlock(&clock->lock);
    if (error)
        actors_stop(clock->actors, error);
    else if (at_ns < earliest_ns)
        look_up(clock);
}

int waiter_watch(struct actor_clock *clock, struct waiter *w, int fd,
                 uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data.ptr = w};

    /* It is known from an earlier wait; else it is new. */
    if (epoll_ctl(clock->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
    if (errno == ENOENT &&
        epoll_ctl(clock->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    return -errno;
}

void waiter_wake(struct worker *worker, struct waiter *w)
{
    if (!atomic_exchange(&w->woken, true))
        actor_send(worker, &w->actor, &w->letter);
}

/* Sends the letters of those whose time has come; returns the next one's. */
static uint64_t wake_due(struct actor_clock *clock, struct worker *worker)
{
    struct deadline *due;
    uint64_t earliest_ns, now_ns = clock_ns();

    pthread_mutex_lock(&clock->lock);
    while ((due = deadlines_pop(&clock->deadlines, now_ns)))
        waiter_wake(worker,
                    (void *)((char *)due - offsetof(struct waiter, deadline)));
    earliest_ns = deadlines_earliest_ns(&clock->deadlines);
    pthread_mutex_unlock(&clock->lock);
    actors_wake(worker);
    return earliest_ns;
}

static int wait_until(struct actor_clock *clock, struct epoll_event *events,
                      uint64_t until_ns)
{
    uint64_t now_ns = clock_ns(),
             ns = until_ns > now_ns ? until_ns - now_ns : 0;
    const struct timespec left = {.tv_sec = (time_t)(ns / NS_PER_S),
                                  .tv_nsec = (long)(ns % NS_PER_S)};

    return epoll_pwait2(clock->epoll_fd, events, EVENTS,
                        until_ns == UINT64_MAX ? NULL : &left, NULL);
}

static void run(void *context, struct worker *worker)
{
    struct actor_clock *clock = context;
    struct epoll_event events[EVENTS];
    eventfd_t wakes;

    while (!actors_are_over(clock->actors)) {
        uint64_t until_ns = wake_due(clock, worker);
        int n = wait_until(clock, events, until_ns);

        if (n < 0 && errno != EINTR)
            actors_stop(clock->actors, -errno);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr)
                waiter_wake(worker, events[i].data.ptr);
            else
                eventfd_read(clock->wake_fd, &wakes);
    }
}

int actor_clock_init(struct actor_clock *clock, struct actors *actors)
{
    struct epoll_event event = {.events = EPOLLIN};

    *clock = (struct actor_clock){
        .actors = actors,
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
    };
    pthread_mutex_init(&clock->lock, NULL);
    if (clock->epoll_fd < 0 || clock->wake_fd < 0 ||
        epoll_ctl(clock->epoll_fd, EPOLL_CTL_ADD, clock->wake_fd, &event))
        return -errno;
    actors->beside = run;
    actors->beside_wake = look_up;
    actors->beside_context = clock;
    return 0;
}

void actor_clock_finish(struct actor_clock *clock)
{
    if (clock->wake_fd >= 0)
        close(clock->wake_fd);
    if (clock->epoll_fd >= 0)
        close(clock->epoll_fd);
    pthread_mutex_destroy(&clock->lock);
    deadlines_finish(&clock->deadlines);
}
