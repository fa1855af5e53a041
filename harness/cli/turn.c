/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of an experiment on one host are measured one after the other. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "workloads/clock.h"

/* The file belongs to the first user; others can lock it all the same. */
static int open_lock(char path[PATH_MAX])
{
    const char *dir = getenv("TMPDIR");
    int fd;

    snprintf(path, PATH_MAX, "%s/baton.lock", dir && *dir ? dir : "/tmp");
    fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);
    if (fd < 0 && errno == EACCES)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

static int wait_for(int fd, uint64_t *ret_waited_ns)
{
    uint64_t begin_ns = clock_ns();

    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return -errno;
    fputs("another part is measured on this host; this one begins when it has "
          "ended (--no-lock does not wait)\n",
          stderr);
    if (flock(fd, LOCK_EX))
        return -errno;
    *ret_waited_ns = clock_ns() - begin_ns;
    return 0;
}

int turn_take(int *ret_lock, uint64_t *ret_waited_ns)
{
    char path[PATH_MAX];
    int fd = open_lock(path);
    int error = fd < 0 ? fd : wait_for(fd, ret_waited_ns);

    if (error && fd >= 0)
        close(fd);
    if (error)
        return complain_broken("no lock for the parts on this host: %s: %s; "
                               "--no-lock measures without",
                               path, strerror(-error));
    *ret_lock = fd;
    return EXIT_DONE;
}
