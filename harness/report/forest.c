/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/hosts.h"

/*
 * A forest plot: each comparison with a row for each host.  Of a long name the
 * beginning has room.
 */
enum { MOST_LINES = 24 }; /* of a part, unless one comparison has more */

struct forest {
    const struct results *results;
    struct axis axis;
    size_t first, end; /* comparisons of the part */
    unsigned place;    /* of the row written last */
};

static size_t lines_of(const struct comparison *c)
{
    return 1 + c->measured + (c->pooled.n > 0);
}

/* The comparisons that are shown, as many as have room. */
static void find_part(struct forest *f, size_t part)
{
    const struct host_runs *h = f->results->hosts;
    size_t lines = 0;

    for (f->end = f->first = 0; f->end < h->n_comparisons; f->end++) {
        const struct comparison *c = &h->comparisons[f->end];
        size_t more = host_runs_shows(h, c) ? lines_of(c) : 0;

        if (lines && lines + more > MOST_LINES) {
            if (part-- == 0)
                return;
            f->first = f->end;
            lines = 0;
        }
        lines += more;
    }
    if (part || !lines)
        f->first = f->end;
}

static void find_axis(struct forest *f)
{
    const struct host_runs *h = f->results->hosts;

    f->axis = axis_empty;
    axis_add(&f->axis, 1);
    for (size_t i = 0; i < h->n_comparisons; i++) {
        const struct comparison *c = &h->comparisons[i];

        for (size_t j = 0; host_runs_shows(h, c) && j < h->n; j++)
            if (c->of[j])
                axis_add_interval(&f->axis, &c->of[j]->estimate);
        if (host_runs_shows(h, c) && c->pooled.n)
            axis_add_interval(&f->axis, &c->pooled);
    }
    axis_add(&f->axis, 1 / f->axis.low);
    axis_add(&f->axis, 1 / f->axis.high);
    axis_pad(&f->axis, 1.3);
}

static void write_row(struct forest *f, const char *kind,
                      const struct finding *of, const struct estimate *e,
                      const char *label, const char *word, FILE *out)
{
    struct estimate shown = chart_estimate(*e);
    char interval[3 * QUANTITY_SIZE], ratio[QUANTITY_SIZE];

    fact_brackets(e, quantity_ratio, interval, sizeof(interval));
    quantity_ratio(e->median, ratio, sizeof(ratio));
    fprintf(out, "%s\t%u\t%d\t%.6g\t%.6g\t%.6g\t%u\t\t%.28s\t\t%s\t%s %s\n",
            kind, chart_style(f->results->table, of->a->model), of->wrong,
            shown.median, shown.low, shown.high, ++f->place, label, word, ratio,
            interval);
}

static void write_comparison(struct forest *f, const struct comparison *c,
                             FILE *out)
{
    const struct host_runs *h = f->results->hosts;
    char title[512], agreement[128];

    host_runs_title(c, title, sizeof(title));
    fprintf(out, "group\t\t\t\t\t\t%u\t\t%s\t\t\t\n", ++f->place, title);
    for (size_t i = 0; i < h->n; i++)
        if (c->of[i])
            write_row(f, "host", c->of[i], &c->of[i]->estimate,
                      h->items[i].name, host_word(c->of[i]), out);
    if (!c->pooled.n)
        return;
    host_runs_agreement(h, c, agreement, sizeof(agreement));
    write_row(f, "pooled", c->first, &c->pooled, "all, pooled", agreement, out);
}

int forest_write(const struct results *r, const struct subject *of, FILE *out,
                 struct finding *ret_shown)
{
    struct forest f = {.results = r};

    (void)ret_shown;
    if (!r->hosts || !r->hosts->n)
        return -ENOENT;
    find_part(&f, of->part);
    if (f.first == f.end)
        return -ENOENT;
    find_axis(&f);
    fputs(RATIO_COLUMNS, out);
    for (size_t i = f.first; i < f.end; i++)
        if (host_runs_shows(r->hosts, &r->hosts->comparisons[i]))
            write_comparison(&f, &r->hosts->comparisons[i], out);
    axis_write_ratios(&f.axis, f.place, out);
    return 0;
}
