/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_SUMMARY_H
#define BATON_HARNESS_REPORT_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "harness/results/store.h"
#include "harness/results/table.h"

/*
 * The report of the terminal and of summary.txt: a table of all cells, those
 * that are wrong in a group of their own, then the headline sentences.
 * Computed from what samples.tsv holds and nothing else.
 */
void summary_print(const struct recording *r, const struct table *t,
                   bool colour, FILE *out);

/*
 * What a run amounts to, in exit codes: 5 when a cell broke, else 1 when
 * something that promised to be right was wrong, else 0.
 */
int summary_verdict(const struct table *t);

#endif
