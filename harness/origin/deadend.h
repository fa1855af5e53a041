/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_DEADEND_H
#define BATON_HARNESS_ORIGIN_DEADEND_H

#include <stdint.h>

/*
 * Two ports of 127.0.0.1 that lead nowhere: one refuses whoever connects, the
 * other lets him wait until he gives up.
 */
enum { DEADEND_FILL = 8 };

struct deadends {
    uint16_t refused_port;
    uint16_t deaf_port;       /* 0: this kernel accepts even so */
    int refused_fd, deaf_fd;  /* 0: not open, as below */
    int guests[DEADEND_FILL]; /* those who wait there for good */
};

/* 0 or -errno.  What was opened before an error is closed by _finish(). */
int deadends_init(struct deadends *d);
/* Accepts all zeroes. */
void deadends_finish(struct deadends *d);

#endif
