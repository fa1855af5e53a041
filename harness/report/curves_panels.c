/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panels of curves: where each is, and what is drawn in it. */
#include "harness/report/curves_panels.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "harness/report/facts.h"

/* Lengths in pixels, of a picture that is WIDTH wide. */
enum {
    WIDTH = 1280,
    LEFT = 105,  /* of a panel: the numbers of its axis */
    RIGHT = 330, /* its labels */
    TOP = 46,    /* of the picture: its title */
    ABOVE = 50,  /* of a panel: its title */
    BELOW = 40,  /* the numbers of its axis */
    FOOTER = 60, /* of the picture: what the axis is */
    LINE = 28,   /* the models without a curve */
    SCREEN = 700,
};

/* What a number takes of an axis. */
static const double tick_gap = 0.05, tick_gap_half = 0.2;

static struct estimate estimate_of(const struct curves *c,
                                   const struct axis_metric *m,
                                   const struct entry *e)
{
    struct estimate ret = {.n = 1};

    if (m->whole)
        ret.median = m->whole(e);
    else
        ret = table_estimate(e, c->table->rounds, m->value);
    return chart_estimate(ret);
}

/* What was claimed of a cell of a model, in percent; 0: nothing. */
static double claim_of(const struct curves *c, const struct axis_metric *m,
                       const struct curve *curve, double *ret_size)
{
    for (size_t i = 0; m->claimed && i < c->findings->n; i++) {
        const struct finding *f = &c->findings->items[i];

        if (!f->claim || f->claim->statistic != STATISTIC_SHARE ||
            !f->claim->claimed.n)
            continue;
        for (size_t j = 0; j < curve->sweep.n; j++) {
            if (curve->sweep.entries[j] != f->a)
                continue;
            *ret_size = curve->sweep.sizes[j];
            return 100 * f->claim->claimed.items[0];
        }
    }
    return 0;
}

static void add_samples(const struct curves *c, const struct axis_metric *m,
                        const struct curve *curve, struct axis *ret)
{
    double room = m->linear ? 1.05 : 1, size;

    for (size_t i = 0; i < curve->sweep.n; i++)
        for (unsigned r = 0; r < c->table->rounds; r++)
            if (curve->sweep.entries[i]->by_round[r])
                axis_add(ret,
                         room * m->value(curve->sweep.entries[i]->by_round[r]));
    axis_add(ret, 1.3 * claim_of(c, m, curve, &size));
}

/* All panels of one metric share it, so that families can be compared. */
static struct axis axis_of(const struct curves *c, const struct axis_metric *m)
{
    struct axis a = axis_empty;

    if (m->linear)
        a = (struct axis){.high = m->most > 0 ? m->most : 0.1, .linear = true};
    for (size_t i = 0; i < c->n && !(m->most > 0); i++)
        add_samples(c, m, &c->items[i], &a);
    if (!m->linear) {
        axis_pad(&a, 1.6);
        axis_widen(&a);
    }
    return a;
}

/* Panels: families side by side, two in a row, metrics below each other. */

static unsigned row_height(const struct curves *c, size_t n_metrics)
{
    unsigned height = 0;

    for (size_t i = 0; i < n_metrics; i++)
        height += ABOVE + c->heights[i] + BELOW;
    return height;
}

static unsigned total_height(const struct curves *c)
{
    return TOP + FOOTER + (c->n_exact > 0) * LINE +
           (unsigned)(c->end - c->begin + 1) / 2 * row_height(c, c->n_metrics);
}

int curves_find_part(struct curves *c, size_t part)
{
    size_t room = SCREEN - TOP - FOOTER;
    size_t rows = room / row_height(c, c->n_metrics),
           most = 2 * (rows ? rows : 1);

    c->begin = part * most;
    c->end = c->begin + most < c->n_groups ? c->begin + most : c->n_groups;
    return part == 0 || c->begin < c->n_groups ? 0 : -ENOENT;
}

/* From 1: those of this part, then the others. */
static size_t panel_of(const struct curves *c, size_t group, size_t metric)
{
    size_t own = c->end - c->begin;
    size_t place = group < c->begin ? own + group
                   : group < c->end ? group - c->begin
                                    : group;

    return place * c->n_metrics + metric + 1;
}

