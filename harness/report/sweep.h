/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_SWEEP_H
#define BATON_HARNESS_REPORT_SWEEP_H

#include <stddef.h>

#include "harness/results/table.h"

enum { MAX_SIZES = 256 };

/* One model's cells that differ in one parameter alone, smallest first. */
struct sweep {
    const struct entry *entries[MAX_SIZES];
    double sizes[MAX_SIZES];
    size_t n;
};

/*
 * Those that were measured, of all whose parameters but `key` are those of
 * `like`.  Beyond MAX_SIZES, the ones that come later in the table are left
 * out.
 */
void sweep_collect(const struct table *t, const char *workload,
                   const char *model, const char *key, const char *like,
                   struct sweep *ret);

/*
 * Which of several sweeps of a workload a figure is to show: the one at the
 * presets, else the longest.  Parameters of one of its cells, or NULL: no
 * model has two sizes.
 */
const char *sweep_choose(const struct table *t, const char *workload,
                         const char *key);

/* The sizes that any model has, ascending, each once; how many. */
size_t sweep_sizes(const struct table *t, const char *workload, const char *key,
                   const char *like, double ret[MAX_SIZES]);

/* How time grows over all of it, and from size i to its neighbour. */
struct estimate sweep_exponent(const struct sweep *s, unsigned rounds);
struct estimate sweep_step(const struct sweep *s, size_t i, unsigned rounds);

#endif
