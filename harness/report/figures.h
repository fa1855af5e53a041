/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_FIGURES_H
#define BATON_HARNESS_REPORT_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "harness/report/finding.h"
#include "harness/report/results.h"

enum scope { OF_RUN, OF_WORKLOAD, OF_SWEEP };

/*
 * A kind of figure is data computed here (DIR/figures/NAME.tsv), and a gnuplot
 * script (plots/NAME.gp) that draws what stands there and computes nothing.
 */
struct figure {
    const char *name;
    const char *title; /* the question that it answers */
    enum scope scope;
    bool parts; /* it is asked for the next part until it has none */
    /*
     * Writes the data, and what they show, as a finding.  0, or 1: a panel had
     * more than MOST_POINTS, and fewer stand for them; -ENOENT: these results
     * have none.
     */
    int (*write)(const struct results *r, const struct subject *s, FILE *out,
                 struct finding *ret_shown);
    /* Also of a workload whose claims name other figures. */
    bool whenever;
};

extern const struct figure figures[];
extern const size_t n_figures;

struct claim; /* harness/results/claims.h */
/* Whether it is one of the kinds in `figure=` of the claim. */
bool figure_is_named(const struct figure *f, const struct claim *c);

/* One that these results have data for: "growth" of download and n. */
struct drawing {
    const struct figure *figure;
    struct subject of;
    char name[96];   /* "growth-download-n" */
    char title[192]; /* with what it is drawn of in parentheses */
    char *data;
    size_t size;
    char *svg;            /* NULL: not drawn */
    bool thinned;         /* some of its points stand for others */
    struct finding shown; /* FINDING_NONE: nothing that a sentence says */
};

struct drawings {
    struct drawing *items;
    size_t n;
};

/*
 * All figures that `r` has data for; of a workload whose claims name figures,
 * only these.  Ratios first, then those of each
 * workload in the order of the registry.  0 or -ENOMEM.
 */
int drawings_build(struct drawings *d, const struct results *r);
void drawings_finish(struct drawings *d);

/*
 * Writes DIR/figures/NAME.tsv of each, and removes what an earlier call left
 * of others.  0 or -errno.
 */
int drawings_write(const char *dir, const struct drawings *d);

/*
 * Lets gnuplot draw them: as SVG, which stay with the drawings and become
 * DIR/figures/NAME.svg; or in characters on standard output.  0; -ENOENT: there
 * is no gnuplot, or not its scripts; -EIO: it failed; `why` is the reason and
 * the remedy in words.
 */
int drawings_draw(const char *dir, struct drawings *d, bool svg, char *why,
                  size_t size);

#endif
