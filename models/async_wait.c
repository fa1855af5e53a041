/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Resumable functions that wait.  A conversation is talk()'s loop, but each
 * wait stands in this one function, for only that can return to the loop and be
 * resumed.  Compare with wait/talk.c, where a function below it waits.
 */
#include "models/async_wait.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/model.h"
#include "models/wait/bursts.h"
#include "models/wait/readiness.h"
#include "models/wait/resumable.h"
#include "models/wait/steps.h"

struct loop {
    struct readiness readiness;
    /* Consumed before the next wait, so one buffer serves all lanes. */
    char bytes[64 * 1024];
};

struct lane {
    struct waiter waiter; /* first: what wake() gets */
    struct loop *loop;
    struct conn *conn;
    int fd;      /* -1: none */
    unsigned at; /* where it goes on */
    int error;   /* of the step that was tried, or of the wait */
    enum verb verb;
};

/* False: it cannot wait, and lane->error says why. */
static bool can_wait(struct lane *lane, uint64_t at_ns)
{
    lane->error = readiness_wait(&lane->loop->readiness, &lane->waiter, at_ns);
    return lane->error == 0;
}

/*
 * Returns to the loop; resumed, lane->error is 0, or -ETIME: at_ns came first,
 * or -ENOMEM: it did not wait.
 */
#define AWAIT(lane, at_ns)                                                     \
    do {                                                                       \
        if (can_wait(lane, at_ns)) {                                           \
            SUSPEND((lane)->at);                                               \
            (lane)->error = (lane)->waiter.late ? -ETIME : 0;                  \
        }                                                                      \
    } while (0)

/* The others have a turn of the loop. */
#define YIELD(lane)                                                            \
    do {                                                                       \
        readiness_yield(&(lane)->loop->readiness, &(lane)->waiter);            \
        SUSPEND((lane)->at);                                                   \
    } while (0)

static void hang_up(struct lane *lane)
{
    if (lane->fd >= 0)
        close(lane->fd);
    lane->fd = -1;
}

/* 0; or -EAGAIN: it is to wait; or -errno. */
static int dial(struct lane *lane)
{
    int begun, error = 0;

    hang_up(lane);
    begun = step_dial(lane->conn, &lane->fd);
    if (lane->fd >= 0)
        error =
            readiness_watch(&lane->loop->readiness, &lane->waiter, lane->fd);
    return error ? error : begun;
}

static enum verb failed(struct lane *lane)
{
    if (lane->error == -ETIME)
        return conn_expired(lane->conn);
    return conn_ended(lane->conn, lane->error);
}

/* 0: all is sent; or -EAGAIN: it is to wait. */
static int flush(struct lane *lane)
{
    const void *data;
    size_t len;

    while ((data = conn_pending(lane->conn, &len)) && len > 0) {
        ssize_t n = step_send(lane->fd, data, len);

        if (n == -EAGAIN)
            return -EAGAIN;
        if (n > 0)
            conn_sent(lane->conn, (size_t)n);
        else
            conn_unsent(lane->conn);
    }
    return 0;
}

/* -EAGAIN: it is to wait; else 0, and lane->verb is what comes next. */
static int receive(struct lane *lane)
{
    char *bytes = lane->loop->bytes;
    ssize_t n = step_receive(lane->fd, bytes, sizeof(lane->loop->bytes));

    if (n == -EAGAIN)
        return -EAGAIN;
    lane->verb = n > 0 ? conn_received(lane->conn, bytes, (size_t)n)
                       : conn_ended(lane->conn, (int)n);
    return 0;
}

/*
 * All that waits stands here, and so the function is long: a part of it that
 * waits could not be a function of its own.
 */
