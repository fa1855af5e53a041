/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/matrix.h"

/*
 * How long until each kind of site is reported: a line for each kind, a mark
 * on it for each model.  Those that the server ends come first, then those
 * that a deadline ends, then the healthy ones.
 */
enum group { AT_ONCE, AT_DEADLINE, HEALTHY, GROUPS };

static const char *const titles[GROUPS] = {
    [AT_ONCE] = "the server ends it",
    [AT_DEADLINE] = "a deadline ends it",
    [HEALTHY] = "healthy, among all these",
};

/* Of a part: all its lines, and one of few models, as the script draws it. */
enum { PIXELS = 420, LINE = 30 };

/* Of a line, what the marks of its models share. */
static const double spread = 0.56;

/* Of the width, what a letter and a mark of the legend take; all it has. */
static const double letter = 0.0155, mark = 0.075, room = 1.3;

struct faults {
    const struct table *table;
    const struct matrix *matrix;
    struct axis ms;
    double place; /* of the line written last */
};

static enum group group_of(const struct matrix_kind *k)
{
    if (!matrix_is_fault(k))
        return HEALTHY;
    return k->group.deadline_ms ? AT_DEADLINE : AT_ONCE;
}

/* When it should be reported; NAN: not known beforehand. */
static double deadline_of(const struct matrix_kind *k)
{
    return k->group.deadline_ms ? (double)k->group.deadline_ms : NAN;
}

/* The median of all marks; 0: there are none. */
static double middle_of(const struct matrix *m)
{
    double *values = calloc(m->n_kinds * m->n_models + 1, sizeof(*values));
    double middle;
    size_t n = 0;

    for (size_t i = 0; values && i < m->n_kinds; i++)
        for (size_t j = 0; j < m->n_models; j++)
            if (m->kinds[i].cells[j].ended)
                values[n++] = m->kinds[i].cells[j].ms;
    middle = n ? estimate_median(values, n).median : 0;
    free(values);
    return middle;
}

static double last_of(const struct matrix_cell *c)
{
    return c->times[c->ended - 1];
}

/*
 * What is refused takes microseconds, or no time at all, among others that take
 * milliseconds: it stands at the border rather than to squeeze them.
 */
static bool find_axis(struct faults *f)
{
    const struct matrix *m = f->matrix;
    double middle = middle_of(m);

    f->ms = axis_empty;
    for (size_t i = 0; middle > 0 && i < m->n_kinds; i++) {
        axis_add(&f->ms, deadline_of(&m->kinds[i]));
        for (size_t j = 0; j < m->n_models; j++)
            if (m->kinds[i].cells[j].ended) {
                axis_add(&f->ms, m->kinds[i].cells[j].times[0]);
                axis_add(&f->ms, last_of(&m->kinds[i].cells[j]));
            }
    }
    f->ms.low = fmax(f->ms.low, middle / 10);
    axis_pad(&f->ms, 1.15);
    axis_widen(&f->ms);
    return middle > 0;
}

/* Rows. */

static const char names[] =
    "row\tseries\tstyle\thollow\tms\tlow\thigh\tplace\tlabel\ttext\n";

static void write_cell(const struct faults *f, const struct matrix_kind *k,
                       size_t model, FILE *out)
{
    const struct matrix *m = f->matrix;
    const struct matrix_cell *c = &k->cells[model];
    double step = m->n_models > 1 ? spread / (double)(m->n_models - 1) : 0;
    double place = f->place + step * (double)model;

    if (m->n_models > 1)
        place -= spread / 2;
    if (!c->ended)
        return;
    fprintf(out, "cell\t%zu\t%u\t%d\t", model + 1,
            chart_style(f->table, m->models[model]), matrix_is_marked(c));
    fprintf(out, "%.6g\t%.6g\t%.6g\t%.6g\t%s\t%s\n", fmax(c->ms, f->ms.low),
            fmax(c->times[0], f->ms.low), fmax(last_of(c), f->ms.low), place,
            matrix_label(m, model), c->class);
}

static void write_kind(struct faults *f, const struct matrix_kind *k, FILE *out)
{
    double deadline = deadline_of(k);

    f->place++;
    fprintf(out, "site\t\t\t%d\t\t\t\t%g\t%s\t%s\n", !k->alike, f->place,
            k->name, k->alike ? k->cells[0].class : "not all alike");
    if (isfinite(deadline))
        fprintf(out, "deadline\t\t\t\t%.6g\t\t\t%g\t\t\n", deadline, f->place);
    for (size_t i = 0; i < f->matrix->n_models; i++)
        write_cell(f, k, i, out);
}

/* Kinds in the order of their groups: `first` to `end` of them. */
static size_t write_kinds(struct faults *f, size_t first, size_t end, FILE *out)
{
    size_t n = 0, written = 0;

    for (int group = 0; group < GROUPS; group++) {
        size_t before = written;

        for (size_t i = 0; i < f->matrix->n_kinds; i++) {
            const struct matrix_kind *k = &f->matrix->kinds[i];

            if (group_of(k) != (enum group)group || n++ < first || n > end)
                continue;
            if (written++ == before) {
                f->place += f->place > 0 ? 1.4 : 1;
                fprintf(out, "group\t\t\t\t\t\t\t%g\t%s\t\n", f->place,
                        titles[group]);
            }
            write_kind(f, k, out);
        }
    }
    return written;
}

/*
 * The legend: where each model's mark stands above the lines, 1 being their
 * right end, and in which of its own lines, in `low`.
 */
static void write_models(const struct faults *f, FILE *out)
{
    unsigned line = 0;
    double at = 0;

    for (size_t i = 0; i < f->matrix->n_models; i++) {
        const char *label = matrix_label(f->matrix, i);
        double width = mark + letter * (double)strlen(label);

        if (at > 0 && at + width > room) {
            at = 0;
            line++;
        }
        fprintf(out, "model\t%zu\t%u\t\t\t%u\t\t%.4f\t%s\t\n", i + 1,
                chart_style(f->table, f->matrix->models[i]), line,
                at + mark / 4, label);
        at += width;
    }
}

static void write_axis(const struct faults *f, FILE *out)
{
    char task[320];

    matrix_task(f->matrix, task, sizeof(task));
    fprintf(out, "axis\t\t\t\t\t%.6g\t%.6g\t%g\t%s\t\n", f->ms.low, f->ms.high,
            f->place + 1, task);
}

int reported_write(const struct results *r, const struct subject *of, FILE *out,
                   struct finding *ret_shown)
{
    struct faults f = {.table = r->table};
    size_t most, n;

    for (size_t i = 0; r->matrices && i < r->matrices->n && !f.matrix; i++)
        if (strcmp(r->matrices->items[i].workload, of->workload) == 0)
            f.matrix = &r->matrices->items[i];
    if (!f.matrix || !find_axis(&f))
        return -ENOENT;
    n = f.matrix->n_models;
    most = n > MOST_TOGETHER ? PIXELS / (21 + 3 * n / 2) + 1 : PIXELS / LINE;
    fputs(names, out);
    if (!write_kinds(&f, most * of->part, most * (of->part + 1), out))
        return -ENOENT;
    write_models(&f, out);
    write_axis(&f, out);
    *ret_shown = finding_of_sites(f.matrix);
    return 0;
}
