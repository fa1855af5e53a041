/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/findings.h"
#include "harness/report/sweep.h"

/*
 * A number of each model against one parameter.  A figure has one or two such
 * numbers, each in a panel of its own below the other.  More than MOST_TOGETHER
 * models have panels for each family, in which the others are grey lines.
 */
enum { MOST_METRICS = 2, LINE = 28, WRAP = 88 };

/* Lengths in pixels, of a picture that is WIDTH wide. */
enum {
    WIDTH = 1280,
    LEFT = 105,  /* of a panel: the numbers of its axis */
    RIGHT = 250, /* its labels, at least and at most */
    RIGHT_MOST = 345,
    LETTER = 12, /* of a label */
    ABOVE = 50,  /* its title */
    BELOW = 40,  /* the numbers of its axis */
    FOOTER = 60, /* of the picture: what the axis is */
};

/* What a number takes of an axis. */
static const double tick_gap = 0.05, tick_gap_half = 0.2;

/* A number of a cell, on an axis of its own. */
struct axis_metric {
    const char *title;  /* of its panels; or "" */
    const char *unit;   /* "ns" on an axis of logarithms, or "%" */
    double most;        /* a percentage ends there; 0: see the samples */
    sample_value value; /* of one sample */
    /* Of a cell, where it is no median; NULL: the median has an interval. */
    double (*whole)(const struct entry *e);
    unsigned label, height, height_half; /* of a label; of a panel, at least */
};

struct curve {
    const char *model;
    struct sweep sweep;
    double place[MOST_METRICS]; /* of its label */
};

struct curves {
    const struct table *table;
    const struct finding_list *findings;
    const char *workload, *key, *like; /* the sweep */
    const struct axis_metric *metrics;
    size_t n_metrics;
    struct curve *items; /* those of a group beside each other */
    size_t n;
    size_t *first; /* of each group, and behind the last one */
    size_t n_groups;
    const char **exact; /* models that are named instead of drawn */
    size_t n_exact;
    uint64_t exact_iterations;
    struct axis x;
    bool thinned;
};

/* The numbers. */

static double percent_lost(const struct sample *s)
{
    return 100 * value_lost_share(s);
}

static double percent_wrong(const struct sample *s)
{
    return 100 * (double)s->wrong_iterations / (double)s->iterations;
}

static double percent_wrong_of_all(const struct entry *e)
{
    return 100 * (double)e->wrong_iterations / (double)e->iterations;
}

static const struct axis_metric growth_metrics[] = {
    {"", "ns", 0, value_real_ns, NULL, 62, 590, 300},
};

static const struct axis_metric lost_metrics[] = {
    {"updates lost", "%", 0, percent_lost, NULL, 30, 370, 250},
    {"iterations that ended wrong", "%", 100, percent_wrong,
     percent_wrong_of_all, 30, 160, 130},
};

static bool is_linear(const struct axis_metric *m)
{
    return strcmp(m->unit, "ns") != 0;
}

static struct estimate estimate_of(const struct curves *c,
                                   const struct axis_metric *m,
                                   const struct entry *e)
{
    if (!m->whole)
        return table_estimate(e, c->table->rounds, m->value);
    return (struct estimate){.n = 1, .median = m->whole(e)};
}

static double end_of(const struct curves *c, const struct axis_metric *m,
                     const struct curve *curve)
{
    return estimate_of(c, m, curve->sweep.entries[curve->sweep.n - 1]).median;
}

/* The models, and the panels that they are in. */

static bool loses(const struct sweep *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->entries[i]->wrong_iterations || s->entries[i]->lost_updates)
            return true;
    return false;
}

/* `named`: those that lost nothing would be drawn over each other at 0. */
static void add_model(struct curves *c, const char *model, bool named)
{
    struct curve *curve = &c->items[c->n];

    curve->model = model;
    sweep_collect(c->table, c->workload, model, c->key, c->like, &curve->sweep);
    if (!curve->sweep.n)
        return;
    if (!named || loses(&curve->sweep)) {
        c->n++;
        return;
    }
    c->exact[c->n_exact++] = model;
    for (size_t i = 0; i < curve->sweep.n; i++)
        c->exact_iterations += curve->sweep.entries[i]->iterations;
}

