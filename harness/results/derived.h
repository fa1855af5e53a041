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

/*
 * Lines of code of the lessons' straight program of a workload and a model:
 * all, and those that handle no error.  Generated; the last one has no names.
 */
extern const struct straight_lines {
    const char *workload, *model;
    unsigned code, bare;
} straight_lines[];

/* Whether samples have a number of that name. */
bool sample_has_number(const char *name);

/* "time of an item"; of a column, its name. */
const char *number_words(const char *name);

/* Whether it is of the code, and the same on every machine: lines. */
bool number_is_of_code(const char *name);

#endif
