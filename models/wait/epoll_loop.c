/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/wait/epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "models/wait/offload.h"

enum { EVENTS = 256 }; /* of a turn */

/*
 * Edge-triggered, so that a socket is made known once: the kernel returns it
 * when something has come, not as long as something is there.
 */
static int watch(struct lanes *lanes, struct lane *lane)
{
    struct epoll_loop *loop = (struct epoll_loop *)lanes;
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.ptr = lane,
    };
    int op = lane->dialling ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    return epoll_ctl(loop->epoll_fd, op, lane->fd, &event) ? -errno : 0;
}

/* Lanes come back by a pipe, whose event has no lane. */
static int open_pipe(struct epoll_loop *loop)
{
    struct epoll_event event = {.events = EPOLLIN};

    if (pipe2(loop->worked, O_CLOEXEC))
        return -errno;
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->worked[0], &event)
               ? -errno
               : 0;
}

int epoll_loop_create(size_t n, struct offload *offload,
                      struct epoll_loop **ret_loop)
{
    struct epoll_loop *loop =
        calloc(1, sizeof(*loop) + n * sizeof(struct lane));
    int error;

    if (!loop)
        return -ENOMEM;
    lanes_init(&loop->lanes, watch);
    loop->lanes.offload = offload;
    loop->n = n;
    loop->worked[0] = loop->worked[1] = -1;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    error = loop->epoll_fd < 0 ? -errno : offload ? open_pipe(loop) : 0;
    if (error) {
        epoll_loop_destroy(loop);
        return error;
    }
    *ret_loop = loop;
    return 0;
}

int epoll_loop_destroy(struct epoll_loop *loop)
{
    int error = loop ? loop->lanes.error : 0;

    if (!loop)
        return 0;
    lanes_finish(&loop->lanes, loop->each, loop->n);
    for (int i = 0; i < 2; i++)
        if (loop->worked[i] >= 0)
            close(loop->worked[i]);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    free(loop);
    return error;
}

void epoll_loop_hand_back(struct working *working)
{
    struct lane *lane = (struct lane *)working;
    const struct epoll_loop *loop = (struct epoll_loop *)lane->lanes;

    while (write(loop->worked[1], &lane, sizeof(lane)) < 0 && errno == EINTR) {
    }
}

/*
 * After the events of all sockets: one of a lane that ends here, or dials anew,
 * would be taken for that of its next socket.
 */
static void take_back(struct epoll_loop *loop)
{
    struct lane *lane;

    if (read(loop->worked[0], &lane, sizeof(lane)) == sizeof(lane))
        lanes_worked(&loop->lanes, lane);
}

/* True: lanes come back by the pipe. */
static bool serve(struct epoll_loop *loop, const struct epoll_event *event)
{
    struct lane *lane = event->data.ptr;
    bool ends = event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    bool dialling = lane && lane->dialling;

    if (lane)
        lanes_ready(&loop->lanes, lane, ends);
    /* Bytes that came with the connection: there is no other event for them. */
    if (dialling && (event->events & EPOLLIN) && lane_listens(lane))
        lanes_ready(&loop->lanes, lane, ends);
    return !lane;
}

int epoll_loop_turn(struct epoll_loop *loop, bool waits)
{
    struct epoll_event events[EVENTS];
    /* Taken before the events: what has arrived by then goes first. */
    uint64_t now_ns = clock_ns();
    int timeout_ms = waits ? lanes_timeout_ms(&loop->lanes, now_ns) : 0;
    int n = epoll_wait(loop->epoll_fd, events, EVENTS, timeout_ms);
    bool come_back = false;

    if (n < 0 && errno != EINTR)
        return -errno;
    conn_woke();
    for (int i = 0; i < n; i++)
        come_back |= serve(loop, &events[i]);
    if (come_back)
        take_back(loop);
    if (n < EVENTS) /* else there may be more that has arrived */
        lanes_expire(&loop->lanes, now_ns);
    lanes_work(&loop->lanes);
    return loop->lanes.error;
}
