/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_CONNECTION_H
#define BATON_HARNESS_ORIGIN_CONNECTION_H

#include <stdint.h>

#include "harness/origin/loop.h"
#include "workloads/web/answer.h"

/* The connections that the origin has accepted: workloads/web/answer.h. */
struct connection_set {
    struct loop *loop;
    struct server_counters *counters;
    uint64_t n;
    /* Called when the last one has closed; NULL: not. */
    void (*none_left)(void *context);
    void *context;
    char buffer[64 * 1024]; /* what each of them reads into, one at a time */
};

/*
 * Takes over the socket `fd`, and `conn` to answer on it (NULL: no memory).
 * 0, or -errno: both are closed.
 */
int connection_serve(struct connection_set *set, int fd, struct conn *conn);

#endif
