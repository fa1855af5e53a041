/* SPDX-License-Identifier: MIT */
#include "models/wait/eventfds.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int eventfds_open(size_t n, int **ret_fds)
{
    int *fds = calloc(n + 1, sizeof(*fds)), error;

    if (!fds)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fds[i] < 0) {
            error = -errno;
            eventfds_close(fds, i);
            return error;
        }
    }
    *ret_fds = fds;
    return 0;
}

void eventfds_close(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
    free(fds);
}
