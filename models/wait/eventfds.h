/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_EVENTFDS_H
#define BATON_MODELS_WAIT_EVENTFDS_H

#include <stddef.h>

/* An eventfd for each of n, which wakes the loop of one.  0 or -errno. */
int eventfds_open(size_t n, int **ret_fds);
void eventfds_close(int *fds, size_t n);

#endif
