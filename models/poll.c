/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poll: one thread, an event loop over the oldest portable way to wait for many
 * sockets.
 *
 * Who runs it?  The loop below: it serves each lane whose socket is ready, and
 *   nothing interrupts it.
 * How it waits.  All lanes at once, in poll(): the loop hands in the set of
 *   sockets, and the kernel looks at every one of them, each time.
 * Shared state.  The counter and the buffer, unguarded and safe as long as a
 *   task does not hand over between its load and its store.
 *
 * Compare with epoll.c, where the kernel keeps the set.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "models/model.h"
#include "models/wait/bursts.h"
#include "models/wait/eventfds.h"
#include "models/wait/heap_sleep.h"
#include "models/wait/nonblocking.h"
#include "models/wait/turns.h"

struct loop {
    struct lanes lanes;
    size_t n; /* lanes that were started */
    struct pollfd *set;
    struct lane **of; /* whose socket it is */
    struct lane each[];
};

/* What a lane waits for; 0: its socket is not in the set. */
static short wanted(const struct lane *lane)
{
    if (lane->fd < 0 || lane->works)
        return 0;
    if (lane->dialling)
        return POLLOUT;
    return (short)(POLLIN | POLLRDHUP | (lane_sends(lane) ? POLLOUT : 0));
}

/* No longer than the lanes with a socket: poll() takes no more than those. */
static nfds_t fill_set(struct loop *loop)
{
    nfds_t n = 0;

    for (size_t i = 0; i < loop->n; i++) {
        struct lane *lane = &loop->each[i];
        short events = wanted(lane);

        if (!events)
            continue;
        loop->set[n] = (struct pollfd){.fd = lane->fd, .events = events};
        loop->of[n++] = lane;
    }
    return n;
}

/* Waits for events, or only looks for them, and serves.  0 or -errno. */
static int turn(struct loop *loop, bool waits)
{
    nfds_t n = fill_set(loop);
    /* Taken before the events: what has arrived by then goes first. */
    uint64_t now_ns = clock_ns();
    int timeout_ms = waits ? lanes_timeout_ms(&loop->lanes, now_ns) : 0;
    int ready = poll(loop->set, n, timeout_ms);

    if (ready < 0 && errno != EINTR)
        return -errno;
    conn_woke();
    for (nfds_t i = 0; ready > 0 && i < n; i++) {
        short events = loop->set[i].revents;

        if (!events)
            continue;
        ready--;
        lanes_ready(&loop->lanes, loop->of[i],
                    events & (POLLRDHUP | POLLHUP | POLLERR));
    }
    lanes_expire(&loop->lanes, now_ns);
    lanes_work(&loop->lanes);
    return loop->lanes.error;
}

static int run(struct loop *loop, struct connections *work)
{
    int error = 0;

    for (size_t i = 0; !error && i < work->n; i++) {
        loop->n++;
        lanes_start(&loop->lanes, &loop->each[i], &work->conns[i]);
        if (burst_ends(i))
            error = turn(loop, false);
    }
    while (!error && loop->lanes.left > 0)
        error = turn(loop, true);
    return error;
}

static int connect_all(struct connections *work)
{
    size_t n = work->n + 1;
    struct loop *loop = calloc(1, sizeof(*loop) + n * sizeof(struct lane));
    int error = -ENOMEM;

    if (!loop)
        return error;
    loop->set = calloc(n, sizeof(*loop->set));
    loop->of = calloc(n, sizeof(struct lane *));
    if (loop->set && loop->of) {
        lanes_init(&loop->lanes, NULL);
        error = run(loop, work);
        lanes_finish(&loop->lanes, loop->each, work->n);
    }
    free(loop->of);
    free(loop->set);
    free(loop);
    return error;
}

/* Nothing to wait for but the time: in nanoseconds, unlike poll(). */
static int wait_for_time(void *context, const struct timespec *timeout)
{
    (void)context;
    if (ppoll(NULL, 0, timeout, NULL) < 0 && errno != EINTR)
        return -errno;
    return 0;
}

static int sleep_all(struct sleeping *work)
{
    for (size_t i = 0; i < work->tasks; i++)
        gate_enter(work->gate, i);
    return heap_sleep(work, 0, 1, wait_for_time, NULL);
}

/* The runner whose eventfd is ready, after it was made not ready again. */
static size_t ready_runner(struct pollfd *set, size_t n)
{
    eventfd_t count;
    size_t i = 0;

    while (i + 1 < n && !set[i].revents)
        i++;
    eventfd_read(set[i].fd, &count);
    return i;
}

/* A runner is an eventfd, and all of them are looked at for each pass. */
static int pass_token(struct relay *work, struct pollfd *set)
{
    size_t next = 0;

    while (next != SIZE_MAX) {
        int n;

        eventfd_write(set[next].fd, 1);
        do
            n = poll(set, work->runners, -1);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return -errno;
        next = relay_carry(work, ready_runner(set, work->runners));
    }
    return 0;
}

static int relay(struct relay *work)
{
    struct pollfd *set = calloc(work->runners + 1, sizeof(*set));
    int *fds, error = set ? eventfds_open(work->runners, &fds) : -ENOMEM;

    if (!error) {
        for (size_t i = 0; i < work->runners; i++) {
            set[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
            gate_enter(work->gate, i);
        }
        if (work->runners)
            error = pass_token(work, set);
        for (size_t i = 0; i < work->runners; i++)
            gate_leave(work->gate, i);
        eventfds_close(fds, work->runners);
    }
    free(set);
    return error;
}

const struct model model_poll = {
    .contract = MODEL_CONTRACT,
    .name = "poll",
    .label = "event loop (poll)",
    .summary = "one thread, a loop around poll()",
    .family = FAMILY_LOOPS,
    .mark = 3,
    .counting = {.run = turns_run,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_MAY_LOSE,
                 .at_once = AT_ONCE_ALL},
    .connections = {.run = connect_all, .at_once = AT_ONCE_ALL},
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ALL},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
