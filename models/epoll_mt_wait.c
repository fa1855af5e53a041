/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sleepers and runners of several loops: dealt out before the threads start, as
 * connections are.  Compare with epoll.c.
 */
#include "models/epoll_mt.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "models/wait/eventfds.h"
#include "models/wait/heap_sleep.h"
#include "models/wait/threads.h"

struct sleepers {
    struct sleeping *work;
    size_t loops;
    _Atomic int error; /* of one of the loops; 0: none */
};

static int wait_for_time(void *context, const struct timespec *timeout)
{
    const int *epoll_fd = context;
    struct epoll_event event;

    if (epoll_pwait2(*epoll_fd, &event, 1, timeout, NULL) < 0 && errno != EINTR)
        return -errno;
    return 0;
}

static void sleep_some(void *context, size_t loop)
{
    struct sleepers *s = context;
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int error = epoll_fd < 0 ? -errno
                             : heap_sleep(s->work, loop, s->loops,
                                          wait_for_time, &epoll_fd);

    if (epoll_fd >= 0)
        close(epoll_fd);
    if (error)
        s->error = error;
}

int epoll_mt_sleep(struct sleeping *work)
{
    struct sleepers s = {
        .work = work,
        .loops = epoll_mt_loops(work->workers, work->tasks),
    };
    int error;

    for (size_t i = 0; i < work->tasks; i++)
        gate_enter(work->gate, i);
    gate_break(work->gate); /* they leave it on several threads */
    error = threads_run(s.loops, sleep_some, NULL, &s);
    return error ? error : s.error;
}

/* Runner i is an eventfd of loop i, modulo the loops. */
struct ring {
    struct relay *work;
    size_t loops;
    _Atomic size_t started;
    int *fds;
    int epoll_fds[]; /* of each loop */
};

/* Each loop has its event, and learns that the relay is over. */
static void wake_all(void *context)
{
    struct ring *ring = context;

    for (size_t i = 0; i < ring->loops; i++)
        eventfd_write(ring->fds[i], 1);
}

static void give_up(void *context)
{
    struct ring *ring = context;

    relay_break(ring->work);
    wake_all(ring);
}

/*
 * The kernel orders the write before the event that it causes; the slot's word
 * does so for the compiler.
 */
static void pass_token(struct ring *ring, int epoll_fd)
{
    struct relay *work = ring->work;
    struct epoll_event event;
    size_t next = 0;

    while (next != SIZE_MAX) {
        int n = epoll_wait(epoll_fd, &event, 1, -1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            relay_break(work);
            return;
        }
        atomic_load_explicit(&work->slots[event.data.u64].word,
                             memory_order_acquire);
        next = relay_carry(work, event.data.u64);
        if (next == SIZE_MAX)
            return;
        atomic_store_explicit(&work->slots[next].word, 1, memory_order_release);
        eventfd_write(ring->fds[next], 1);
    }
}

/* The last loop to start lets all runners in, and hands the first the token. */
static void relay_some(void *context, size_t loop)
{
    struct ring *ring = context;

    if (++ring->started == ring->loops) {
        for (size_t i = 0; i < ring->work->runners; i++)
            gate_enter(ring->work->gate, i);
        eventfd_write(ring->fds[0], 1);
    }
    pass_token(ring, ring->epoll_fds[loop]);
    wake_all(ring);
}

static int open_loops(struct ring *ring, size_t *ret_opened)
{
    for (size_t i = 0; i < ring->loops; i++) {
        ring->epoll_fds[i] = epoll_create1(EPOLL_CLOEXEC);
        if (ring->epoll_fds[i] < 0)
            return -errno;
        ++*ret_opened;
    }
    for (size_t i = 0; i < ring->work->runners; i++) {
        struct epoll_event event = {
            .events = EPOLLIN | EPOLLET,
            .data.u64 = i,
        };

        if (epoll_ctl(ring->epoll_fds[i % ring->loops], EPOLL_CTL_ADD,
                      ring->fds[i], &event))
            return -errno;
    }
    return 0;
}

static int run_relay(struct ring *ring)
{
    struct relay *work = ring->work;
    size_t opened = 0;
    int error = open_loops(ring, &opened);

    if (!error)
        error = threads_run(ring->loops, relay_some, give_up, ring);
    for (size_t i = 0; !error && i < work->runners; i++)
        gate_leave(work->gate, i);
    while (opened > 0)
        close(ring->epoll_fds[--opened]);
    return error;
}

int epoll_mt_relay(struct relay *work)
{
    size_t loops = epoll_mt_loops(work->workers, work->runners);
    struct ring *ring = calloc(1, sizeof(*ring) + loops * sizeof(int));
    int error;

    if (!ring)
        return -ENOMEM;
    ring->work = work;
    ring->loops = loops;
    error = eventfds_open(work->runners, &ring->fds);
    if (!error) {
        error = run_relay(ring);
        eventfds_close(ring->fds, work->runners);
    }
    free(ring);
    return error;
}