static int compare(const void *a, const void *b)
{
    const struct curve *x = a, *y = b;

    return (int)fact_rank(x->model) - (int)fact_rank(y->model);
}

/* One after the other as the table has them, or sorted by their families. */
static void find_groups(struct curves *c)
{
    if (c->n > MOST_TOGETHER)
        qsort(c->items, c->n, sizeof(*c->items), compare);
    c->n_groups = 1; /* also when there is no curve at all */
    for (size_t i = 1; i < c->n; i++)
        if (c->n > MOST_TOGETHER && chart_family(c->items[i].model) !=
                                        chart_family(c->items[i - 1].model))
            c->first[c->n_groups++] = i;
    c->first[c->n_groups] = c->n;
}

static void find_models(struct curves *c, bool named)
{
    const struct table *t = c->table;

    for (size_t i = 0; i < t->n; i++) {
        bool known = false;

        for (size_t j = 0; j < i && !known; j++)
            known = strcmp(t->entries[j].model, t->entries[i].model) == 0;
        if (!known)
            add_model(c, t->entries[i].model, named);
    }
    find_groups(c);
}

/* What was claimed of a cell of a model, in percent; 0: nothing. */
static double claim_of(const struct curves *c, const struct curve *curve,
                       double *ret_size)
{
    for (size_t i = 0; i < c->findings->n; i++) {
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
    double room = is_linear(m) ? 1.05 : 1, size;

    for (size_t i = 0; i < curve->sweep.n; i++)
        for (unsigned r = 0; r < c->table->rounds; r++)
            if (curve->sweep.entries[i]->by_round[r])
                axis_add(ret,
                         room * m->value(curve->sweep.entries[i]->by_round[r]));
    if (m == lost_metrics)
        axis_add(ret, 1.3 * claim_of(c, curve, &size));
}

/* All panels of one metric share it, so that families can be compared. */
static struct axis axis_of(const struct curves *c, const struct axis_metric *m)
{
    struct axis a = axis_empty;

    if (is_linear(m))
        a = (struct axis){.high = m->most > 0 ? m->most : 0.1, .linear = true};
    for (size_t i = 0; i < c->n && !(m->most > 0); i++)
        add_samples(c, m, &c->items[i], &a);
    if (is_linear(m))
        return a;
    axis_pad(&a, 1.6);
    /* What hardly grows is not to look as if it did. */
    while (a.high < 10 * a.low)
        axis_pad(&a, 1.2);
    return a;
}

/* Panels: families side by side, two in a row, metrics below each other. */

static unsigned height_of(const struct curves *c, size_t group, size_t metric)
{
    const struct axis_metric *m = &c->metrics[metric];
    unsigned least = c->n_groups > 1 ? m->height_half : m->height;
    unsigned labels =
        m->label * (unsigned)(c->first[group + 1] - c->first[group]);

    return labels > least ? labels : least;
}

static unsigned row_height(const struct curves *c, size_t row)
{
    unsigned most = 0;

    for (size_t g = 2 * row; g < 2 * row + 2 && g < c->n_groups; g++) {
        unsigned height = 0;

        for (size_t m = 0; m < c->n_metrics; m++)
            height += ABOVE + height_of(c, g, m) + BELOW;
        most = height > most ? height : most;
    }
    return most;
}

static unsigned total_height(const struct curves *c, unsigned lines)
{
    unsigned height = FOOTER + lines * LINE;

    for (size_t row = 0; 2 * row < c->n_groups; row++)
        height += row_height(c, row);
    return height;
}

static void place_labels(struct curves *c, size_t group, size_t metric,
                         const struct axis *a)
{
    const struct axis_metric *m = &c->metrics[metric];
    size_t first = c->first[group], n = c->first[group + 1] - first;
    double gap = (double)m->label / height_of(c, group, metric);
    double *places = calloc(n + 1, sizeof(*places));

    if (!places)
        return;
    for (size_t i = 0; i < n; i++)
        places[i] = end_of(c, m, &c->items[first + i]);
    axis_spread(a, places, n, gap);
    for (size_t i = 0; i < n; i++)
        c->items[first + i].place[metric] = places[i];
    free(places);
}

/* Rows. */

static void begin_row(const struct curves *c, const char *row, size_t panel,
                      size_t i, const struct entry *e, double x, FILE *out)
{
    fprintf(out, "%s\t%zu\t%zu\t%u\t%d\t%.6g\t", row, panel, i + 1,
            chart_style(c->table, e->model), fact_is_wrong(e), x);
}

static void write_cell(const struct curves *c, const struct axis_metric *m,
                       size_t panel, size_t i, size_t j, FILE *out)
{
    const struct curve *curve = &c->items[i];
    const struct entry *e = curve->sweep.entries[j];
    struct estimate value = estimate_of(c, m, e);

    begin_row(c, "cell", panel, i, e, curve->sweep.sizes[j], out);
    chart_number(value.median, '\t', out);
    chart_interval(&value, 1, out);
    fprintf(out, "\t%s\t\n", fact_label(e->model));
}

static void write_samples(struct curves *c, const struct axis_metric *m,
                          size_t panel, size_t i, size_t j, size_t most,
                          FILE *out)
{
    const struct entry *e = c->items[i].sweep.entries[j];
    size_t n;
    double *values =
        chart_samples(e, c->table->rounds, m->value, most, &n, &c->thinned);

    for (size_t k = 0; k < n; k++) {
        begin_row(c, "sample", panel, i, e, c->items[i].sweep.sizes[j], out);
        chart_number(values[k], '\t', out);
        fprintf(out, "\t\t\t%s\t\n", fact_label(e->model));
    }
    free(values);
}

/* "n^0.22 [0.20, 0.24]", as the sentence says it. */
static void write_exponent(const struct curves *c, const struct curve *curve,
                           FILE *out)
{
    struct estimate e = sweep_exponent(&curve->sweep, c->table->rounds);

    if (e.n == 0)
        return;
    fprintf(out, "%s^%.2f", c->key, e.median);
    if (estimate_has_interval(&e))
        fprintf(out, " [%.2f, %.2f]", e.low, e.high);
}

static void write_label(const struct curves *c, const struct axis_metric *m,
                        size_t panel, size_t i, FILE *out)
{
    const struct curve *curve = &c->items[i];
    size_t last = curve->sweep.n - 1;

    begin_row(c, "label", panel, i, curve->sweep.entries[last],
              curve->sweep.sizes[last], out);
    chart_number(end_of(c, m, curve), '\t', out);
    fputs("\t\t", out);
    chart_number(curve->place[m - c->metrics], '\t', out);
    fprintf(out, "%s\t", fact_label(curve->model));
    if (!is_linear(m))
        write_exponent(c, curve, out);
    fputc('\n', out);
}

/* A claim stands where it was made. */
static void write_claim(const struct curves *c, const struct axis_metric *m,
                        size_t panel, const struct curve *curve, FILE *out)
{
    double size = 0, claim = claim_of(c, curve, &size);

    if (m == lost_metrics && claim > 0)
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

/* What is left for the samples of a cell when all that is drawn has a share. */
static size_t samples_for_each(const struct curves *c, size_t group)
{
    size_t cells = count_cells(c, c->first[group], c->first[group + 1]);
    size_t all = count_cells(c, 0, c->n);

    return cells && all < MOST_POINTS ? (MOST_POINTS - all) / cells : 0;
}

static void write_curves(struct curves *c, size_t group, size_t metric,
                         size_t panel, FILE *out)
{
    const struct axis_metric *m = &c->metrics[metric];
    size_t most = samples_for_each(c, group);

    for (size_t i = c->first[group]; i < c->first[group + 1]; i++) {
        const struct curve *curve = &c->items[i];

        for (size_t j = 0; j < curve->sweep.n; j++)
            write_cell(c, m, panel, i, j, out);
        for (size_t j = 0; j < curve->sweep.n; j++)
            write_samples(c, m, panel, i, j, most, out);
        write_label(c, m, panel, i, out);
        write_claim(c, m, panel, curve, out);
    }
}

/* Models of the other panels, piece by piece. */
static void write_others(const struct curves *c, size_t group, size_t metric,
                         size_t panel, FILE *out)
{
    const struct axis_metric *m = &c->metrics[metric];

    for (size_t i = 0; i < c->n; i++) {
        const struct sweep *s = &c->items[i].sweep;

        if (i >= c->first[group] && i < c->first[group + 1])
            continue;
        for (size_t j = 1; j < s->n; j++) {
            fprintf(out, "other\t%zu\t\t\t\t%.6g\t", panel, s->sizes[j - 1]);
            chart_number(estimate_of(c, m, s->entries[j - 1]).median, '\t',
                         out);
            fprintf(out, "%.6g\t", s->sizes[j]);
            chart_number(estimate_of(c, m, s->entries[j]).median, '\t', out);
            fputs("\t\t\n", out);
        }
    }
}

/* What the longest label takes, and a little. */
static unsigned label_room(const struct curves *c)
{
    size_t room = RIGHT;

    for (size_t i = 0; i < c->n; i++) {
        size_t width = LETTER * (strlen(fact_label(c->items[i].model)) + 2);

        room = width > room ? width : room;
    }
    return room < RIGHT_MOST ? (unsigned)room : RIGHT_MOST;
}

/* Where it is, in parts of the picture; then what its axis is. */
static void write_frame(const struct curves *c, size_t group, size_t metric,
                        unsigned top, double height, const struct axis *a,
                        FILE *out)
{
    const struct axis_metric *m = &c->metrics[metric];
    double width = c->n_groups > 1 ? WIDTH / 2 : WIDTH;
    double left = c->n_groups > 1 ? (double)(group % 2) * width : 0;
    size_t panel = group * c->n_metrics + metric + 1;
    unsigned bottom = top + height_of(c, group, metric);
    const char *family =
        c->n_groups > 1 ? chart_family_name(c->items[c->first[group]].model)
                        : "";

    fprintf(out, "frame\t%zu\t%zu\t%zu\t\t%.5f\t%.5f\t%.5f\t%.5f\t\t\t\n",
            panel, c->first[group] + 1, c->first[group + 1],
            (left + LEFT) / WIDTH, (left + width - label_room(c)) / WIDTH,
            1 - bottom / height, 1 - top / height);
    fprintf(out, "panel\t%zu\t%zu\t%zu\t%d\t\t\t", panel, group + 1, metric + 1,
            is_linear(m));
    chart_number(a->low, '\t', out);
    chart_number(a->high, '\t', out);
    fprintf(out, "%.6g\t%s%s%s\t%s\n",
            m->most > 0 ? m->most / 2 : chart_round_up(a->high / 5), family,
            *family && *m->title ? ": " : "", m->title, m->unit);
}

static void write_panels(struct curves *c, unsigned lines, FILE *out)
{
    double height = total_height(c, lines);
    unsigned top = 0;

    for (size_t group = 0; group < c->n_groups; group++) {
        unsigned at = top;

        for (size_t metric = 0; metric < c->n_metrics; metric++) {
            struct axis a = axis_of(c, &c->metrics[metric]);
            size_t panel = group * c->n_metrics + metric + 1;

            at += ABOVE;
            place_labels(c, group, metric, &a);
            write_frame(c, group, metric, at, height, &a, out);
            write_others(c, group, metric, panel, out);
            write_curves(c, group, metric, panel, out);
            at += height_of(c, group, metric) + BELOW;
        }
        if (group % 2)
            top += row_height(c, group / 2);
    }
}

/* Models without a curve, in lines of which each is a row. */
static unsigned write_exact(const struct curves *c, FILE *out)
{
    char text[2 * WRAP], count[32];
    unsigned lines = 0;
    size_t len;

    if (c->n_exact == 0)
        return 0;
    chart_count(c->exact_iterations, count, sizeof(count));
    len = (size_t)snprintf(text, sizeof(text),
                           "nothing lost in %s iterations: ", count);
    for (size_t i = 0; i < c->n_exact; i++) {
        const char *label = fact_label(c->exact[i]);

        if (i && len + strlen(label) > WRAP) {
            fprintf(out, "exact\t\t\t\t\t\t\t\t\t%u\t%s\t\n", ++lines, text);
            len = 0;
        }
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%.80s%s",
                                label, i + 1 < c->n_exact ? "; " : "");
    }
    fprintf(out, "exact\t\t\t\t\t\t\t\t\t%u\t%s\t\n", ++lines, text);
    return lines;
}

static size_t write_ticks(struct curves *c, FILE *out)
{
    double sizes[MAX_SIZES];
    bool labelled[MAX_SIZES];
    size_t n = sweep_sizes(c->table, c->workload, c->key, c->like, sizes);

    c->x = axis_empty;
    for (size_t i = 0; i < n; i++)
        axis_add(&c->x, sizes[i]);
    axis_pad(&c->x, 1.13);
    axis_ticks(&c->x, sizes, n, c->n_groups > 1 ? tick_gap_half : tick_gap,
               labelled);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "tick\t\t%zu\t\t\t%.0f\t\t\t\t\t", i + 1, sizes[i]);
        if (labelled[i])
            fprintf(out, "%.0f", sizes[i]);
        fputs("\t\n", out);
    }
    return n;
}

