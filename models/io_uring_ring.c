/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop of io_uring.c and io_uring_talk.c. */
#include "models/io_uring_ring.h"

#include <errno.h>

#include "workloads/clock.h"
#include "workloads/kinds/connections.h"

int ring_init(struct ring *r)
{
    /* Newer kernels do less when one thread submits, and waits, for itself. */
    static const unsigned flags[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        IORING_SETUP_COOP_TASKRUN,
        0,
    };
    int error = -EINVAL;

    for (size_t i = 0; error == -EINVAL && i < 3; i++)
        error = io_uring_queue_init(RING_ENTRIES, &r->uring, flags[i]);
    return error;
}

void ring_finish(struct ring *r)
{
    io_uring_queue_exit(&r->uring);
}

int ring_make_room(struct ring *r)
{
    int n = 0;

    while (io_uring_sq_space_left(&r->uring) < RING_ENTRIES_EACH && n >= 0)
        n = io_uring_submit(&r->uring);
    return n < 0 ? n : 0;
}

struct __kernel_timespec *ring_time(struct ring *r,
                                    const struct io_uring_sqe *sqe, uint64_t ns)
{
    struct __kernel_timespec *time = &r->times[sqe - r->uring.sq.sqes];

    time->tv_sec = (long long)(ns / NS_PER_S);
    time->tv_nsec = (long long)(ns % NS_PER_S);
    return time;
}

int ring_turn(struct ring *r, bool waits)
{
    int error = waits ? io_uring_submit_and_wait(&r->uring, 1)
                      : io_uring_submit_and_get_events(&r->uring);
    struct io_uring_cqe *cqe;
    unsigned head, seen = 0;

    if (error < 0 && error != -EINTR)
        return error;
    conn_woke();
    error = 0;
    io_uring_for_each_cqe(&r->uring, head, cqe)
    {
        error = ring_make_room(r);
        if (error)
            break;
        seen++;
        if (cqe->user_data != LIBURING_UDATA_TIMEOUT)
            r->completed(r, cqe);
    }
    io_uring_cq_advance(&r->uring, seen);
    return error;
}

int ring_run(struct ring *r)
{
    int error = 0;

    while (!error && r->left > 0)
        error = ring_turn(r, true);
    return error;
}
