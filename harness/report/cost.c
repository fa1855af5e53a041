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
enum { MOST_TASKS = 2, MOST_LINES = 12 /* of a part */ };

/* A letter's share of the axis, as the script sets it. */
static const double letter = 0.0125;

struct line {
    const struct entry *cell;
    size_t task;
    bool wrong;
    unsigned rank; /* 0 unless they are sorted by their families */
    struct estimate ns;
    double end; /* of its marks, where its text may begin */
    char text[96];
};

struct cost {
    const struct table *table;
    const struct entry *tasks[MOST_TASKS]; /* a cell of each */
    struct line *lines;
    size_t n;
    struct axis axis;
    double place; /* of the line written last, counted in lines */
    unsigned series;
    bool grouped, thinned;
};

/* Recordings of a version that did not have the price have a 0. */
static double value_item_ns(const struct sample *s)
{
    const struct kind *kind = workload_find(s->workload)->kind;

    for (size_t i = 0; i < kind->n_metrics; i++) {
        double ns;

        if (kind->metrics[i].price &&
            !column_number(sample_column(kind->metrics[i].name), s, &ns) &&
            ns > 0)
            return ns;
    }
    return value_real_ns(s) / (double)s->items;
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
static const struct entry *choose(const struct table *t, const char *workload,
                                  const struct entry *first)
{
    const struct entry *best = NULL;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (e->twin || !e->measured || strcmp(e->workload, workload) != 0 ||
            (first && fact_same_group(e, first)))
            continue;
        if (!best || (first ? e->last->items > best->last->items
                            : is_preset(e) && !is_preset(best)))
            best = e;
    }
    return best;
}

static void describe(struct line *l)
{
    const struct entry *e = l->cell;
    char cost[QUANTITY_SIZE];

    quantity_ns(l->ns.median, cost, sizeof(cost));
    if (e->lost_updates)
        snprintf(l->text, sizeof(l->text), "%s, %.3g %% lost", cost,
                 100.0 * (double)e->lost_updates /
                     ((double)e->iterations * (double)e->last->items));
    else if (e->wrong)
        snprintf(l->text, sizeof(l->text), "%s, wrong in %u of %u samples",
                 cost, e->wrong, e->measured);
    else
        snprintf(l->text, sizeof(l->text), "%s%s", cost,
                 l->wrong ? ", concurrency check failed" : "");
}

static void add_line(struct cost *c, const struct entry *e, size_t task)
{
    struct line *l = &c->lines[c->n++];

    *l = (struct line){.cell = e, .task = task, .wrong = fact_is_wrong(e)};
    l->ns = chart_estimate(table_estimate(e, c->table->rounds, value_item_ns));
    for (unsigned r = 0; r < c->table->rounds; r++)
        if (e->by_round[r]) {
            l->end = fmax(l->end, value_item_ns(e->by_round[r]));
            axis_add(&c->axis, value_item_ns(e->by_round[r]));
        }
    describe(l);
}

static int compare(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->task != y->task)
        return x->task < y->task ? -1 : 1;
    if (x->wrong != y->wrong)
        return x->wrong - y->wrong;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->cell < y->cell ? -1 : 1;
}

static void find_lines(struct cost *c)
{
    for (size_t task = 0; task < MOST_TASKS && c->tasks[task]; task++) {
        size_t first = c->n;

        for (size_t i = 0; i < c->table->n; i++) {
            const struct entry *e = &c->table->entries[i];

            if (!e->twin && e->measured && fact_same_group(e, c->tasks[task]))
                add_line(c, e, task);
        }
        c->grouped = c->grouped || c->n - first > MOST_TOGETHER;
    }
    for (size_t i = 0; c->grouped && i < c->n; i++)
        c->lines[i].rank = fact_rank(c->lines[i].cell->model);
    qsort(c->lines, c->n, sizeof(*c->lines), compare);
}

/* Widens the axis: it holds all samples, and the text behind each line. */
static void make_room(struct cost *c)
{
    axis_pad(&c->axis, 1.25);
    for (size_t i = 0; i < c->n; i++) {
        const struct line *l = &c->lines[i];
        double room = 1 - letter * (double)(strlen(l->text) + 2);
        double octaves = log2(l->end / c->axis.low) / room;

        axis_add(&c->axis, c->axis.low * exp2(fmax(1, octaves)));
    }
}

