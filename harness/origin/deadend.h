/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_DEADEND_H
#define BATON_HARNESS_ORIGIN_DEADEND_H

#include <stdint.h>

/*
 * Two ports of 127.0.0.1 that lead nowhere: one refuses connections, the queue
 * of the other is full, so that a connection to it is never established.
 */
enum { DEADEND_FILL = 8 };

struct deadends {
    uint16_t refused_port;
    uint16_t full_port;        /* 0: this kernel accepts even so */
    int refused_fd, full_fd;   /* 0: not open, as below */
    int waiting[DEADEND_FILL]; /* connections that fill the queue */
};

/*
 * To 127.0.0.1, or the `next`-th address behind it, and a port; 0: any that is
 * free.  0 or -errno.
 */
int bind_loopback(int fd, unsigned next, uint16_t port, uint16_t *ret_port);

/* 0 or -errno.  What was opened before an error is closed by _finish(). */
int deadends_init(struct deadends *d);
/* Closes a descriptor; accepts 0: not open. */
void deadend_close(int fd);
/* Accepts all zeroes. */
void deadends_finish(struct deadends *d);

#endif
