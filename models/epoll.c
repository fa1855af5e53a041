/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * epoll: one thread, an event loop that is written by hand.
 *
 * Who runs it?  The loop below: it serves each lane whose socket is ready, and
 *   nothing interrupts it.
 * How it waits.  All lanes at once, in epoll_wait(): the kernel keeps the set
 *   of sockets, and returns those with news.  (A turn of the loop is in
 *   wait/epoll_loop.c, which epoll_mt.c has too.)
 * Shared state.  The counter and the buffer, unguarded and safe as long as a
 *   task does not hand over between its load and its store.
 *
 * Compare with poll.c, where the set is handed in each time, with libuv.c,
 * where a library has the loop, and with epoll_mt.c, where threads have one
 * each.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "models/model.h"
#include "models/wait/bursts.h"
#include "models/wait/epoll_loop.h"
#include "models/wait/eventfds.h"
#include "models/wait/heap_sleep.h"
#include "models/wait/turns.h"

static int run(struct epoll_loop *loop, struct connections *work)
{
    int error = 0;

    for (size_t i = 0; !error && i < work->n; i++) {
        lanes_start(&loop->lanes, &loop->each[i], &work->conns[i]);
        if (burst_ends(i))
            error = epoll_loop_turn(loop, false);
    }
    while (!error && loop->lanes.left > 0)
        error = epoll_loop_turn(loop, true);
    return error;
}

static int connect_all(struct connections *work)
{
    struct epoll_loop *loop = NULL;
    int error = epoll_loop_create(work->n, NULL, &loop);

    if (!error)
        error = run(loop, work);
    epoll_loop_destroy(loop);
    return error;
}

/* Nothing to wait for but the time: in nanoseconds, unlike epoll_wait(). */
static int wait_for_time(void *context, const struct timespec *timeout)
{
    const int *epoll_fd = context;
    struct epoll_event event;

    if (epoll_pwait2(*epoll_fd, &event, 1, timeout, NULL) < 0 && errno != EINTR)
        return -errno;
    return 0;
}

static int sleep_all(struct sleeping *work)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC), error;

    if (epoll_fd < 0)
        return -errno;
    for (size_t i = 0; i < work->tasks; i++)
        gate_enter(work->gate, i);
    error = heap_sleep(work, 0, 1, wait_for_time, &epoll_fd);
    close(epoll_fd);
    return error;
}

/*
 * A runner is an eventfd.  Edge-triggered: each write is news, so that its
 * number need not be read.
 */
static int watch_runner(int epoll_fd, int fd, size_t runner)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLET,
        .data.u64 = runner,
    };

    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int pass_token(struct relay *work, int epoll_fd, const int *fds)
{
    struct epoll_event event;
    size_t next = 0;

    while (next != SIZE_MAX) {
        int n;

        eventfd_write(fds[next], 1);
        do
            n = epoll_wait(epoll_fd, &event, 1, -1);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return -errno;
        next = relay_carry(work, event.data.u64);
    }
    return 0;
}

static int relay(struct relay *work)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC), *fds, error;

    if (epoll_fd < 0)
        return -errno;
    error = eventfds_open(work->runners, &fds);
    if (!error) {
        for (size_t i = 0; !error && i < work->runners; i++) {
            error = watch_runner(epoll_fd, fds[i], i);
            gate_enter(work->gate, i);
        }
        if (!error && work->runners)
            error = pass_token(work, epoll_fd, fds);
        for (size_t i = 0; i < work->runners; i++)
            gate_leave(work->gate, i);
        eventfds_close(fds, work->runners);
    }
    close(epoll_fd);
    return error;
}

const struct model model_epoll = {
    .contract = MODEL_CONTRACT,
    .name = "epoll",
    .label = "event loop (epoll)",
    .summary = "one thread, a loop around epoll_wait()",
    .family = FAMILY_LOOPS,
    .mark = 2,
    .counting = {.run = turns_run,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL},
    .connections = {.run = connect_all, .at_once = AT_ONCE_ALL},
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ALL},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
