/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_FORMAT_PARTS_H
#define BATON_HARNESS_RESULTS_FORMAT_PARTS_H

#include <stdio.h>

#include "harness/results/store.h"
#include "harness/results/table.h"

/* What is written of a run. */
struct selection {
    const struct recording *recording;
    struct table table;
    const char *side; /* of a check, its samples only; NULL: all */
    bool twins;       /* the second cells of A/A pairs, too */
};

/* Of this side; what was wrong or not measured may be among it. */
bool selection_has(const struct selection *s, const struct entry *e);
/* A cell that was ever wrong is not: its times are not those of the work. */
bool selection_shows(const struct selection *s, const struct entry *e);

/* How many CPUs the samples could run on; 0: the recording lacks it. */
unsigned format_cpus(const struct recording *r);

/* What formats.h describes, one each; 0 or -ENOMEM. */
typedef int format_print(const struct selection *s, FILE *out);

format_print format_gbench_cells, format_bencher, format_benchstat, format_csv;

#endif
