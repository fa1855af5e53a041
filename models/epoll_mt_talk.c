/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The loop of epoll.c, once for each thread: the lanes are dealt out before the
 * threads start, and no loop touches those of another one.
 */
#include "models/epoll_mt.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "models/wait/bursts.h"
#include "models/wait/nonblocking.h"
#include "models/wait/threads.h"

enum { EVENTS = 256 }; /* of a turn */

struct loop {
    struct lanes lanes; /* first */
    int epoll_fd;
    size_t n;
    struct lane each[];
};

struct team {
    struct connections *work;
    struct loop **loops;
    size_t n;
};

/* Edge-triggered, as in epoll.c. */
static int watch(struct lanes *lanes, struct lane *lane)
{
    struct loop *loop = (struct loop *)lanes;
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.ptr = lane,
    };
    int op = lane->dialling ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    return epoll_ctl(loop->epoll_fd, op, lane->fd, &event) ? -errno : 0;
}

/* Waits for events, or only looks for them, and serves.  0 or -errno. */
static int turn(struct loop *loop, bool waits)
{
    struct epoll_event events[EVENTS];
    /* Taken before the events: what has arrived by then goes first. */
    uint64_t now_ns = clock_ns();
    int timeout_ms = waits ? lanes_timeout_ms(&loop->lanes, now_ns) : 0;
    int n = epoll_wait(loop->epoll_fd, events, EVENTS, timeout_ms);

    if (n < 0 && errno != EINTR)
        return -errno;
    conn_woke();
    for (int i = 0; i < n; i++)
        lanes_ready(&loop->lanes, events[i].data.ptr,
                    events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    if (n < EVENTS) /* else there may be more that has arrived */
        lanes_expire(&loop->lanes, now_ns);
    lanes_work(&loop->lanes);
    return loop->lanes.error;
}

/* A loop has every so many-th lane. */
static void run(void *context, size_t number)
{
    struct team *team = context;
    struct loop *loop = team->loops[number];
    int error = 0;

    for (size_t i = 0; !error && i < loop->n; i++) {
        lanes_start(&loop->lanes, &loop->each[i],
                    &team->work->conns[i * team->n + number]);
        if (burst_ends(i))
            error = turn(loop, false);
    }
    while (!error && loop->lanes.left > 0)
        error = turn(loop, true);
    loop->lanes.error = error;
}

static int open_loop(size_t n, struct loop **ret_loop)
{
    struct loop *loop = calloc(1, sizeof(*loop) + n * sizeof(struct lane));
    int error;

    if (!loop)
        return -ENOMEM;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) {
        error = -errno;
        free(loop);
        return error;
    }
    lanes_init(&loop->lanes, watch);
    loop->n = n;
    *ret_loop = loop;
    return 0;
}

static int close_loop(struct loop *loop)
{
    int error = loop->lanes.error;

    lanes_finish(&loop->lanes, loop->each, loop->n);
    close(loop->epoll_fd);
    free(loop);
    return error;
}

int epoll_mt_talk(struct connections *work)
{
    size_t n = epoll_mt_loops(work->workers, work->n), opened = 0;
    struct team team = {
        .work = work,
        .loops = calloc(n + 1, sizeof(struct loop *)),
        .n = n,
    };
    int error = team.loops ? 0 : -ENOMEM;

    for (; !error && opened < n; opened += !error)
        error = open_loop((work->n - opened + n - 1) / n, &team.loops[opened]);
    if (!error)
        error = threads_run(n, run, NULL, &team);
    while (opened > 0) {
        int own = close_loop(team.loops[--opened]);

        error = error ? error : own;
    }
    free(team.loops);
    return error;
}
