/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a page: each has what it shows as its heading. */
#include <stdlib.h>
#include <string.h>

#include "harness/report/figures.h"
#include "harness/report/findings.h"
#include "harness/report/matrix.h"
#include "harness/report/sections.h"
#include "harness/report/svg.h"

static bool is_of(const struct drawing *d, const char *workload)
{
    return !d->of.workload || strcmp(d->of.workload, workload) == 0;
}

/* A claim names the figure that shows it. */
static bool is_shown(const struct finding *f, const struct drawing *d)
{
    const struct claim *c = f->claim;

    if (f->kind == FINDING_SITES)
        return d->of.workload && is_of(d, f->matrix->workload);
    if (f->kind == FINDING_GROWTH)
        return d->of.parameter && is_of(d, f->a->workload) &&
               strcmp(d->of.parameter, f->over) == 0;
    if (f->kind == FINDING_RATIO)
        return d->figure == &figures[0] && f->estimate.n;
    return f->kind == FINDING_CLAIM && figure_is_named(d->figure, c) &&
           is_of(d, c->workload->name) &&
           (!d->of.parameter || !c->over ||
            strcmp(d->of.parameter, c->over) == 0);
}

/* Else it is a ratio of the same workload; or NULL. */
static const struct finding *find_finding(const struct finding_list *list,
                                          const struct drawing *d)
{
    for (size_t i = 0; i < list->n; i++)
        if (is_shown(&list->items[i], d))
            return &list->items[i];
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].b && list->items[i].estimate.n && d->of.workload &&
            is_of(d, list->items[i].a->workload))
            return &list->items[i];
    return NULL;
}

/* What the run shows, in a sentence; where it says nothing, the question. */
static void print_heading(const struct results *r, const struct drawing *d,
                          FILE *out)
{
    const struct finding *f = d->of.part ? NULL : find_finding(r->findings, d);
    struct wording w = {0};

    fputs("<h3>", out);
    if (f && finding_words(f, r->table, 1, &w) == 0)
        html_print(out, "%.*s", (int)w.interval, w.text);
    else
        html_print(out, "%s", d->title);
    if (w.text && f->wrong)
        fputs(" <span class=\"mark\">wrong results</span>", out);
    fputs("</h3>", out);
    free(w.text);
}

static void print_drawing(const struct drawing *d, FILE *out)
{
    if (!d->svg || svg_inline(d->svg, d->name, d->title, out))
        html_element(out, "p class=\"missing\"",
                     "This figure is missing: figures/%s.svg %s. Install "
                     "gnuplot and run `baton report --from DIR`.",
                     d->name,
                     d->svg ? "is not a whole drawing" : "was not drawn");
}

static void print_figure(const struct results *r, const struct drawing *d,
                         FILE *out)
{
    fputs("<figure>\n", out);
    print_heading(r, d, out);
    fputc('\n', out);
    html_scroll(out, "Figure", d->title, "");
    print_drawing(d, out);
    fputs("\n</div>\n<figcaption><strong>How to read this:</strong> ", out);
    html_print(out, "%s", d->figure->reading);
    if (d->thinned)
        fprintf(out,
                " A panel shows at most %d points: where there are more, "
                "quantiles stand for the samples, and a wider stroke for "
                "slices too short to be told apart.",
                MOST_POINTS);
    fputs("</figcaption>\n</figure>\n", out);
}

void section_figures(const struct results *r, struct document *d)
{
    const struct drawings *drawings = r->drawings;

    if (!drawings || !drawings->n)
        return;
    document_begin(d, "figures", "Figures");
    for (size_t i = 0; i < drawings->n; i++)
        print_figure(r, &drawings->items[i], d->out);
    document_end(d);
}
