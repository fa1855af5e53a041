/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_DERIVED_H
#define BATON_HARNESS_RESULTS_DERIVED_H

#include "harness/results/sample.h"

/*
 * A number of a sample by its name: a column, or what follows from several (the
 * CPU time of an item).  0; -EINVAL: there is none of that name, or it is no
 * number of this sample.
 */
int sample_number(const struct sample *s, const char *name, double *ret);

/* Whether samples have a number of that name. */
bool sample_has_number(const char *name);

#endif
