/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/grade/box_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/grade/box.h"
#include "workloads/clock.h"

static int write_number(const struct box_cgroup *g, const char *name,
                        unsigned value)
{
    char path[128], text[16];
    int fd, n = snprintf(text, sizeof(text), "%u", value), error;

    snprintf(path, sizeof(path), "%s/%s", g->path, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    error = write(fd, text, (size_t)n) == n ? 0 : -errno;
    close(fd);
    return error;
}

void box_cgroup_make(struct box_cgroup *g)
{
    /* Version 1 has a hierarchy for each controller, version 2 one for all. */
    static const char *const above[] = {"/sys/fs/cgroup/pids",
                                        "/sys/fs/cgroup"};

    for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
        snprintf(g->path, sizeof(g->path), "%s/baton-grade-%d-%llx", above[i],
                 getpid(), (unsigned long long)clock_ns());
        if (mkdir(g->path, 0755))
            continue;
        if (write_number(g, "pids.max", BOX_PROCESSES) == 0)
            return;
        rmdir(g->path);
    }
    g->path[0] = '\0';
}

int box_cgroup_add(const struct box_cgroup *g, pid_t pid)
{
    return g->path[0] ? write_number(g, "cgroup.procs", (unsigned)pid) : 0;
}

void box_cgroup_remove(struct box_cgroup *g)
{
    if (g->path[0])
        rmdir(g->path);
    g->path[0] = '\0';
}
