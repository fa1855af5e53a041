/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A lane as an actor: it goes on as far as it can without waiting, and looks
 * again at each letter.  Any worker may run it, one after another.  Compare
 * with wait/talk.c, which stops where it waits, and libuv_talk.c, whose lanes
 * share one thread.
 */
#include "models/actor_talk.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "models/actor_clock.h"
#include "models/wait/bursts.h"
#include "models/wait/steps.h"

struct lane {
    struct waiter waiter; /* first */
    struct talk *talk;
    struct conn *conn;
    int fd; /* -1: none */
    enum verb next;
    uint32_t awaits; /* of epoll, while it waits */
    bool started, connecting;
    uint64_t asked_ns; /* when the clock wakes it; UINT64_MAX: it does not */
};

struct talk {
    struct actor actor; /* first; starts the lanes */
    struct letter letter;
    struct connections *work;
    size_t started;
    _Atomic size_t done;
    struct actors actors;
    struct actor_clock clock;
    struct lane lanes[];
};

static void hang_up(struct lane *lane)
{
    if (lane->fd >= 0)
        close(lane->fd);
    lane->fd = -1;
}

/* A deadline wakes it as well, with nothing to be read. */
static bool is_ready(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};

    return poll(&poller, 1, 0) != 0;
}

/* Each step: the next one, or -EAGAIN, when it has to wait for that. */

static int dial(struct lane *lane)
{
    struct conn *c = lane->conn;
    int error;

    if (lane->connecting && !is_ready(lane->fd))
        return -EAGAIN;
    if (lane->connecting) {
        error = step_dialled(lane->fd);
    } else {
        hang_up(lane);
        error = step_dial(c, &lane->fd);
    }
    lane->awaits = EPOLLOUT;
    lane->connecting = error == -EAGAIN;
    if (lane->connecting)
        return -EAGAIN;
    return (int)(error ? conn_ended(c, error) : conn_opened(c));
}

static int wait(struct lane *lane)
{
    struct conn *c = lane->conn;
    char bytes[64 * 1024];
    const void *data;
    size_t len;
    ssize_t n;

    lane->awaits = EPOLLOUT;
    while ((data = conn_pending(c, &len)) && len > 0) {
        n = step_send(lane->fd, data, len);
        if (n == -EAGAIN)
            return -EAGAIN;
        if (n > 0)
            conn_sent(c, (size_t)n);
        else
            conn_unsent(c);
    }
    lane->awaits = EPOLLIN;
    n = step_receive(lane->fd, bytes, sizeof(bytes));
    if (n == -EAGAIN)
        return -EAGAIN;
    return (int)(n > 0 ? conn_received(c, bytes, (size_t)n)
                       : conn_ended(c, (int)n));
}

static int step(struct lane *lane)
{
    return lane->next == CONN_DIAL ? dial(lane) : wait(lane);
}

/* It is woken by the socket, or when its deadline has passed. */
static void sleep_on(struct lane *lane, uint64_t now_ns)
{
    struct actor_clock *clock = &lane->talk->clock;
    uint64_t deadline_ns = lane->conn->deadline_ns;
    int error = waiter_watch(clock, &lane->waiter, lane->fd, lane->awaits);

    if (error)
        actors_stop(clock->actors, error);
    if (lane->asked_ns <= now_ns)
        lane->asked_ns = UINT64_MAX;
    /* One that moved to later is asked for when the earlier one has come. */
    if (deadline_ns >= lane->asked_ns)
        return;
    lane->asked_ns = deadline_ns;
    waiter_at(clock, &lane->waiter, deadline_ns);
}

/* One piece, then the others have their turn.  False: there is more. */
static bool work(struct lane *lane, struct worker *worker)
{
    enum work_left left = conn_work(lane->conn);

    if (left == WORK_MORE)
        waiter_wake(worker, &lane->waiter);
    if (left == WORK_LATER) {
        lane->asked_ns = clock_ns() + NS_PER_MS;
        waiter_at(&lane->talk->clock, &lane->waiter, lane->asked_ns);
    }
    if (left == WORK_DONE)
        lane->next = conn_worked(lane->conn);
    return left == WORK_DONE;
}

static void finish(struct lane *lane)
{
    struct talk *talk = lane->talk;

    step_offer(lane->fd, lane->conn);
    hang_up(lane);
    if (atomic_fetch_add(&talk->done, 1) + 1 == talk->work->n)
        actors_stop(&talk->actors, 0);
}

/* As far as it comes.  What arrived in time is read before it is late. */
static void look(struct actor *self, struct letter *letter,
                 struct worker *worker)
{
    struct lane *lane = (struct lane *)self;

    (void)letter;
    waiter_woke(&lane->waiter);
    if (lane->started && lane->next == CONN_DONE)
        return;
    if (!lane->started)
        lane->next = conn_start(lane->conn);
    lane->started = true;
    while (lane->next != CONN_DONE) {
        uint64_t now_ns;
        int next;

        if (lane->next == CONN_WORK) {
            if (!work(lane, worker))
                return;
            continue;
        }
        next = step(lane);
        now_ns = next < 0 ? clock_ns() : 0;
        if (next < 0 && now_ns < lane->conn->deadline_ns) {
            sleep_on(lane, now_ns);
            return;
        }
        lane->connecting = false;
        lane->next = next < 0 ? conn_expired(lane->conn) : (enum verb)next;
    }
    finish(lane);
}

static void start_burst(struct actor *self, struct letter *letter,
                        struct worker *worker)
{
    struct talk *talk = (struct talk *)self;

    while (talk->started < talk->work->n) {
        size_t lane = talk->started++;

        waiter_wake(worker, &talk->lanes[lane].waiter);
        if (!burst_ends(lane))
            continue;
        actor_send(worker, self, letter);
        return;
    }
}

static int run(struct talk *talk)
{
    size_t workers = talk->work->workers ? talk->work->workers : MODEL_WORKERS;
    int error = actor_clock_init(&talk->clock, &talk->actors);

    if (!error)
        error = actors_run(&talk->actors, workers, &talk->actor, &talk->letter);
    for (size_t i = 0; i < talk->work->n; i++)
        hang_up(&talk->lanes[i]);
    actor_clock_finish(&talk->clock);
    return error;
}

int actor_talk(struct connections *work)
{
    struct talk *talk =
        calloc(1, sizeof(*talk) + work->n * sizeof(struct lane));
    int error;

    if (!talk)
        return -ENOMEM;
    talk->work = work;
    actor_init(&talk->actor, start_burst);
    for (size_t i = 0; i < work->n; i++) {
        talk->lanes[i] = (struct lane){.talk = talk,
                                       .conn = &work->conns[i],
                                       .fd = -1,
                                       .asked_ns = UINT64_MAX};
        actor_init(&talk->lanes[i].waiter.actor, look);
    }
    actors_init(&talk->actors);
    error = work->n ? run(talk) : 0;
    actors_finish(&talk->actors);
    free(talk);
    return error;
}