/* Where it is, in parts of the picture; then what its axis is. */
static void write_frame(const struct curves *c, size_t group, size_t metric,
                        const struct axis *a, FILE *out)
{
    const struct axis_metric *m = &c->metrics[metric];
    bool many = c->n_groups > 1;
    double width = many ? WIDTH / 2 : WIDTH, height = total_height(c);
    size_t panel = panel_of(c, group, metric), place = group - c->begin;
    double left = many ? (double)(place % 2) * width : 0;
    unsigned top = TOP + (unsigned)(place / 2) * row_height(c, c->n_metrics) +
                   row_height(c, metric) + ABOVE;
    const char *family =
        many ? chart_family_name(c->items[c->first[group]].model) : "";

    fprintf(out, "frame\t%zu\t%zu\t%zu\t\t%.5f\t%.5f\t%.5f\t%.5f\t\t\t\n",
            panel, c->first[group] + 1, c->first[group + 1],
            (left + LEFT) / WIDTH, (left + width - RIGHT) / WIDTH,
            1 - (top + c->heights[metric]) / height, 1 - top / height);
    fprintf(out, "panel\t%zu\t%zu\t%zu\t%d\t\t\t%.6g\t%.6g\t\t%s%s%s\t%s\n",
            panel, place + 1, metric + 1, m->linear, a->low, a->high, family,
            *family && *m->title ? ": " : "", m->title, m->unit);
}

static void write_row(const struct curves *c, const char *row, size_t panel,
                      size_t i, size_t j, const struct estimate *y,
                      double place, const char *text, FILE *out)
{
    const struct sweep *s = &c->items[i].sweep;

    fprintf(out, "%s\t%zu\t%zu\t%u\t%d\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%s\t%s\n",
            row, panel, i + 1, chart_style(c->table, c->items[i].model),
            fact_is_wrong(s->entries[j]), s->sizes[j], y->median, y->low,
            y->high, place, fact_label(c->items[i].model, c->workload), text);
}

static void write_samples(struct curves *c, const struct axis_metric *m,
                          size_t panel, size_t i, size_t j, size_t most,
                          FILE *out)
{
    struct estimate y = {.low = NAN, .high = NAN};
    size_t n;
    double *values =
        chart_samples(c->items[i].sweep.entries[j], c->table->rounds, m->value,
                      most, &n, &c->thinned);

    for (size_t k = 0; k < n; k++) {
        y.median = values[k];
        write_row(c, "sample", panel, i, j, &y, NAN, "", out);
    }
    free(values);
}

/* At the end of a curve: "n^0.22 [0.20, 0.24]", as in the sentence. */
static void write_label(const struct curves *c, const struct axis_metric *m,
                        size_t panel, size_t i, double place, FILE *out)
{
    const struct sweep *s = &c->items[i].sweep;
    struct estimate e = sweep_exponent(s, c->table->rounds);
    struct estimate y = estimate_of(c, m, s->entries[s->n - 1]);
    char text[96] = "";

    y.low = y.high = NAN;
    if (!m->linear && estimate_has_interval(&e))
        snprintf(text, sizeof(text), "%.40s^%.2f [%.2f, %.2f]", c->key,
                 e.median, e.low, e.high);
    else if (!m->linear && e.n)
        snprintf(text, sizeof(text), "%.40s^%.2f", c->key, e.median);
    write_row(c, "label", panel, i, s->n - 1, &y, place, text, out);
}

static void write_curve(struct curves *c, const struct axis_metric *m,
                        size_t panel, size_t i, size_t most, FILE *out)
{
    const struct sweep *s = &c->items[i].sweep;
    double size, claim = claim_of(c, m, &c->items[i], &size);

    for (size_t j = 0; j < s->n; j++) {
        struct estimate y = estimate_of(c, m, s->entries[j]);

        write_row(c, "cell", panel, i, j, &y, NAN, "", out);
    }
    for (size_t j = 0; j < s->n; j++)
        write_samples(c, m, panel, i, j, most, out);
    /* A claim stands where it was made. */
    if (claim > 0)
        fprintf(out,
                "claim\t%zu\t\t\t\t%.6g\t%.6g\t\t\t\tthe tutorial: %.3g %%\t\n",
                panel, size, claim, claim);
}

static size_t count_cells(const struct curves *c, size_t first, size_t end)
{
    size_t n = 0;

    for (size_t i = first; i < end; i++)
        n += c->items[i].sweep.n;
    return n;
}

