/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_SECTIONS_H
#define BATON_HARNESS_REPORT_SECTIONS_H

#include "harness/report/document.h"
#include "harness/report/results.h"

/*
 * The sections of a report.  Each computes what it says from the results, and
 * prints nothing when they hold nothing for it.
 */
void section_against(const struct results *r, struct document *d);
void section_busy(const struct results *r, struct document *d);
bool section_has_verdicts(const struct results *r);
void section_hosts(const struct results *r, struct document *d);
void section_verdicts(const struct results *r, struct document *d);
void section_findings(const struct results *r, struct document *d);
void section_noise(const struct results *r, struct document *d);
void section_matrix(const struct results *r, struct document *d);
void section_table(const struct results *r, struct document *d);
void section_latency(const struct results *r, struct document *d);
void section_metrics(const struct results *r, struct document *d);
void section_gaps(const struct results *r, struct document *d);

/* Of the terminal alone, where it is asked for; a page has the figure. */
void section_map(const struct results *r, struct document *d);

/* Of the page alone. */
void section_claims(const struct results *r, struct document *d);
void section_models(const struct results *r, struct document *d);
void section_figures(const struct results *r, struct document *d);
void section_limits(const struct results *r, struct document *d);
void section_method(const struct results *r, struct document *d);
void section_machine(const struct results *r, struct document *d);

struct drawing; /* harness/report/figures.h */
void section_figure(const struct results *r, const struct drawing *drawing,
                    FILE *out);
/* Whether it stands in the part of a claim. */
bool section_has_figure(const struct results *r, const struct drawing *drawing);

#endif
