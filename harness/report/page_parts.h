/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_PAGE_PARTS_H
#define BATON_HARNESS_REPORT_PAGE_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "harness/report/results.h"
#include "workloads/workload.h"

/*
 * The sections of report.html but the figures, in the order of the page.  Each
 * computes what it says from the results, and prints nothing when they hold
 * nothing for it.
 */
void page_findings(const struct results *r, FILE *out);
void page_noise(const struct results *r, FILE *out);
void page_matrix(const struct results *r, FILE *out);
void page_table(const struct results *r, FILE *out);
void page_gaps(const struct results *r, FILE *out);
void page_limits(const struct results *r, FILE *out);
void page_method(const struct results *r, FILE *out);
void page_machine(const struct results *r, FILE *out);

#endif
