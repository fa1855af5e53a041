/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_CHART_H
#define BATON_HARNESS_REPORT_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/report/finding.h"
#include "harness/report/results.h"
#include "workloads/workload.h"

/*
 * What the figures' data have in common.  A data file is one table with tabs:
 * its first line names the columns, the first column (`row`) says what a row
 * is.  All that a script draws stands there: medians and intervals, but also
 * the ends of the axes, the places of the labels and their words.
 *
 * One function per figure, as struct figure has them.
 */
typedef int figure_write(const struct results *r, const struct subject *s,
                         FILE *out, struct finding *ret_shown);
figure_write cost_write, curves_write_growth, curves_write_lost, forest_write,
    latency_write, lanes_write, map_write, order_write, ratios_write,
    reported_write;

/* More models than this are shown by their families. */
enum { MOST_TOGETHER = 6 };

/* From 0 as the registry counts families; of an unknown model the last one. */
unsigned chart_family(const char *model);
const char *chart_family_name(const char *model); /* "loops" */

/*
 * Hue and shape of a model, as plots/style.gp numbers them: 100 times its
 * family, counted from 1, and its mark: neither changes when models are added.
 * The model without a kernel (the floor) has 0, models that this build does not
 * know 1, 2, ... as they appear in the table.
 */
unsigned chart_style(const struct table *t, const char *model);

/*
 * Of the samples of a cell at most `most` values that are spread like all of
 * them: quantiles, the least and the greatest among them; ascending, for
 * free(); NULL: no memory.  `*thinned` becomes true when there are more.
 */
double *chart_samples(const struct entry *e, unsigned rounds,
                      sample_value value, size_t most, size_t *ret_n,
                      bool *thinned);

/* Without an interval its ends are NAN: "nan" in the data. */
struct estimate chart_estimate(struct estimate e);

/* An axis, of logarithms unless it is linear. */
struct axis {
    double low, high; /* start with axis_empty */
    bool linear;
};
extern const struct axis axis_empty;
void axis_add(struct axis *a, double value); /* grows so as to hold it */
void axis_add_interval(struct axis *a, const struct estimate *e);
void axis_pad(struct axis *a, double factor); /* at both ends */
/* To a decade at least, so that small differences do not look large. */
void axis_widen(struct axis *a);

/*
 * Moves labels from their `values` so far apart that each has `gap` of the axis
 * (1: all of it); their order stays. Where the axis is too short for that, they
 * have equal gaps.
 */
void axis_spread(const struct axis *a, double values[], size_t n, double gap);

/*
 * Chooses those of the ascending values whose labels have room on the axis,
 * `gap` apart, and always the last one. `ret[i]`: whether value i is chosen.
 */
void axis_ticks(const struct axis *a, const double values[], size_t n,
                double gap, bool ret[]);

/*
 * Of figures with ratios in rows: their columns; and behind the rows the ticks
 * around 1 and the ends of the axis.
 */
#define RATIO_COLUMNS                                                          \
    "row\tstyle\thollow\tratio\tlow\thigh\tplace\tuntil\tlabel\ttask\ttext\t"  \
    "interval\n"
void axis_write_ratios(const struct axis *a, unsigned rows, FILE *out);

/*
 * Why there are no intervals, in words; "": there are enough rounds for them.
 */
void chart_rounds(const struct table *t, char *out, size_t size);

#endif
