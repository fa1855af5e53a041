/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the box holds here, and how a command in it ended, in words. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/grade/box.h"
#include "harness/grade/box_cgroup.h"
#include "workloads/clock.h"

int box_probe(struct box_protections *ret)
{
    char *argv[] = {"true", NULL};
    const struct box box = {.argv = argv,
                            .deadline_ns = 10 * NS_PER_S,
                            .cpu_s = 10,
                            .memory_bytes = 64 << 20};
    struct box_result result;
    struct box_cgroup cgroup;
    int error;

    *ret = (struct box_protections){.other_user = geteuid() == 0};
    error = box_run(&box, &result, ret->missing, sizeof(ret->missing));
    if (error)
        return -ECANCELED;
    box_finish(&result);
    ret->namespaces = true;
    box_cgroup_make(&cgroup);
    ret->cgroup = cgroup.path[0];
    box_cgroup_remove(&cgroup);
    if (!ret->cgroup)
        snprintf(ret->missing, sizeof(ret->missing),
                 "this user may not make a cgroup of processes");
    return 0;
}

void box_describe_end(const struct box *box, const struct box_result *result,
                      char *out, size_t size)
{
    int status = result->wait_status;

    if (result->end == BOX_DEADLINE)
        snprintf(out, size, "ended after %.0f s",
                 (double)box->deadline_ns / (double)NS_PER_S);
    else if (result->end == BOX_MEMORY)
        snprintf(out, size, "ended when it used more than %.0f MiB of memory",
                 (double)box->memory_bytes / 0x1p20);
    else if (result->end == BOX_INTERRUPTED)
        snprintf(out, size, "interrupted");
    else if (WIFSIGNALED(status))
        snprintf(out, size, "signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(out, size, "exit status %d", WEXITSTATUS(status));
}
