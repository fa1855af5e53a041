/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * io-uring: one thread, operations that the kernel completes.
 *
 * Who runs it?  The thread, which takes completions out of a ring that it has
 *   in common with the kernel, and puts the next operations into another one.
 * How it waits.  All operations at once, in the one io_uring_enter() that also
 *   submits what was queued since the last one.
 * Shared state.  The counter, unguarded and safe as long as a task does not
 *   hand over between its load and its store; counter-split does.
 *
 * Compare with libuv.c, where the kernel reports that a socket is ready and the
 * program then reads it; its conversation is in io_uring_talk.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "models/io_uring_ring.h"
#include "models/io_uring_talk.h"
#include "models/model.h"
#include "models/wait/turns.h"

/* A task's turn is the completion of an operation that does nothing. */
struct tasks {
    struct ring ring;
    struct counting *work;
    struct turns turns[];
};

static void hand_over(struct ring *ring, size_t task)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

    io_uring_prep_nop(sqe);
    io_uring_sqe_set_data64(sqe, task);
}

static void on_turn(struct ring *ring, const struct io_uring_cqe *cqe)
{
    struct tasks *tasks = (struct tasks *)ring;
    size_t task = cqe->user_data;

    if (turns_take(tasks->work, &tasks->turns[task], task))
        hand_over(ring, task);
    else
        ring->left--;
}

static int count_all(struct tasks *tasks, struct counting *work)
{
    int error = 0;

    for (size_t i = 0; i < work->tasks; i++)
        gate_enter(work->gate, i);
    for (size_t i = 0; !error && i < work->tasks; i++) {
        error = ring_make_room(&tasks->ring);
        if (!error)
            hand_over(&tasks->ring, i);
    }
    return error ? error : ring_run(&tasks->ring);
}

static int count(struct counting *work)
{
    struct tasks *tasks =
        calloc(1, sizeof(*tasks) + work->tasks * sizeof(struct turns));
    int error = tasks ? ring_init(&tasks->ring) : -ENOMEM;

    if (!error) {
        tasks->work = work;
        tasks->ring.left = work->tasks;
        tasks->ring.completed = on_turn;
        error = count_all(tasks, work);
        ring_finish(&tasks->ring);
    }
    free(tasks);
    return error;
}

/* A task that sleeps is a time-out, of which only the kernel keeps anything. */
struct sleeping_tasks {
    struct ring ring;
    struct sleeping *work;
};

static void sleep_until(struct ring *ring, size_t task, uint64_t until_ns)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

    io_uring_prep_timeout(sqe, ring_time(ring, sqe, until_ns), 0,
                          IORING_TIMEOUT_ABS);
    io_uring_sqe_set_data64(sqe, task);
}

static void on_time(struct ring *ring, const struct io_uring_cqe *cqe)
{
    struct sleeping *work = ((struct sleeping_tasks *)ring)->work;
    size_t task = cqe->user_data;
    uint64_t until_ns = sleeper_woke(work, task);

    if (until_ns) {
        sleep_until(ring, task, until_ns);
        return;
    }
    gate_leave(work->gate, task);
    ring->left--;
}

static int sleep_all(struct sleeping *work)
{
    struct sleeping_tasks tasks = {
        .ring = {.left = work->tasks, .completed = on_time}, .work = work};
    int error = ring_init(&tasks.ring);

    if (error)
        return error;
    for (size_t i = 0; !error && i < work->tasks; i++) {
        gate_enter(work->gate, i);
        error = ring_make_room(&tasks.ring);
        if (!error)
            sleep_until(&tasks.ring, i, sleeper_begin(work, i));
    }
    if (!error)
        error = ring_run(&tasks.ring);
    ring_finish(&tasks.ring);
    return error;
}

/* The token goes to a runner as the completion of an empty operation. */
struct runners {
    struct ring ring;
    struct relay *work;
};

static void on_token(struct ring *ring, const struct io_uring_cqe *cqe)
{
    size_t next = relay_carry(((struct runners *)ring)->work, cqe->user_data);

    if (next == SIZE_MAX)
        ring->left = 0;
    else
        hand_over(ring, next);
}

static int relay(struct relay *work)
{
    struct runners runners = {
        .ring = {.left = work->runners, .completed = on_token}, .work = work};
    int error = ring_init(&runners.ring);

    if (error)
        return error;
    for (size_t i = 0; i < work->runners; i++)
        gate_enter(work->gate, i);
    if (work->runners)
        hand_over(&runners.ring, 0);
    error = ring_run(&runners.ring);
    for (size_t i = 0; i < work->runners; i++)
        gate_leave(work->gate, i);
    ring_finish(&runners.ring);
    return error;
}

/* Most of it is in the kernel, so its version counts too. */
static const char *version(void)
{
    static char text[sizeof(struct utsname)];
    struct utsname kernel;

    if (uname(&kernel))
        return "liburing " LIBRARY_VERSION;
    snprintf(text, sizeof(text), "liburing %s, Linux %s", LIBRARY_VERSION,
             kernel.release);
    return text;
}

const struct model model_io_uring = {
    .contract = MODEL_CONTRACT,
    .name = "io-uring",
    .label = "io_uring",
    .summary = "one thread, operations that the kernel completes",
    .family = FAMILY_LOOPS,
    .mark = 5,
    .probe = io_uring_talk_probe,
    .library_version = version,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL},
    .connections = {.run = io_uring_talk, .at_once = AT_ONCE_ALL},
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ALL},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
