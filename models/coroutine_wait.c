/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a coroutine waits: it switches to the loop, which switches back when its
 * socket is ready or its time has come.  talk() is the same as for threads:
 * compare with wait/blocking.c.
 */
#include "models/coroutine_wait.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "models/coroutine_stacks.h"
#include "models/model.h"
#include "models/wait/bursts.h"
#include "models/wait/offload.h"
#include "models/wait/readiness.h"
#include "models/wait/steps.h"
#include "models/wait/talk.h"

struct lane;

struct loop {
    struct readiness readiness;
    struct stacks stacks; /* stacks.thread runs the loop */
    struct offload offload;
    bool offloads; /* heavy work is for the threads of that */
    void *work;
    struct lane *lanes;
    int error; /* of the model itself */
    /* Consumed before the next wait, so one buffer serves all lanes. */
    char bytes[64 * 1024];
};

struct waiting {
    struct waiter waiter; /* first: what wake() gets */
    struct coroutine *self;
    struct loop *loop;
};

/*
 * Not on its coroutine's stack: an event of its socket may be behind that of
 * its eventfd in the same turn of the loop, and find that the lane has ended.
 */
struct lane {
    struct waiting waiting;
    struct wire wire;
};

static void wake(struct waiter *waiter)
{
    struct waiting *w = (struct waiting *)waiter;

    coroutine_switch(&w->loop->stacks.thread, w->self);
}

/* 0; or -ETIME: at_ns came first; or -ENOMEM: it did not wait. */
static int await(struct waiting *w, uint64_t at_ns)
{
    int error = readiness_wait(&w->loop->readiness, &w->waiter, at_ns);

    if (error)
        return error;
    coroutine_switch(w->self, &w->loop->stacks.thread);
    return w->waiter.late ? -ETIME : 0;
}

static struct waiting *waiting(struct wire *wire)
{
    struct lane *lane = (void *)((char *)wire - offsetof(struct lane, wire));

    return &lane->waiting;
}

static int await_dial(struct wire *wire, const struct conn *c)
{
    struct waiting *w = waiting(wire);
    int begun = step_dial(c, &wire->fd), error = begun;

    if (wire->fd >= 0)
        error = readiness_watch(&w->loop->readiness, &w->waiter, wire->fd);
    if (error || begun != -EAGAIN)
        return error ? error : begun;
    error = await(w, c->deadline_ns);
    return error ? error : step_dialled(wire->fd);
}

static ssize_t await_send(struct wire *wire, const struct conn *c,
                          const void *data, size_t len)
{
    ssize_t n;

    while ((n = step_send(wire->fd, data, len)) == -EAGAIN) {
        int error = await(waiting(wire), c->deadline_ns);

        if (error)
            return error;
    }
    return n;
}

static ssize_t await_recv(struct wire *wire, const struct conn *c,
                          const void **ret_data)
{
    struct waiting *w = waiting(wire);
    char *bytes = w->loop->bytes;
    ssize_t n;

    *ret_data = bytes;
    while ((n = step_receive(wire->fd, bytes, sizeof(w->loop->bytes))) ==
           -EAGAIN) {
        int error = await(w, c->deadline_ns);

        if (error)
            return error;
    }
    return n;
}

/* The others have a turn of the loop. */
static void await_pause(struct wire *wire, enum work_left left)
{
    struct waiting *w = waiting(wire);

    if (left == WORK_LATER) {
        await(w, clock_ns() + NS_PER_MS);
        return;
    }
    readiness_yield(&w->loop->readiness, &w->waiter);
    coroutine_switch(w->self, &w->loop->stacks.thread);
}

/* All work of a lane that is due; on the stack of its coroutine. */
struct job {
    struct working working; /* first */
    int done_fd;            /* an eventfd, which is written when it is done */
};

static void on_done(struct working *job)
{
    eventfd_write(((struct job *)job)->done_fd, 1);
}

/* The coroutine waits for another thread, as it would for its socket. */
static bool await_offload(struct wire *wire, struct conn *c)
{
    struct waiting *w = waiting(wire);
    struct job job = {.working.conn = c,
                      .done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    bool can = w->loop->offloads && job.done_fd >= 0 &&
               !readiness_watch(&w->loop->readiness, &w->waiter, job.done_fd);
    eventfd_t done;

    if (can) {
        offload_put(&w->loop->offload, &job.working);
        while (eventfd_read(job.done_fd, &done))
            await(w, UINT64_MAX);
    }
    if (job.done_fd >= 0)
        close(job.done_fd);
    return can;
}

static const struct waits waits = {
    .dial = await_dial,
    .send = await_send,
    .recv = await_recv,
    .pause = await_pause,
    .offload = await_offload,
};

static struct coroutine *converse(struct coroutine *self)
{
    struct loop *loop = self->stacks->context;
    struct connections *work = loop->work;
    struct lane *lane = &loop->lanes[self->index];

    lane->waiting = (struct waiting){.self = self, .loop = loop};
    lane->wire = (struct wire){.waits = &waits, .fd = -1};
    talk(&lane->wire, &work->conns[self->index]);
    return &self->stacks->thread;
}

static struct coroutine *sleep_on(struct coroutine *self)
{
    struct loop *loop = self->stacks->context;
    struct sleeping *work = loop->work;
    struct waiting w = {.self = self, .loop = loop};
    uint64_t until_ns = sleeper_begin(work, self->index);

    while (until_ns && await(&w, until_ns) == -ETIME)
        until_ns = sleeper_woke(work, self->index);
    /* It leaves too early where a wait failed: the run fails with it. */
    if (until_ns)
        loop->error = -ENOMEM;
    gate_leave(work->gate, self->index);
    return &self->stacks->thread;
}

static int run(struct loop *loop, size_t n)
{
    struct stacks *stacks = &loop->stacks;
    int error = readiness_init(&loop->readiness);

    if (error)
        return error;
    for (size_t i = 0; !error && i < n; i++) {
        coroutine_switch(&stacks->thread, stacks_begin(stacks));
        if (burst_ends(i))
            error = readiness_turn(&loop->readiness, wake);
    }
    if (!error)
        error = readiness_run(&loop->readiness, wake);
    readiness_finish(&loop->readiness);
    return error ? error : loop->error;
}

static int run_all(void *work, size_t n, struct lane *lanes, bool offloads,
                   struct coroutine *(*body)(struct coroutine *self))
{
    struct loop *loop = calloc(1, sizeof(*loop));
    int error = loop ? stacks_init(&loop->stacks, n, body, loop) : -ENOMEM;

    if (!error) {
        loop->work = work;
        loop->lanes = lanes;
        loop->offloads = offloads;
        error = offloads ? offload_init(&loop->offload, on_done) : 0;
        if (!error)
            error = run(loop, n);
        if (offloads)
            offload_finish(&loop->offload);
        stacks_finish(&loop->stacks);
    }
    free(loop);
    return error;
}

int coroutine_talk(struct connections *work)
{
    struct lane *lanes = calloc(work->n + 1, sizeof(*lanes));
    int error = -ENOMEM;

    if (lanes)
        error = run_all(work, work->n, lanes, work->offload, converse);
    free(lanes);
    return error;
}

int coroutine_sleep(struct sleeping *work)
{
    for (size_t i = 0; i < work->tasks; i++)
        gate_enter(work->gate, i);
    return run_all(work, work->tasks, NULL, false, sleep_on);
}
