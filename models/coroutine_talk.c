/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a coroutine waits on a socket: it tries, and where that says -EAGAIN it
 * switches to the loop, which switches back when the socket is ready.  talk()
 * is the same as for threads: compare with wait/blocking.c.
 */
#include "models/coroutine_talk.h"

#include <errno.h>
#include <stdlib.h>

#include "models/coroutine_stacks.h"
#include "models/wait/bursts.h"
#include "models/wait/readiness.h"
#include "models/wait/steps.h"
#include "models/wait/talk.h"

struct loop {
    struct readiness readiness;
    struct stacks stacks; /* stacks.thread runs the loop */
    struct connections *work;
    /* Consumed before the next wait, so one buffer serves all lanes. */
    char bytes[64 * 1024];
};

/* On its own stack. */
struct lane {
    struct waiter waiter; /* first: what wake() gets */
    struct wire wire;
    struct coroutine *self;
    struct loop *loop;
};

static struct lane *lane_of(struct wire *wire)
{
    return (void *)((char *)wire - offsetof(struct lane, wire));
}

static void wake(struct waiter *waiter)
{
    struct lane *lane = (struct lane *)waiter;

    coroutine_switch(&lane->loop->stacks.thread, lane->self);
}

/* 0; or -ETIME: at_ns came first; or -ENOMEM: it did not wait. */
static int await(struct lane *lane, uint64_t at_ns)
{
    int error = readiness_wait(&lane->loop->readiness, &lane->waiter, at_ns);

    if (error)
        return error;
    coroutine_switch(lane->self, &lane->loop->stacks.thread);
    return lane->waiter.late ? -ETIME : 0;
}

static int await_dial(struct wire *wire, const struct conn *c)
{
    struct lane *lane = lane_of(wire);
    int begun = step_dial(c, &wire->fd), error = begun;

    if (wire->fd >= 0)
        error =
            readiness_watch(&lane->loop->readiness, &lane->waiter, wire->fd);
    if (error || begun != -EAGAIN)
        return error ? error : begun;
    error = await(lane, c->deadline_ns);
    return error ? error : step_dialled(wire->fd);
}

static ssize_t await_send(struct wire *wire, const struct conn *c,
                          const void *data, size_t len)
{
    ssize_t n;

    while ((n = step_send(wire->fd, data, len)) == -EAGAIN) {
        int error = await(lane_of(wire), c->deadline_ns);

        if (error)
            return error;
    }
    return n;
}

static ssize_t await_recv(struct wire *wire, const struct conn *c,
                          const void **ret_data)
{
    struct lane *lane = lane_of(wire);
    char *bytes = lane->loop->bytes;
    ssize_t n;

    *ret_data = bytes;
    while ((n = step_receive(wire->fd, bytes, sizeof(lane->loop->bytes))) ==
           -EAGAIN) {
        int error = await(lane, c->deadline_ns);

        if (error)
            return error;
    }
    return n;
}

/* The others have a turn of the loop. */
static void await_pause(struct wire *wire, enum work_left left)
{
    uint64_t now_ns = clock_ns();

    await(lane_of(wire), left == WORK_LATER ? now_ns + NS_PER_MS : now_ns);
}

static const struct waits waits = {
    .dial = await_dial,
    .send = await_send,
    .recv = await_recv,
    .pause = await_pause,
};

static struct coroutine *converse(struct coroutine *self)
{
    struct loop *loop = self->stacks->context;
    struct lane lane = {.self = self, .loop = loop};

    lane.wire = (struct wire){.waits = &waits, .fd = -1};
    talk(&lane.wire, &loop->work->conns[self->index]);
    return &self->stacks->thread;
}

static int run(struct loop *loop)
{
    struct stacks *stacks = &loop->stacks;
    int error = 0;

    for (size_t i = 0; !error && i < loop->work->n; i++) {
        coroutine_switch(&stacks->thread, stacks_begin(stacks));
        if (burst_ends(i))
            error = readiness_turn(&loop->readiness, wake);
    }
    return error ? error : readiness_run(&loop->readiness, wake);
}

int coroutine_talk(struct connections *work)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    int error = -ENOMEM;

    if (loop)
        error = stacks_init(&loop->stacks, work->n, converse, loop);
    if (!error) {
        loop->work = work;
        error = readiness_init(&loop->readiness);
        if (!error) {
            error = run(loop);
            readiness_finish(&loop->readiness);
        }
        stacks_finish(&loop->stacks);
    }
    free(loop);
    return error;
}
