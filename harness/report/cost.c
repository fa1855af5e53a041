/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
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
    const struct entry *tasks[MOST_TASKS]; /* a cell of each */
    size_t n_tasks;
    struct axis axis;
    double place; /* of the line written last, counted in lines */
    unsigned series;
};

static double value_item_ns(const struct sample *s)
{
    return s->real_ns / (double)s->items;
}

static void add_task(struct cost *c, const struct entry *e)
{
    if (c->n_tasks < MOST_TASKS)
        c->tasks[c->n_tasks++] = e;
}

/* The tasks that a report has. */
static void find_usual_tasks(struct cost *c)
{
    static const char *const usual[MOST_TASKS] = {"", "increments=100000"};
    const struct workload *w = workload_find("counter");
    uint64_t values[MAX_PARAMETERS];
    char parameters[256];

    for (size_t i = 0; i < MOST_TASKS; i++) {
        if (!w || cell_values(w, usual[i], values))
            continue;
        cell_parameters(w, values, parameters, sizeof(parameters));
        for (size_t j = 0; j < c->table->n; j++) {
            const struct entry *e = &c->table->entries[j];

            if (chart_is_of(e, &kind_counting) &&
                strcmp(e->workload, w->name) == 0 &&
                strcmp(e->parameters, parameters) == 0) {
                add_task(c, e);
                break;
            }
        }
    }
}

/* Of a run with other parameters, the first tasks. */
static void find_tasks(struct cost *c)
{
    find_usual_tasks(c);
    if (c->n_tasks)
        return;
    for (size_t i = 0; i < c->table->n; i++) {
        const struct entry *e = &c->table->entries[i];
        bool known = !chart_is_of(e, &kind_counting);

        for (size_t j = 0; j < c->n_tasks; j++)
            known = known || fact_same_group(c->tasks[j], e);
        if (!known)
            add_task(c, e);
    }
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
        snprintf(out, size, "%s, the audit objects", cost);
    else
        snprintf(out, size, "%s", cost);
}

static bool is_shown(const struct entry *e, const struct entry *task)
{
    return chart_is_of(e, &kind_counting) && fact_same_group(e, task);
}

/* The axis holds all samples, and the text behind the last one of a line. */
static void find_axis(struct cost *c)
{
    double octaves = 1;

    c->axis = axis_empty;
    for (size_t i = 0; i < c->n_tasks; i++)
        for (size_t j = 0; j < c->table->n; j++) {
            const struct entry *e = &c->table->entries[j];

            for (unsigned r = 0;
                 is_shown(e, c->tasks[i]) && r < c->table->rounds; r++)
                if (e->by_round[r])
                    axis_add(&c->axis, value_item_ns(e->by_round[r]));
        }
    axis_pad(&c->axis, 1.25);
    for (size_t i = 0; i < c->n_tasks; i++)
        for (size_t j = 0; j < c->table->n; j++) {
            const struct entry *e = &c->table->entries[j];
            char text[TEXT];

            if (!is_shown(e, c->tasks[i]))
                continue;
            write_words(c, e, text, sizeof(text));
            octaves =
                fmax(octaves, log2(end_of(c, e) / c->axis.low) /
                                  (1 - letter * (double)(strlen(text) + 2)));
        }
    c->axis.high = fmax(c->axis.high, c->axis.low * exp2(octaves));
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

static void write_samples(const struct cost *c, const struct entry *e,
                          FILE *out)
{
    for (unsigned r = 0; r < c->table->rounds; r++) {
        if (!e->by_round[r])
            continue;
        fprintf(out, "sample\t%u\t%u\t%d\t", c->series,
                chart_style(c->table, e->model), fact_is_wrong(e));
        chart_number(value_item_ns(e->by_round[r]), '\t', out);
        fprintf(out, "\t\t\t%g\t%s\t\n", c->place, fact_label(e->model));
    }
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

static void write_task(struct cost *c, const struct entry *task, FILE *out)
{
    bool any = false;

    write_title(c, task, out);
    for (size_t i = 0; i < c->table->n; i++)
        if (is_shown(&c->table->entries[i], task) &&
            !fact_is_wrong(&c->table->entries[i]))
            write_cell(c, &c->table->entries[i], out);
    for (size_t i = 0; i < c->table->n; i++) {
        const struct entry *e = &c->table->entries[i];

        if (!is_shown(e, task) || !fact_is_wrong(e))
            continue;
        if (!any)
            fprintf(out,
                    "group\t\t\t\t\t\t\t\t%g\twrong, and so not ranked:"
                    "\t\n",
                    ++c->place);
        any = true;
        write_cell(c, e, out);
    }
}

int cost_write(const struct results *r, FILE *out)
{
    struct cost c = {.table = r->table};
    char note[96];

    find_tasks(&c);
    if (c.n_tasks == 0)
        return -ENOENT;
    find_axis(&c);
    fputs(
        "row\tseries\tstyle\thollow\tns\tlow\thigh\tend\tplace\tlabel\ttext\n",
        out);
    for (size_t i = 0; i < c.n_tasks; i++)
        write_task(&c, c.tasks[i], out);
    fputs("axis\t\t\t\t\t", out);
    chart_number(c.axis.low, '\t', out);
    chart_number(c.axis.high, '\t', out);
    chart_rounds(r->table, note, sizeof(note));
    fprintf(out, "\t%g\t%s\t\n", c.place + 1, note);
    return 0;
}
