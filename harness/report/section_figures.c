/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a page: each has what it shows as its heading. */
#include <limits.h>
#include <stdlib.h>

#include "harness/report/figures.h"
#include "harness/report/findings.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"
#include "harness/report/svg.h"

/* What the figure shows, in a sentence; where there is none, the question. */
static void print_heading(const struct results *r, const struct drawing *d,
                          FILE *out)
{
    struct wording w = {0};
    bool said = d->shown.kind && finding_words(&d->shown, r->table, 1, &w) == 0;

    fputs(said && !w.sure ? "<h3 class=\"unsure\">" : "<h3>", out);
    html_print(out, "%.*s", said ? (int)w.interval : INT_MAX,
               said ? w.text : d->title);
    if (w.text && d->shown.wrong)
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

void section_figure(const struct results *r, const struct drawing *d, FILE *out)
{
    fputs("<figure>\n", out);
    print_heading(r, d, out);
    fputc('\n', out);
    html_scroll(out, "Figure", d->title, "");
    print_drawing(d, out);
    fputs("\n</div>\n<figcaption><strong>How to read this:</strong> ", out);
    html_print(out, "%s", prose_find(d->figure->name));
    if (d->thinned)
        html_print(out, " %s", prose_find("thinned"));
    fputs("</figcaption>\n</figure>\n", out);
}

void section_figures(const struct results *r, struct document *d)
{
    const struct drawings *drawings = r->drawings;

    bool begun = false;

    for (size_t i = 0; drawings && i < drawings->n; i++) {
        if (section_has_figure(r, &drawings->items[i]))
            continue;
        if (!begun)
            document_begin(d, "figures", "Figures");
        begun = true;
        section_figure(r, &drawings->items[i], d->out);
    }
    if (begun)
        document_end(d);
}
