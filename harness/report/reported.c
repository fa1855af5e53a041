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
 * on it for each model, or for each family of more than MOST_TOGETHER.  Those
 * that the server ends come first, then those that a deadline ends, then the
 * healthy ones.
 */
enum group { AT_ONCE, AT_DEADLINE, HEALTHY, GROUPS };

static const char *const titles[GROUPS] = {
    [AT_ONCE] = "the server ends it",
    [AT_DEADLINE] = "a deadline ends it",
    [HEALTHY] = "healthy, among all these",
};

/* Of a part: all its lines, and one of them, as the script draws it. */
enum { PIXELS = 420, LINE = 30, LINE_OF_MANY = 35 };

/* Of a line, what the marks of its models share. */
static const double spread = 0.56;

/* Of the width, what a letter and a mark of the legend take; all it has. */
static const double letter = 0.0155, mark = 0.075, room = 1.3;

struct faults {
    const struct table *table;
    const struct matrix *matrix;
    struct axis ms;
    double place; /* of the line written last */
    size_t n;     /* marks of a line */
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
 * A refused connection takes microseconds, or no time at all, among others that
 * take milliseconds: it stands at the border, so that they have room.
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

static const char names[] =
    "row\tseries\tstyle\thollow\tms\tlow\thigh\tplace\tlabel\ttext\n";

/* Where the models of the mark end that begins with this one. */
static size_t end_of(const struct matrix *m, size_t first)
{
    const char *name = m->models[first];
    size_t end = first + 1;

    while (m->n_models > MOST_TOGETHER && end < m->n_models &&
           chart_family(m->models[end]) == chart_family(name) &&
           fact_is_floor(m->models[end]) == fact_is_floor(name))
        end++;
    return end;
}

static const char *label_of(const struct matrix *m, size_t first)
{
    return m->n_models > MOST_TOGETHER && !fact_is_floor(m->models[first])
               ? chart_family_name(m->models[first])
               : matrix_label(m, first);
}

/* A family has its colour, and a shape by which it is known without. */
static unsigned style_of(const struct faults *f, size_t first)
{
    unsigned style = chart_style(f->table, f->matrix->models[first]);
    unsigned family = style / 100;

    return f->matrix->n_models > MOST_TOGETHER && family
               ? 100 * family + (family - 1) % 6 + 1
               : style;
}

/* The median of its models, from the shortest to the longest of all. */
static void write_mark(const struct faults *f, const struct matrix_kind *k,
                       size_t first, size_t number, FILE *out)
{
    size_t end = end_of(f->matrix, first), n = 0;
    double *ms = calloc(end - first, sizeof(*ms)), low = INFINITY, high = 0;
    double place = f->n > 1 ? (double)number / (double)(f->n - 1) - 0.5 : 0;
    bool marked = false;

    for (size_t i = first; ms && i < end; i++) {
        const struct matrix_cell *c = &k->cells[i];

        marked |= matrix_is_marked(c);
        if (!c->ended)
            continue;
        ms[n++] = c->ms;
        low = fmin(low, c->times[0]);
        high = fmax(high, last_of(c));
    }
    if (n)
        fprintf(out, "cell\t%zu\t%u\t%d\t%.6g\t%.6g\t%.6g\t%.6g\t%s\t%s\n",
                number + 1, style_of(f, first), marked,
                fmax(estimate_median(ms, n).median, f->ms.low),
                fmax(low, f->ms.low), fmax(high, f->ms.low),
                f->place + spread * place, label_of(f->matrix, first),
                k->cells[first].class);
    free(ms);
}

static void write_kind(struct faults *f, const struct matrix_kind *k, FILE *out)
{
    double deadline = deadline_of(k);

    f->place++;
    fprintf(out, "site\t\t\t%d\t\t\t\t%g\t%s\t%s\n", !k->alike, f->place,
            k->name, k->alike ? k->cells[0].class : "not all alike");
    if (isfinite(deadline))
        fprintf(out, "deadline\t\t\t\t%.6g\t\t\t%g\t\t\n", deadline, f->place);
    for (size_t i = 0, n = 0; i < f->matrix->n_models; i = end_of(f->matrix, i))
        write_mark(f, k, i, n++, out);
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
 * What each mark looks like; and in the legend, which the first part has: where
 * it stands above the lines, 1 being their right end, and in `low` in which of
 * its own lines, from 0.
 */
static void write_models(const struct faults *f, size_t part, FILE *out)
{
    const struct matrix *m = f->matrix;
    unsigned line = 0;
    double at = 0;

    for (size_t i = 0, n = 0; i < m->n_models; i = end_of(m, i)) {
        const char *label = label_of(m, i);
        double width = mark + letter * (double)strlen(label);

        if (at > 0 && at + width > room) {
            at = 0;
            line++;
        }
        fprintf(out, "model\t%zu\t%u\t\t\t", ++n, style_of(f, i));
        if (part == 0)
            fprintf(out, "%u", line);
        fprintf(out, "\t\t%.4f\t%s\t\n", at + mark / 4, label);
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
    size_t most;

    for (size_t i = 0; r->matrices && i < r->matrices->n && !f.matrix; i++)
        if (strcmp(r->matrices->items[i].workload, of->workload) == 0)
            f.matrix = &r->matrices->items[i];
    if (!f.matrix || !find_axis(&f))
        return -ENOENT;
    for (size_t i = 0; i < f.matrix->n_models; i = end_of(f.matrix, i))
        f.n++;
    most = PIXELS / (f.n > MOST_TOGETHER ? LINE_OF_MANY : LINE);
    fputs(names, out);
    if (!write_kinds(&f, most * of->part, most * (of->part + 1), out))
        return -ENOENT;
    write_models(&f, of->part, out);
    write_axis(&f, out);
    *ret_shown = finding_of_sites(f.matrix);
    return 0;
}
