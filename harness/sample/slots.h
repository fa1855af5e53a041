/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_SLOTS_H
#define BATON_HARNESS_SAMPLE_SLOTS_H

#include "harness/sample/plan.h"

/*
 * The memory that a sample's process writes its results to: a slot for each
 * iteration, the warm-up's first.
 */
struct slots {
    int fd;
    char *bytes;
    size_t stride, n;
};

/* How many iterations a sample of the cell may have. */
uint64_t slots_most(const struct cell *cell);

/* For the cell's next sample: 0, or -errno. */
int slots_open(const struct cell *cell, struct slots *ret);
/* A copy of the last journal that was begun, for free(); 0 or -ENOMEM. */
int slots_journal(const struct cell *cell, const struct slots *r,
                  struct journal **ret);
void slots_close(struct slots *r);

#endif
