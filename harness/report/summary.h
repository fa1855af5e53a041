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
 * The exit status of a run: 5 when a cell is incomplete; else 1 when a promised
 * result was wrong, when models reported different outcomes of a site, or when
 * something was left open; else 0.
 */
/* The verdicts on claims, and what else of the machine a reader must know. */
void summary_of_verdicts(const struct results *r, bool colour, size_t width,
                         FILE *out);
int summary_verdict(const struct results *r);

#endif
