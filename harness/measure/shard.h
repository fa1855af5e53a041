/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_MEASURE_SHARD_H
#define BATON_HARNESS_MEASURE_SHARD_H

#include "harness/sample/plan.h"

/*
 * A part of an experiment, which other machines measure the rest of.  What is
 * compared inside a round stays together: cells of one workload with the same
 * values of its parameters are a group, and each part has whole groups.
 */
struct shard {
    unsigned part, parts; /* from 1; parts 0: there are none */
};

/* "2/4"; 0, or -EINVAL: no such part. */
int shard_read(const char *text, struct shard *ret);

/*
 * Leaves the cells of the part.  Which ones these are depends on the plans
 * alone: parts of one experiment have each group once.  0 or -ENOMEM.
 */
int shard_cut(const struct shard *s, struct plan *plan, struct plan *traced);

#endif
