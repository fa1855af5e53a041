/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_FIGURES_H
#define BATON_HARNESS_REPORT_FIGURES_H

#include <stddef.h>
#include <stdio.h>

#include "harness/results/store.h"
#include "harness/results/table.h"

struct traces;   /* harness/results/traces.h */
struct matrices; /* harness/report/matrix.h */

/* All that is known of a run. */
struct results {
    const struct recording *recording;
    const struct table *table;
    const struct traces *traces;     /* NULL: none were taken */
    const struct matrices *matrices; /* NULL: no sites are known */
};

/*
 * A figure is data computed here (DIR/figures/NAME.tsv), and a gnuplot script
 * (plots/NAME.gp) that draws what stands there and computes nothing.
 */
struct figure {
    const char *name;
    const char *title;   /* the question that it answers */
    const char *reading; /* how to read it, in whole sentences */
    /* Writes the data; 0, or -ENOENT when these results have none. */
    int (*write)(const struct results *r, FILE *out);
};

extern const struct figure figures[];
extern const size_t n_figures;

/*
 * Writes DIR/figures/NAME.tsv of each figure that has data, and removes what
 * an earlier call left of one that has none.  0 or -errno.
 */
int figures_write(const char *dir, const struct results *r);

/*
 * Lets gnuplot draw them: "svg" writes DIR/figures/NAME.svg, "png" the same
 * with .png, "dumb" draws in characters on standard output.  0; -ENOENT: there
 * is no gnuplot, or not its scripts; -EIO: it failed; `why` is the reason and
 * the remedy in words.
 */
int figures_draw(const char *dir, const char *terminal, char *why, size_t size);

#endif
