/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_GRID_H
#define BATON_HARNESS_REPORT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/report/finding.h"
#include "harness/report/results.h"
#include "workloads/workload.h"

/* The fastest of the models that were measured at two values. */
struct grid_cell {
    const struct entry *best, *second; /* NULL: none whose result was right */
    struct estimate ratio;             /* the time of `second` by `best`'s */
    bool clear;                        /* the ratio is more than noise */
};

/* All values of two parameters of a workload, at one value of each other. */
struct grid {
    const struct table *table;
    const struct workload *workload;
    const struct parameter *x, *y;
    const struct entry *like; /* one of its cells */
    uint64_t *xs, *ys;        /* ascending */
    size_t n_x, n_y;
    struct grid_cell *cells; /* [n_y][n_x] */
};

enum { GRID_VALUES = 3 }; /* of each parameter, or there is no grid */

/*
 * The n-th grid of a workload, from 0: a pair of parameters has one, the
 * largest.  0, -ENOENT: there are no more, or -ENOMEM.
 */
int grid_find(const struct table *t, const char *workload, size_t n,
              struct grid *ret);
void grid_finish(struct grid *g);

/* The models that are the fastest of some cell, each once: their number. */
size_t grid_models(const struct grid *g, const struct entry *ret[]);
/* "1.83", "~1.02" within noise, "only" without another one, "-" without any. */
void grid_text(const struct grid_cell *c, char *out, size_t size);
/* "increments 1000, per-turn 1": the values of the other parameters. */
void grid_others(const struct grid *g, char *out, size_t size);
/* Which model is the fastest of most cells. */
struct finding grid_finding(const struct grid *g);

#endif
