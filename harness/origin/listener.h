/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_LISTENER_H
#define BATON_HARNESS_ORIGIN_LISTENER_H

#include <stdint.h>

#include "harness/origin/connection.h"

/* A socket of the origin that accepts connections. */
struct listener {
    struct watch watch; /* first */
    struct connection_set *set;
    int *spare_fd; /* for a connection that there is no descriptor for */
    /* The side that answers one, with the context; NULL: no memory. */
    struct conn *(*create)(void *context);
    void *context;
};

/*
 * Listens on the `next`-th address behind 127.0.0.1; port 0: any that is free.
 * 0 or -errno.  All but the watch is set; what was opened before an error is
 * closed by listener_close(), which accepts all zeroes.
 */
int listener_open(struct listener *l, unsigned next, uint16_t port,
                  uint16_t *ret_port);
void listener_close(struct listener *l);

#endif
