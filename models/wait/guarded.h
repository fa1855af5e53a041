/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_GUARDED_H
#define BATON_MODELS_WAIT_GUARDED_H

#include "workloads/kinds/counting.h"

/*
 * A thread for each task.  Each waits at the gate for the others, calls
 * count(work, task, guard), which makes all increments of the task, and
 * leaves.  `guard` is what the tasks share beside the counter: a lock, say.
 * 0, or -errno when not all threads could be started; all are joined.
 */
int guarded_run(struct counting *work,
                void (*count)(const struct counting *work, size_t task,
                              void *guard),
                void *guard);

#endif
