/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_CURVES_PANELS_H
#define BATON_HARNESS_REPORT_CURVES_PANELS_H

#include <stdio.h>

#include "harness/report/chart.h"
#include "harness/report/findings.h"
#include "harness/report/sweep.h"

enum { MOST_METRICS = 2 };

/* A number of a cell, on an axis of its own. */
struct axis_metric {
    const char *title; /* of its panels; or "" */
    const char *unit;  /* "ns" on an axis of logarithms, or "%" */
    bool linear;
    double most;        /* a percentage ends there; 0: see the samples */
    sample_value value; /* of one sample */
    /* Of a cell, where it is no median; NULL: the median has an interval. */
    double (*whole)(const struct entry *e);
    bool claimed;                        /* shares that claims are about */
    unsigned label, height, height_half; /* of a label; of a panel, at least */
};

struct curve {
    const char *model;
    struct sweep sweep;
};

struct curves {
    const struct table *table;
    const struct finding_list *findings;
    const char *workload, *key, *like; /* the sweep */
    const struct axis_metric *metrics;
    size_t n_metrics;
    struct curve *items; /* those of a group beside each other */
    size_t n;
    size_t *first;                  /* of each group, and behind the last one */
    size_t n_groups, begin, end;    /* those of this part */
    unsigned heights[MOST_METRICS]; /* of the panels */
    size_t n_exact;                 /* models that lost nothing */
    uint64_t exact_iterations;
    bool thinned;
};

/* As many rows of panels as a screen holds; -ENOENT: there are no more. */
int curves_find_part(struct curves *c, size_t part);
/* All rows of the figure; `places` has room for all curves. */
void curves_write(struct curves *c, double places[], FILE *out);

#endif
