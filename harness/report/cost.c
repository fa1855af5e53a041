/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/results/names.h"

/*
 * What one increment costs: a line for each model, those whose result was
 * wrong in a group of their own below, for one or two tasks.
 */
enum { MOST_TASKS = 2, TEXT = 96 };

/* A letter's share of the axis, as the script sets it. */
static const double letter = 0.0125;

struct cost {
    const struct table *table;
    const struct entry **cells; /* of the workload, many by their families */
    size_t n_cells;
    const struct entry *tasks[MOST_TASKS]; /* a cell of each */
    size_t n_tasks;
    struct axis axis;
    double place; /* of the line written last, counted in lines */
    unsigned series;
    size_t most; /* samples of a cell that are drawn */
    bool grouped, thinned;
};

static double value_item_ns(const struct sample *s)
{
    return s->real_ns / (double)s->items;
}

static bool is_shown(const struct entry *e, const struct entry *task)
{
    return !e->twin && e->measured && fact_same_group(e, task);
}

static int compare(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;

    return (int)fact_rank((*x)->model) - (int)fact_rank((*y)->model);
}

static int find_cells(struct cost *c, const char *workload)
{
    c->cells = calloc(c->table->n + 1, sizeof(*c->cells));
    if (!c->cells)
        return -ENOMEM;
    for (size_t i = 0; i < c->table->n; i++) {
        const struct entry *e = &c->table->entries[i];

        if (strcmp(e->workload, workload) == 0 && is_shown(e, e))
            c->cells[c->n_cells++] = e;
    }
    return c->n_cells ? 0 : -ENOENT;
}

static size_t count_shown(const struct cost *c, const struct entry *task)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_cells; i++)
        n += is_shown(c->cells[i], task);
    return n;
}

static bool is_preset(const struct entry *e)
{
    const struct workload *w = workload_find(e->workload);
    uint64_t values[MAX_PARAMETERS], presets[MAX_PARAMETERS];

    workload_presets(w, presets);
    return cell_values(w, e->parameters, values) == 0 &&
           memcmp(values, presets, w->n_parameters * sizeof(values[0])) == 0;
}

/* The task at the presets, else the first one; and of the others the longest.
 */
static void find_tasks(struct cost *c)
{
    for (size_t i = 0; i < c->n_cells; i++)
        if (!c->tasks[0] || (is_preset(c->cells[i]) && !is_preset(c->tasks[0])))
            c->tasks[0] = c->cells[i];
    for (size_t i = 0; i < c->n_cells; i++)
        if (!fact_same_group(c->cells[i], c->tasks[0]) &&
            (!c->tasks[1] ||
             c->cells[i]->last->items > c->tasks[1]->last->items))
            c->tasks[1] = c->cells[i];
    c->n_tasks = 1 + (c->tasks[1] != NULL);
    for (size_t i = 0; i < c->n_tasks; i++)
        if (count_shown(c, c->tasks[i]) > MOST_TOGETHER)
            c->grouped = true;
    if (c->grouped)
        qsort(c->cells, c->n_cells, sizeof(*c->cells), compare);
}

/* Where a line's marks end, and its text may begin. */
static double end_of(const struct cost *c, const struct entry *e)
{
    double end = 0;

    for (unsigned r = 0; r < c->table->rounds; r++)
        if (e->by_round[r])
            end = fmax(end, value_item_ns(e->by_round[r]));
    return end;
}

static void write_words(const struct cost *c, const struct entry *e, char *out,
                        size_t size)
{
    struct estimate ns = table_estimate(e, c->table->rounds, value_item_ns);
    char cost[QUANTITY_SIZE];

    quantity_ns(ns.median, cost, sizeof(cost));
    if (e->lost_updates)
        snprintf(out, size, "%s, %.3g %% lost", cost,
                 100.0 * (double)e->lost_updates /
                     ((double)e->iterations * (double)e->last->items));
    else if (e->wrong)
        snprintf(out, size, "%s, wrong in %u of %u samples", cost, e->wrong,
                 e->measured);
    else if (fact_is_wrong(e))
        snprintf(out, size, "%s, concurrency check failed", cost);
    else
        snprintf(out, size, "%s", cost);
}

/* The axis holds all samples, and the text behind the last one of a line. */
static void find_axis(struct cost *c, const struct entry *task)
{
    for (size_t i = 0; i < c->n_cells; i++)
        for (unsigned r = 0;
             is_shown(c->cells[i], task) && r < c->table->rounds; r++)
            if (c->cells[i]->by_round[r])
                axis_add(&c->axis, value_item_ns(c->cells[i]->by_round[r]));
}

static void make_room(struct cost *c, const struct entry *task)
{
    char text[TEXT];

    for (size_t i = 0; i < c->n_cells; i++) {
        double octaves = 1;

        if (!is_shown(c->cells[i], task))
            continue;
        write_words(c, c->cells[i], text, sizeof(text));
        octaves = fmax(1, log2(end_of(c, c->cells[i]) / c->axis.low) /
                              (1 - letter * (double)(strlen(text) + 2)));
        c->axis.high = fmax(c->axis.high, c->axis.low * exp2(octaves));
    }
}

