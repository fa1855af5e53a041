/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/process/drain.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIPE_BYTES = 1 << 20 }; /* what a user may have without privileges */

int drain_open(struct drain *ret)
{
    struct drain d;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    d = (struct drain){.read = ends[0], .write = ends[1]};
    /* A writer rarely waits for room; without the memory, more often. */
    fcntl(d.write, F_SETPIPE_SZ, PIPE_BYTES);
    d.nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (d.nowhere < 0) {
        int error = -errno;

        drain_close(&d);
        return error;
    }
    *ret = d;
    return 0;
}

ssize_t drain_empty(const struct drain *drain, int pipe)
{
    return splice(pipe, NULL, drain->nowhere, NULL, PIPE_BYTES,
                  SPLICE_F_NONBLOCK);
}

void drain_close(struct drain *drain)
{
    const int fds[] = {drain->read, drain->write, drain->nowhere};

    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}
