/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_CHART_H
#define BATON_HARNESS_REPORT_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/report/figures.h"
#include "workloads/workload.h"

/*
 * What the figures' data have in common.  A data file is one table with tabs:
 * its first line names the columns, the first column (`row`) says what a row
 * is.  All that a script draws stands there: medians and intervals, but also
 * the ends of the axes, the places of the labels and their words.
 *
 * One function per figure, each in a file named after it; 0 or -ENOENT.
 */
int cost_write(const struct results *r, FILE *out);
int lost_write(const struct results *r, FILE *out);
int growth_write_downloads(const struct results *r, FILE *out);
int growth_write_titles(const struct results *r, FILE *out);
int ratios_write(const struct results *r, FILE *out);
int order_write(const struct results *r, FILE *out);
int faults_write(const struct results *r, FILE *out);

/*
 * Hue and shape of a model, as plots/style.gp numbers them: the place of its
 * row in the registry, the model without a kernel (the floor) being 0.  Models
 * that this build does not know come after, as they appear in the table.
 */
unsigned chart_style(const struct table *t, const char *model);

/* Writes one field and what ends it; infinite or not a number: an empty one. */
void chart_number(double value, char end, FILE *out);
/* Low and high, or two empty fields; each times `scale`. */
void chart_interval(const struct estimate *e, double scale, FILE *out);

/* An axis, of logarithms unless it is linear. */
struct axis {
    double low, high; /* start with axis_empty */
    bool linear;
};
extern const struct axis axis_empty;
void axis_add(struct axis *a, double value); /* grows so as to hold it */
void axis_add_interval(struct axis *a, const struct estimate *e);
void axis_pad(struct axis *a, double factor); /* at both ends */

/*
 * Moves labels, which wish to stand at `values`, so far apart that each has
 * `gap` of the axis (1 is all of it) for itself; none changes sides with
 * another.  Where there is no room for all they share what there is; more than
 * MOST_LABELS stay where they are.
 */
enum { MOST_LABELS = 64 };
void axis_spread(const struct axis *a, double values[], size_t n, double gap);

/*
 * Of ascending values those whose labels have room on the axis, `gap` apart;
 * the last one is always among them.  `ret[i]`: whether value i is.
 */
void axis_ticks(const struct axis *a, const double values[], size_t n,
                double gap, bool ret[]);

/* "100,000", and "1000" as it is. */
void chart_count(uint64_t value, char *out, size_t size);

/*
 * Which cells a sweep of `key` is over: ", increments 1000", the parameters
 * but `key` that name a cell, as fact_parameters() chooses them; or "".
 */
void chart_others(const char *workload, const char *parameters, const char *key,
                  char *out, size_t size);

/* Why there are no intervals, in words; "" when there can be some. */
void chart_rounds(const struct table *t, char *out, size_t size);

/* Whether it is a cell, measured, and its workload of this kind. */
bool chart_is_of(const struct entry *e, const struct kind *kind);

#endif