/* Rows. */

/* "100 tasks", but "1 task". */
static int length_of(const char *name, uint64_t count)
{
    size_t len = strlen(name);

    return (int)len - (count == 1 && len > 1 && name[len - 1] == 's');
}

static void write_title(struct cost *c, const struct entry *task, FILE *out)
{
    const struct workload *w = workload_find(task->workload);
    uint64_t values[MAX_PARAMETERS];
    char count[32];

    c->place += c->place > 0 ? 1.5 : 1;
    fprintf(out, "task\t\t\t\t\t\t\t\t%g\t%s:", c->place, task->workload);
    if (cell_values(w, task->parameters, values))
        workload_presets(w, values);
    for (size_t i = 0, named = 0; i < w->n_parameters; i++) {
        const struct parameter *p = &w->parameters[i];

        chart_count(values[i], count, sizeof(count));
        if (p->always)
            fprintf(out, "%s %s %.*s", named++ ? " x" : "", count,
                    length_of(p->name, values[i]), p->name);
        else if (values[i] != p->preset)
            fprintf(out, ", %s %s", p->name, count);
    }
    fputs("\t\n", out);
}

static void write_samples(struct cost *c, const struct entry *e, FILE *out)
{
    size_t n;
    double *values = chart_samples(e, c->table->rounds, value_item_ns, c->most,
                                   &n, &c->thinned);

    for (size_t i = 0; i < n; i++) {
        fprintf(out, "sample\t%u\t%u\t%d\t", c->series,
                chart_style(c->table, e->model), fact_is_wrong(e));
        chart_number(values[i], '\t', out);
        fprintf(out, "\t\t\t%g\t%s\t\n", c->place, fact_label(e->model));
    }
    free(values);
}

static void write_cell(struct cost *c, const struct entry *e, FILE *out)
{
    struct estimate ns = table_estimate(e, c->table->rounds, value_item_ns);
    char text[TEXT];

    write_words(c, e, text, sizeof(text));
    c->place++;
    fprintf(out, "cell\t%u\t%u\t%d\t", ++c->series,
            chart_style(c->table, e->model), fact_is_wrong(e));
    chart_number(ns.median, '\t', out);
    chart_interval(&ns, 1, out);
    chart_number(end_of(c, e), '\t', out);
    fprintf(out, "%g\t%s\t%s\n", c->place, fact_label(e->model), text);
    write_samples(c, e, out);
}

static void write_heading(struct cost *c, const char *text, FILE *out)
{
    fprintf(out, "group\t\t\t\t\t\t\t\t%g\t%s\t\n", ++c->place, text);
}

/* Those that are right, or those that are not. */
static void write_cells(struct cost *c, const struct entry *task, bool wrong,
                        FILE *out)
{
    const struct entry *last = NULL;

    for (size_t i = 0; i < c->n_cells; i++) {
        const struct entry *e = c->cells[i];

        if (!is_shown(e, task) || fact_is_wrong(e) != wrong)
            continue;
        if (wrong && !last)
            write_heading(c, "wrong results (not ranked):", out);
        if (!wrong && c->grouped &&
            (!last || chart_family(last->model) != chart_family(e->model)))
            write_heading(c, chart_family_name(e->model), out);
        write_cell(c, e, out);
        last = e;
    }
}

static void write_all(struct cost *c, const char *item, FILE *out)
{
    char note[96];
    size_t shown = 0;

    for (size_t i = 0; i < c->n_tasks; i++)
        shown += count_shown(c, c->tasks[i]);
    c->most = MOST_POINTS / shown - 1;
    fputs("row\tseries\tstyle\thollow\tns\tlow\thigh\tend\tplace\tlabel\t"
          "text\n",
          out);
    for (size_t i = 0; i < c->n_tasks; i++) {
        write_title(c, c->tasks[i], out);
        write_cells(c, c->tasks[i], false, out);
        write_cells(c, c->tasks[i], true, out);
    }
    fprintf(out, "axis\t%u\t\t\t\t", c->series);
    chart_number(c->axis.low, '\t', out);
    chart_number(c->axis.high, '\t', out);
    chart_rounds(c->table, note, sizeof(note));
    fprintf(out, "\t%g\t%s\t%s\n", c->place + 1, note, item);
}

int cost_write(const struct results *r, const struct subject *of, FILE *out)
{
    const struct workload *w = workload_find(of->workload);
    struct cost c = {.table = r->table, .axis = axis_empty};
    int error;

    /* Where a server answers, time is mostly waiting for it. */
    if (!w || w->kind->served)
        return -ENOENT;
    error = find_cells(&c, w->name);
    if (!error) {
        find_tasks(&c);
        for (size_t i = 0; i < c.n_tasks; i++)
            find_axis(&c, c.tasks[i]);
        axis_pad(&c.axis, 1.25);
        for (size_t i = 0; i < c.n_tasks; i++)
            make_room(&c, c.tasks[i]);
        write_all(&c, w->item, out);
    }
    free(c.cells);
    return error ? error : c.thinned;
}
