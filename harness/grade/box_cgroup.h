/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_BOX_CGROUP_H
#define BATON_HARNESS_GRADE_BOX_CGROUP_H

#include <sys/types.h>

/* A cgroup that limits how many processes and threads there are. */
struct box_cgroup {
    char path[96]; /* "": there is none */
};

/* Of BOX_PROCESSES; with version 2 or 1, where this user may make one. */
void box_cgroup_make(struct box_cgroup *g);
/* 0 or -errno. */
int box_cgroup_add(const struct box_cgroup *g, pid_t pid);
/* Once all of its processes have ended. */
void box_cgroup_remove(struct box_cgroup *g);

#endif
