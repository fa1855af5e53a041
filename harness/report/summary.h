/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_SUMMARY_H
#define BATON_HARNESS_REPORT_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "harness/report/results.h"

/*
 * The report of the terminal, `width` columns wide, or of summary.txt (0): what
 * was found, a table of all cells, the matrix of the sites where it is what was
 * asked for or not all alike, and the noise.
 */
void summary_print(const struct results *r, bool colour, size_t width,
                   FILE *out);

/*
 * What a run amounts to, in exit codes: 5 when a cell broke, else 1 when
 * something that promised to be right was wrong, when models made different
 * things of a site, or did not give back what they took, else 0.
 */
int summary_verdict(const struct results *r);

#endif