/* Grey lines of the panels of this part. */
static void write_others(const struct curves *c, size_t group, size_t metric,
                         FILE *out)
{
    for (size_t i = c->first[group]; i < c->first[group + 1]; i++) {
        const struct sweep *s = &c->items[i].sweep;

        for (size_t j = 0; j < s->n; j++) {
            struct estimate y =
                estimate_of(c, &c->metrics[metric], s->entries[j]);

            write_row(c, "cell", panel_of(c, group, metric), i, j, &y, NAN, "",
                      out);
        }
        fputs("end\t\t\t\t\t\t\t\t\t\t\t\n", out); /* of a line */
    }
}

static void write_panel(struct curves *c, size_t group, size_t metric,
                        double places[], FILE *out)
{
    const struct axis_metric *m = &c->metrics[metric];
    const struct axis a = axis_of(c, m);
    size_t panel = panel_of(c, group, metric);
    size_t first = c->first[group], end = c->first[group + 1];
    size_t cells = count_cells(c, first, end), all = count_cells(c, 0, c->n);
    /* Of MOST_POINTS the share of a cell's samples. */
    size_t most = cells && all < MOST_POINTS ? (MOST_POINTS - all) / cells : 0;

    write_frame(c, group, metric, &a, out);
    for (size_t i = first; i < end; i++) {
        const struct sweep *s = &c->items[i].sweep;

        places[i] = estimate_of(c, m, s->entries[s->n - 1]).median;
    }
    axis_spread(&a, places + first, end - first,
                (double)m->label / c->heights[metric]);
    for (size_t i = first; i < end; i++) {
        write_curve(c, m, panel, i, most, out);
        write_label(c, m, panel, i, places[i], out);
    }
}

/* Their number, and the axis that they are on. */
static size_t write_ticks(const struct curves *c, struct axis *x, FILE *out)
{
    struct sweep s;
    size_t n = 0;
    bool *labelled = calloc(c->table->n + 1, sizeof(*labelled));

    sweep_collect(c->table, c->workload, NULL, c->key, c->like, &s);
    for (size_t i = 0; i < s.n; i++) {
        axis_add(x, s.sizes[i]);
        if (!i || s.sizes[i] > s.sizes[n - 1])
            s.sizes[n++] = s.sizes[i];
    }
    axis_pad(x, 1.13);
    if (labelled)
        axis_ticks(x, s.sizes, n, c->n_groups > 1 ? tick_gap_half : tick_gap,
                   labelled);
    for (size_t i = 0; labelled && i < n; i++) {
        char size[32] = "";

        if (labelled[i])
            snprintf(size, sizeof(size), "%.0f", s.sizes[i]);
        fprintf(out, "tick\t\t%zu\t\t\t%.0f\t\t\t\t\t%s\t\n", i + 1, s.sizes[i],
                size);
    }
    free(labelled);
    sweep_finish(&s);
    return n;
}

/* How many panels, series and ticks there are, and how high it all is. */
static void write_axis(const struct curves *c, FILE *out)
{
    const struct entry e = {.workload = c->workload, .parameters = c->like};
    char others[256], note[96];
    struct axis x = axis_empty;
    size_t ticks = write_ticks(c, &x, out);

    fact_parameters_but(&e, c->key, ", ", others, sizeof(others));
    chart_rounds(c->table, note, sizeof(note));
    fprintf(out,
            "axis\t%zu\t%zu\t%zu\t%zu\t\t%u\t%.6g\t%.6g\t%u\t%s\t%s%s%s: %s\n",
            (c->end - c->begin) * c->n_metrics, c->n, ticks, c->n_metrics,
            total_height(c), x.low, x.high, c->n_exact > 0, note, c->workload,
            *others ? ", " : "", others, c->key);
}

static void write_exact(struct curves *c, FILE *out)
{
    char count[QUANTITY_SIZE];

    if (!c->n_exact)
        return;
    quantity_count((double)c->exact_iterations, count, sizeof(count));
    fprintf(out,
            "exact\t\t\t\t\t\t\t\t\t1\t%zu other model%s lost nothing in %s "
            "iterations\t\n",
            c->n_exact, c->n_exact == 1 ? "" : "s", count);
}

void curves_write(struct curves *c, double places[], FILE *out)
{
    fputs("row\tpanel\tseries\tstyle\thollow\tx\ty\tlow\thigh\tplace\tlabel\t"
          "text\n",
          out);
    write_exact(c, out);
    for (size_t group = 0; group < c->n_groups; group++)
        for (size_t metric = 0; metric < c->n_metrics; metric++)
            if (group >= c->begin && group < c->end)
                write_panel(c, group, metric, places, out);
            else
                write_others(c, group, metric, out);
    write_axis(c, out);
}
