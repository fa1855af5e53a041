/* SPDX-License-Identifier: MIT */
#include "models/wait/readiness.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "workloads/clock.h"
#include "workloads/kinds/connections.h"

enum { EVENTS = 256 }; /* of a turn */

int readiness_init(struct readiness *r)
{
    *r = (struct readiness){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    STAILQ_INIT(&r->yielded);
    return r->epoll_fd < 0 ? -errno : 0;
}

void readiness_finish(struct readiness *r)
{
    if (r->epoll_fd >= 0)
        close(r->epoll_fd);
    deadlines_finish(&r->deadlines);
}

int readiness_watch(struct readiness *r, struct waiter *w, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
                                .data.ptr = w};

    return epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int readiness_wait(struct readiness *r, struct waiter *w, uint64_t at_ns)
{
    int error = deadlines_put(&r->deadlines, &w->deadline, at_ns);

    if (error)
        return error;
    w->waiting = true;
    r->n++;
    return 0;
}

void readiness_yield(struct readiness *r, struct waiter *w)
{
    STAILQ_INSERT_TAIL(&r->yielded, w, behind);
    r->n++;
}

static void wake_up(struct readiness *r, struct waiter *w, bool late,
                    void (*wake)(struct waiter *w))
{
    /* An event that no one waits for is found by the next try. */
    if (!w->waiting)
        return;
    deadlines_remove(&r->deadlines, &w->deadline);
    w->waiting = false;
    w->late = late;
    r->n--;
    wake(w);
}

/* One of them: what they do takes long, and the others are ready meanwhile. */
static void wake_yielded(struct readiness *r, void (*wake)(struct waiter *w))
{
    struct waiter *w = STAILQ_FIRST(&r->yielded);

    if (!w)
        return;
    STAILQ_REMOVE_HEAD(&r->yielded, behind);
    r->n--;
    wake(w);
}

/* Milliseconds until the earliest deadline, rounded up; -1: there is none. */
static int timeout_ms(const struct readiness *r, uint64_t now_ns)
{
    uint64_t at_ns = deadlines_earliest_ns(&r->deadlines), ms;

    if (at_ns == UINT64_MAX)
        return -1;
    if (at_ns <= now_ns)
        return 0;
    ms = (at_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Waits for what comes, or not at all, and wakes.  0 or -errno. */
static int turn(struct readiness *r, bool waits, void (*wake)(struct waiter *w))
{
    struct epoll_event events[EVENTS];
    /* Taken before the events: what has arrived by then goes first. */
    uint64_t now_ns = clock_ns();
    int n = epoll_wait(
        r->epoll_fd, events, EVENTS,
        waits && STAILQ_EMPTY(&r->yielded) ? timeout_ms(r, now_ns) : 0);
    struct deadline *due;

    if (n < 0 && errno != EINTR)
        return -errno;
    conn_woke();
    for (int i = 0; i < n; i++)
        wake_up(r, events[i].data.ptr, false, wake);
    if (n == EVENTS)
        return 0; /* there may be more that has arrived */
    while ((due = deadlines_pop(&r->deadlines, now_ns)))
        wake_up(r, (struct waiter *)due, true, wake);
    wake_yielded(r, wake);
    return 0;
}

int readiness_turn(struct readiness *r, void (*wake)(struct waiter *w))
{
    return turn(r, false, wake);
}

int readiness_run(struct readiness *r, void (*wake)(struct waiter *w))
{
    int error = 0;

    while (!error && r->n > 0)
        error = turn(r, true, wake);
    return error;
}
