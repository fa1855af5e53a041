/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_COMPARE_H
#define BATON_HARNESS_REPORT_COMPARE_H

#include "harness/report/finding.h"
#include "harness/report/results.h"

/*
 * The cell that the others of its group are compared with: that of the model
 * which the header names as base=, else of the first model of the workload,
 * else the first of the group. A model in memory is the base only where it is
 * named, or alone.  NULL where deadlines set the time of the work.
 */
const struct entry *compare_base(const struct results *r,
                                 const struct entry *of);

/*
 * Adds a ratio for each cell that is beside its base, and for each parameter
 * that says how much is to do: how the time of a model grows over three or more
 * values, and where a clear ratio changes its sign.  0 or -ENOMEM.
 */
int compare_models(const struct results *r, struct finding_list *f);

/* The ratio of a cell to its base; NULL: it has none. */
const struct finding *compare_find(const struct finding_list *f,
                                   const struct entry *e);

#endif
