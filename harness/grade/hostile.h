/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_HOSTILE_H
#define BATON_HARNESS_GRADE_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/model.h"

/*
 * Schedules that find a lost update wherever there can be one: tasks of a model
 * are held at each step, and go on in the worst order.  A free run may end
 * right for days.  In the hooked program only.
 */
extern const size_t n_hostile;
const char *hostile_name(size_t i); /* "one preemption: ..." */

struct hostile_result {
    enum hostile_end { HOSTILE_PASSED, HOSTILE_FAILED, HOSTILE_SKIPPED } end;
    char seen[384], next[256];
};

/*
 * Runs schedule i in a process of its own, which the model may end or block.
 * 0, or -errno of starting it.
 */
int hostile_run(size_t i, const struct model *m, struct hostile_result *ret);

#endif