static void write_all(struct curves *c, FILE *out)
{
    char others[256], note[96];
    unsigned lines;
    size_t ticks;

    fputs("row\tpanel\tseries\tstyle\thollow\tx\ty\tlow\thigh\tplace\tlabel\t"
          "text\n",
          out);
    lines = write_exact(c, out);
    write_panels(c, lines, out);
    ticks = write_ticks(c, out);
    chart_others(c->workload, c->like, c->key, others, sizeof(others));
    chart_rounds(c->table, note, sizeof(note));
    /* How many panels, series and ticks there are, and how high it all is. */
    fprintf(out,
            "axis\t%zu\t%zu\t%zu\t%zu\t\t%u\t%.6g\t%.6g\t%u\t%s\t%s%s: %s\n",
            c->n_groups * c->n_metrics, c->n, ticks, c->n_metrics,
            total_height(c, lines), c->x.low, c->x.high, lines, note,
            c->workload, others, c->key);
}

static int write_sweep(struct curves *c, bool named, FILE *out)
{
    size_t n = c->table->n;

    c->items = calloc(n + 1, sizeof(*c->items));
    c->first = calloc(n + 2, sizeof(*c->first));
    c->exact = calloc(n + 1, sizeof(*c->exact));
    if (!c->items || !c->first || !c->exact)
        return -ENOMEM;
    find_models(c, named);
    write_all(c, out);
    return c->thinned;
}

static int write_figure(const struct results *r, const struct subject *s,
                        const struct axis_metric metrics[], size_t n_metrics,
                        FILE *out)
{
    struct curves c = {.table = r->table,
                       .findings = r->findings,
                       .workload = s->workload,
                       .key = s->parameter,
                       .metrics = metrics,
                       .n_metrics = n_metrics};
    int error = -ENOENT;

    c.like = sweep_choose(r->table, s->workload, s->parameter);
    if (c.like)
        error = write_sweep(&c, metrics == lost_metrics, out);
    free(c.items);
    free(c.first);
    free(c.exact);
    return error;
}

int curves_write_lost(const struct results *r, const struct subject *s,
                      FILE *out)
{
    const struct workload *w = workload_find(s->workload);

    if (!w || !w->kind->loses)
        return -ENOENT;
    return write_figure(r, s, lost_metrics, 2, out);
}

int curves_write_growth(const struct results *r, const struct subject *s,
                        FILE *out)
{
    const struct workload *w = workload_find(s->workload);

    if (!w || w->kind->loses)
        return -ENOENT;
    return write_figure(r, s, growth_metrics, 1, out);
}
