/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_DEMO_CELLS_H
#define BATON_HARNESS_REPORT_DEMO_CELLS_H

#include <stddef.h>

#include "harness/results/store.h"

/*
 * The measured samples of one cell in run order: of one program, too, where a
 * check recorded several (its sides).  What has more injected work than others
 * is left out.
 */
struct demo_cell {
    char name[288]; /* "counter/locked/tasks:100/increments:1000" */
    double *times;  /* nanoseconds, one iteration each */
    size_t n;
};

struct demo_cells {
    struct demo_cell *cells; /* in the order in which they first appear */
    size_t n;
};

/* 0 or -ENOMEM; ends with demo_cells_finish(), also after an error. */
int demo_cells_build(struct demo_cells *c, const struct recording *r);
void demo_cells_finish(struct demo_cells *c);

/* The one of that name; NULL: there is none. */
const struct demo_cell *demo_cells_find(const struct demo_cells *c,
                                        const char *name);

#endif
