/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_DEMO_FIGURE_H
#define BATON_HARNESS_REPORT_DEMO_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "harness/report/demo_noise.h"

/* What plots/noise.gp draws: the times in run order, as two halves. */
void demo_figure_data(const double *times, size_t n,
                      const struct noise_blocks *b, FILE *out);

struct demo_canvas {
    const char *terminal;   /* "svg", "dumb", or "png" */
    unsigned columns, rows; /* of characters; 0: of a usual size */
    bool colour;            /* in characters */
};

/*
 * Lets gnuplot draw these data (and keeps no file).  `ret` is the picture, for
 * free(), NULL unless 0 is returned; -ENOENT: there is no gnuplot, or not its
 * script; -EIO: it failed; `why` is the reason and the remedy in words.
 */
int demo_figure_draw(const char *data, const struct demo_canvas *c, char **ret,
                     char *why, size_t size);

#endif
