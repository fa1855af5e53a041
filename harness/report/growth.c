/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/sweep.h"

/* How time grows with the number of pages, both on logarithmic axes. */
static const char key[] = "n";

/* What a label and a number take of their axis, as the script sets it. */
static const double label_gap = 0.115, tick_gap = 0.05;

struct growth {
    const struct table *table;
    const char *workload, *like; /* the sweep */
    const char *models[MOST_LABELS];
    double places[MOST_LABELS]; /* of the labels */
    size_t n;
    struct axis sizes, time; /* ns */
};

static void collect(const struct growth *g, const char *model,
                    struct sweep *ret)
{
    sweep_collect(g->table, g->workload, model, key, g->like, ret);
}

static void add_model(struct growth *g, const char *model)
{
    struct sweep s;

    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->models[i], model) == 0)
            return;
    collect(g, model, &s);
    if (!s.n || g->n == MOST_LABELS)
        return;
    g->places[g->n] =
        table_estimate(s.entries[s.n - 1], g->table->rounds, value_real_ns)
            .median;
    g->models[g->n++] = model;
    for (size_t i = 0; i < s.n; i++) {
        axis_add(&g->sizes, s.sizes[i]);
        for (unsigned r = 0; r < g->table->rounds; r++)
            if (s.entries[i]->by_round[r])
                axis_add(&g->time, value_real_ns(s.entries[i]->by_round[r]));
    }
}

static void find_models(struct growth *g)
{
    g->sizes = g->time = axis_empty;
    for (size_t i = 0; i < g->table->n; i++)
        add_model(g, g->table->entries[i].model);
    axis_pad(&g->sizes, 1.12);
    axis_pad(&g->time, 1.6);
    /* What hardly grows is not to look as if it did. */
    while (g->time.high < 10 * g->time.low)
        axis_pad(&g->time, 1.2);
    axis_spread(&g->time, g->places, g->n, label_gap);
}

static void write_cell(const struct growth *g, size_t i, const struct entry *e,
                       double size, FILE *out)
{
    struct estimate time = table_estimate(e, g->table->rounds, value_real_ns);

    fprintf(out, "cell\t%zu\t%u\t%d\t%.0f\t", i + 1,
            chart_style(g->table, e->model), fact_is_wrong(e), size);
    chart_number(time.median, '\t', out);
    chart_interval(&time, 1, out);
    fprintf(out, "\t%s\t\n", fact_label(e->model));
}

static void write_samples(const struct growth *g, size_t i,
                          const struct entry *e, double size, FILE *out)
{
    for (unsigned r = 0; r < g->table->rounds; r++) {
        if (!e->by_round[r])
            continue;
        fprintf(out, "sample\t%zu\t%u\t%d\t%.0f\t", i + 1,
                chart_style(g->table, e->model), fact_is_wrong(e), size);
        chart_number(value_real_ns(e->by_round[r]), '\t', out);
        fprintf(out, "\t\t\t%s\t\n", fact_label(e->model));
    }
}

/* "n^0.22 [0.20, 0.24]", as the sentence says it. */
static void write_exponent(const struct growth *g, const struct sweep *s,
                           FILE *out)
{
    struct estimate e = sweep_exponent(s, g->table->rounds);

    if (e.n == 0)
        return;
    fprintf(out, "%s^%.2f", key, e.median);
    if (estimate_has_interval(&e))
        fprintf(out, " [%.2f, %.2f]", e.low, e.high);
}

static void write_model(const struct growth *g, size_t i, FILE *out)
{
    const struct entry *last;
    struct sweep s;

    collect(g, g->models[i], &s);
    for (size_t j = 0; j < s.n; j++)
        write_cell(g, i, s.entries[j], s.sizes[j], out);
    for (size_t j = 0; j < s.n; j++)
        write_samples(g, i, s.entries[j], s.sizes[j], out);
    last = s.entries[s.n - 1];
    fprintf(out, "label\t%zu\t%u\t%d\t%.0f\t", i + 1,
            chart_style(g->table, g->models[i]), fact_is_wrong(last),
            s.sizes[s.n - 1]);
    chart_number(table_estimate(last, g->table->rounds, value_real_ns).median,
                 '\t', out);
    fputs("\t\t", out);
    chart_number(g->places[i], '\t', out);
    fprintf(out, "%s\t", fact_label(g->models[i]));
    write_exponent(g, &s, out);
    fputc('\n', out);
}

static void write_axes(const struct growth *g, FILE *out)
{
    double sizes[MAX_SIZES];
    bool labelled[MAX_SIZES];
    size_t n = sweep_sizes(g->table, g->workload, key, g->like, sizes);
    char text[96], others[256];

    axis_ticks(&g->sizes, sizes, n, tick_gap, labelled);
    for (size_t i = 0; i < n; i++)
        if (labelled[i])
            fprintf(out, "tick\t\t\t\t%.0f\t\t\t\t\t%.0f\t\n", sizes[i],
                    sizes[i]);
    chart_others(g->workload, g->like, key, others, sizeof(others));
    fprintf(out, "axis n\t\t\t\t\t\t%.6g\t%.6g\t\t%s%s\t\n", g->sizes.low,
            g->sizes.high, g->workload, others);
    fprintf(out, "axis time\t\t\t\t\t\t%.6g\t%.6g\t\t\t\n", g->time.low,
            g->time.high);
    chart_rounds(g->table, text, sizeof(text));
    if (*text)
        fprintf(out, "note\t\t\t\t\t\t\t\t\t%s\t\n", text);
}

static int write_growth(const struct results *r, const char *workload,
                        FILE *out)
{
    struct growth g = {.table = r->table, .workload = workload};

    g.like = sweep_choose(r->table, workload, key);
    if (!g.like)
        return -ENOENT;
    find_models(&g);
    fputs("row\tseries\tstyle\thollow\tn\tns\tlow\thigh\tplace\tlabel\ttext\n",
          out);
    for (size_t i = 0; i < g.n; i++)
        write_model(&g, i, out);
    write_axes(&g, out);
    return 0;
}

int growth_write_downloads(const struct results *r, FILE *out)
{
    return write_growth(r, "download", out);
}

int growth_write_titles(const struct results *r, FILE *out)
{
    return write_growth(r, "titles", out);
}
