/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_FORMAT_PARTS_H
#define BATON_HARNESS_RESULTS_FORMAT_PARTS_H

#include <stdio.h>

#include "harness/results/groups.h"

/* What formats.h describes, one each; 0 or -ENOMEM. */
typedef int format_print(const struct recording *r, const struct groups *groups,
                         FILE *out);

format_print format_gbench_cells, format_bencher, format_benchstat, format_csv;

#endif
