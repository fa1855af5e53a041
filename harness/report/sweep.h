/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_SWEEP_H
#define BATON_HARNESS_REPORT_SWEEP_H

#include <stddef.h>

#include "harness/results/table.h"

/* Cells that differ in one parameter alone, smallest first. */
struct sweep {
    const struct entry **entries;
    double *sizes;
    size_t n;
};

/*
 * Those that were measured, of all whose parameters but `key` are those of
 * `like`; of all models where `model` is NULL.  Without memory it is empty;
 * sweep_finish() in any case.
 */
void sweep_collect(const struct table *t, const char *workload,
                   const char *model, const char *key, const char *like,
                   struct sweep *ret);
void sweep_finish(struct sweep *s);

/*
 * Which of several sweeps of a workload a figure is to show: the longest.
 * Parameters of one of its cells, or NULL: no model has two sizes.
 */
const char *sweep_choose(const struct table *t, const char *workload,
                         const char *key);

/* How time grows over all of it, and from size i to its neighbour. */
struct estimate sweep_exponent(const struct sweep *s, unsigned rounds);
struct estimate sweep_step(const struct sweep *s, size_t i, unsigned rounds);

#endif
