/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_IO_URING_RING_H
#define BATON_MODELS_IO_URING_RING_H

#include <liburing.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RING_ENTRIES = 256, RING_ENTRIES_EACH = 4 };

/*
 * A ring, and the loop around it: operations are queued, one system call
 * submits all of them and waits, and each completion calls back.
 */
struct ring {
    struct io_uring uring;
    size_t left; /* tasks or lanes that are not done; with 0 the loop ends */
    /* It may queue RING_ENTRIES_EACH operations. */
    void (*completed)(struct ring *r, const struct io_uring_cqe *cqe);
    /* Of entries; the kernel reads it when it takes the entry. */
    struct __kernel_timespec times[RING_ENTRIES];
};

/* 0, or -errno: the kernel is too old, or a sandbox refuses the calls. */
int ring_init(struct ring *r);
void ring_finish(struct ring *r);

/*
 * Before so many operations are queued: submits what is queued if there is no
 * room.  Operations that are linked must be submitted together.  0 or -errno.
 */
int ring_make_room(struct ring *r);

/* For an operation that takes a time: one that stays until it is submitted. */
struct __kernel_timespec *
ring_time(struct ring *r, const struct io_uring_sqe *sqe, uint64_t ns);

/* Submits all, waits for one completion or not at all, calls back. */
int ring_turn(struct ring *r, bool waits);
/* Turns until nothing is left.  0 or -errno. */
int ring_run(struct ring *r);

#endif
