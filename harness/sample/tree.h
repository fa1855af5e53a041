/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_TREE_H
#define BATON_HARNESS_SAMPLE_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a process and all below it have, seen from outside. */
struct tree {
    unsigned processes;
    uint64_t cpu_ns;     /* also of those that ended and were waited for */
    uint64_t peak_bytes; /* the most memory of each, since tree_reset_peak() */
};

void tree_look(pid_t root, struct tree *ret);
/* Whether all threads of all of them are stopped. */
bool tree_is_stopped(pid_t root);
void tree_reset_peak(pid_t root);

/* Processes of a group that have not ended. */
unsigned tree_count_group(pid_t group);

#endif
