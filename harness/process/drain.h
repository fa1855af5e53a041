/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_PROCESS_DRAIN_H
#define BATON_HARNESS_PROCESS_DRAIN_H

#include <sys/types.h>

/*
 * A pipe whose bytes are thrown away unread: for the output of programs that
 * would work less if it were /dev/null.
 */
struct drain {
    int read, write; /* the ends of the pipe */
    int nowhere;     /* /dev/null */
};

/* 0 or -errno. */
int drain_open(struct drain *ret);
/*
 * What stands in a pipe now is gone; it does not wait.  0: no writer is left;
 * else how many bytes, or -1 where there were none.
 */
ssize_t drain_empty(const struct drain *drain, int pipe);
void drain_close(struct drain *drain);

#endif
