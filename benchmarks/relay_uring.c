/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An empty operation of io_uring for each pass; see relay_loop.h. */
#include <liburing.h>

#include "benchmarks/relay_loop.h"

static int pass(struct io_uring *ring, size_t *runner)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
    struct io_uring_cqe *cqe;

    io_uring_prep_nop(sqe);
    io_uring_sqe_set_data64(sqe, *runner);
    if (io_uring_submit_and_wait(ring, 1) < 0 || io_uring_peek_cqe(ring, &cqe))
        return 1;
    *runner = cqe->user_data;
    io_uring_cqe_seen(ring, cqe);
    return 0;
}

static int run(struct bare *b)
{
    struct io_uring ring;
    size_t runner = 0;

    if (io_uring_queue_init(256, &ring,
                            IORING_SETUP_SINGLE_ISSUER |
                                IORING_SETUP_DEFER_TASKRUN) &&
        io_uring_queue_init(256, &ring, 0))
        return 1;
    b->begun_ns = clock_ns();
    for (uint64_t i = 0; i < b->passes; i++) {
        if (pass(&ring, &runner))
            return 1;
        runner = runner + 1 < b->runners ? runner + 1 : 0;
    }
    b->ended_ns = clock_ns();
    io_uring_queue_exit(&ring);
    return 0;
}

int main(int argc, char *argv[])
{
    return bare_run(argc, argv, run);
}