static void write_title(struct cost *c, const struct entry *task, FILE *out)
{
    char parameters[256];

    fact_parameters(task, ", ", parameters, sizeof(parameters));
    c->place += c->place > 0 ? 1.5 : 1;
    fprintf(out, "task\t\t\t\t\t\t\t\t%g\t%s, %s\t\n", c->place, task->workload,
            parameters);
}

/*
 * The headings above a line: its task, its family, or that results are wrong.
 */
static void write_headings(struct cost *c, const struct line *l,
                           const struct line *begin, FILE *out)
{
    const struct line *last = l - 1;
    bool first = l == begin || last->task != l->task;
    bool first_wrong = l->wrong && (first || !last->wrong);

    if (first)
        write_title(c, c->tasks[l->task], out);
    if (first_wrong || (c->grouped && !l->wrong &&
                        (first || chart_family(last->cell->model) !=
                                      chart_family(l->cell->model))))
        fprintf(out, "group\t\t\t\t\t\t\t\t%g\t%s\t\n", ++c->place,
                l->wrong ? "wrong results (not ranked):"
                         : chart_family_name(l->cell->model));
}

static void write_line(struct cost *c, const struct line *l, FILE *out)
{
    unsigned style = chart_style(c->table, l->cell->model);
    const char *label = fact_label_of(l->cell);
    size_t n;
    double *values = chart_samples(l->cell, c->table->rounds, value_item_ns,
                                   MOST_POINTS / c->n - 1, &n, &c->thinned);

    fprintf(out, "cell\t%u\t%u\t%d\t%.6g\t%.6g\t%.6g\t%.6g\t%g\t%s\t%s\n",
            ++c->series, style, l->wrong, l->ns.median, l->ns.low, l->ns.high,
            l->end, ++c->place, label, l->text);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "sample\t%u\t%u\t%d\t%.6g\t\t\t\t%g\t%s\t\n", c->series,
                style, l->wrong, values[i], c->place, label);
    free(values);
}

static void write_all(struct cost *c, const char *item, size_t begin, FILE *out)
{
    char note[96];

    fputs("row\tseries\tstyle\thollow\tns\tlow\thigh\tend\tplace\tlabel\t"
          "text\n",
          out);
    for (size_t i = begin; i < c->n && i < begin + MOST_LINES; i++) {
        write_headings(c, &c->lines[i], &c->lines[begin], out);
        write_line(c, &c->lines[i], out);
    }
    chart_rounds(c->table, note, sizeof(note));
    fprintf(out, "axis\t%u\t\t\t\t%.6g\t%.6g\t\t%g\t%s\t%s\n", c->series,
            c->axis.low, c->axis.high, c->place + 1, note, item);
}

/* Of the lines of the first task: what is wrong is not ranked. */
static void find_range(const struct cost *c, size_t begin, struct finding *ret)
{
    size_t task = c->lines[begin].task;

    for (size_t i = begin; i < c->n && i < begin + MOST_LINES; i++)
        if (c->lines[i].task == task && !c->lines[i].wrong &&
            !fact_is_floor(c->lines[i].cell->model))
            finding_widen(ret, c->lines[i].cell, c->lines[i].ns);
}

int cost_write(const struct results *r, const struct subject *of, FILE *out,
               struct finding *ret_shown)
{
    const struct workload *w = workload_find(of->workload);
    struct cost c = {.table = r->table, .axis = axis_empty};
    size_t begin = MOST_LINES * of->part;

    /* Where items are timed, they mostly wait, and their time is no cost. */
    if (!w || w->kind->times)
        return -ENOENT;
    c.tasks[0] = choose(r->table, w->name, NULL);
    if (!c.tasks[0])
        return -ENOENT;
    c.tasks[1] = choose(r->table, w->name, c.tasks[0]);
    c.lines = calloc(r->table->n, sizeof(*c.lines));
    if (!c.lines)
        return -ENOMEM;
    find_lines(&c);
    make_room(&c);
    if (begin < c.n) {
        write_all(&c, w->item, begin, out);
        find_range(&c, begin, ret_shown);
    }
    free(c.lines);
    return begin < c.n ? c.thinned : -ENOENT;
}
