/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_MEASURE_CONTENTS_H
#define BATON_HARNESS_MEASURE_CONTENTS_H

#include <stdbool.h>

#include "harness/measure/order.h"
#include "harness/results/claims.h"
#include "harness/sample/plan.h"

/*
 * The experiment of the default report, from the claims with its flag
 * (CLAIM_DEFAULT or CLAIM_QUICK).  Those with CLAIM_TRACE go to `traced`: one
 * sample of each model that has a kernel.  `only`: of the models, those of
 * @core alone.  What a model or the machine's limits forbid is a gap of the
 * report, not its end.  0 or -ENOMEM.
 */
int contents_plan(const struct claims *claims, enum claim_flag flag, bool only,
                  uint64_t seed, struct plan *plan, struct plan *traced);

/*
 * Which cells of a plan stay neighbours, as far as one can be the neighbour of
 * others: the pairs that a claim compares, the A/A pairs, and the cells of
 * `base` (NULL: of none) with the others at the same parameters.  `*ret` for
 * free().  0 or -ENOMEM.
 */
int contents_pairs(const struct claims *claims, const struct plan *plan,
                   const struct model *base, struct pair **ret, size_t *ret_n);

#endif