static bool converse(struct lane *lane)
{
    struct conn *c = lane->conn;
    enum work_left left;

    RESUME(lane->at);
    lane->verb = conn_start(c);
    while (lane->verb != CONN_DONE) {
        if (lane->verb == CONN_DIAL) {
            lane->error = dial(lane);
            if (lane->error == -EAGAIN) {
                AWAIT(lane, c->deadline_ns);
                if (!lane->error)
                    lane->error = step_dialled(lane->fd);
            }
            lane->verb = lane->error ? failed(lane) : conn_opened(c);
        } else if (lane->verb == CONN_WORK) {
            while ((left = conn_work(c)) != WORK_DONE) {
                if (left == WORK_LATER)
                    AWAIT(lane, clock_ns() + NS_PER_MS);
                else
                    YIELD(lane);
            }
            lane->verb = conn_worked(c);
        } else {
            lane->error = 0;
            while (!lane->error && flush(lane) == -EAGAIN)
                AWAIT(lane, c->deadline_ns);
            while (!lane->error && receive(lane) == -EAGAIN)
                AWAIT(lane, c->deadline_ns);
            if (lane->error)
                lane->verb = failed(lane);
        }
    }
    step_offer(lane->fd, c);
    hang_up(lane);
    END_RESUMABLE;
}

static void wake_lane(struct waiter *waiter)
{
    converse((struct lane *)waiter);
}

static int run(struct loop *loop, struct lane *lanes, struct connections *work)
{
    int error = readiness_init(&loop->readiness);

    if (error)
        return error;
    for (size_t i = 0; !error && i < work->n; i++) {
        lanes[i] =
            (struct lane){.loop = loop, .conn = &work->conns[i], .fd = -1};
        converse(&lanes[i]);
        if (burst_ends(i))
            error = readiness_turn(&loop->readiness, wake_lane);
    }
    if (!error)
        error = readiness_run(&loop->readiness, wake_lane);
    readiness_finish(&loop->readiness);
    return error;
}

int async_talk(struct connections *work)
{
    struct lane *lanes = calloc(work->n + 1, sizeof(*lanes));
    struct loop *loop = malloc(sizeof(*loop));
    int error = lanes && loop ? run(loop, lanes, work) : -ENOMEM;

    free(loop);
    free(lanes);
    return error;
}

/* All that a task is while it sleeps. */
struct sleeper {
    struct waiter waiter; /* first: what wake() gets */
    struct sleep *all;
    unsigned at; /* where it goes on */
    uint32_t index;
};

struct sleep {
    struct readiness readiness;
    struct sleeping *work;
    int error; /* of the model itself */
};

static bool sleep_on(struct sleeper *s)
{
    struct sleeping *work = s->all->work;
    uint64_t until_ns;

    RESUME(s->at);
    until_ns = sleeper_begin(work, s->index);
    while (until_ns) {
        s->all->error =
            readiness_wait(&s->all->readiness, &s->waiter, until_ns);
        if (s->all->error)
            break;
        SUSPEND(s->at);
        until_ns = sleeper_woke(work, s->index);
    }
    gate_leave(work->gate, s->index);
    END_RESUMABLE;
}

static void wake_sleeper(struct waiter *waiter)
{
    sleep_on((struct sleeper *)waiter);
}

static int run_sleepers(struct sleep *all, struct sleeper *sleepers)
{
    int error = readiness_init(&all->readiness);

    if (error)
        return error;
    for (size_t i = 0; i < all->work->tasks; i++)
        gate_enter(all->work->gate, i);
    for (size_t i = 0; !error && i < all->work->tasks; i++) {
        sleepers[i] = (struct sleeper){.all = all, .index = (uint32_t)i};
        sleep_on(&sleepers[i]);
        if (burst_ends(i))
            error = readiness_turn(&all->readiness, wake_sleeper);
    }
    if (!error)
        error = readiness_run(&all->readiness, wake_sleeper);
    readiness_finish(&all->readiness);
    return error ? error : all->error;
}

int async_sleep(struct sleeping *work)
{
    struct sleeper *sleepers = calloc(work->tasks + 1, sizeof(*sleepers));
    struct sleep all = {.work = work};
    int error = sleepers ? run_sleepers(&all, sleepers) : -ENOMEM;

    free(sleepers);
    return error;
}
