/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each model makes of each kind of site. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/matrix.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"
#include "harness/results/text.h"

static const struct table_column columns[] = {
    {"site", NULL, -15, 0},    {"what is wrong", "what", 0, 6},
    {"class", NULL, -20, 1},   {"bytes", NULL, 14, 5},
    {"fastest", "time", 8, 3}, {"median", "time", 8, 2},
    {"slowest", "time", 8, 4},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void write_bytes(const struct matrix *m, const struct matrix_kind *k,
                        char *out, size_t size)
{
    uint64_t least = k->cells[0].least, most = k->cells[0].most;

    for (size_t i = 1; i < m->n_models; i++) {
        if (k->cells[i].least < least)
            least = k->cells[i].least;
        if (k->cells[i].most > most)
            most = k->cells[i].most;
    }
    if (!matrix_has_bytes(k))
        snprintf(out, size, "-");
    else if (least == most)
        snprintf(out, size, "%" PRIu64, most);
    else
        snprintf(out, size, "%" PRIu64 " to %" PRIu64, least, most);
}

static void write_time(const struct matrix_cell *c, char *out, size_t size)
{
    if (c->ended && c->ms > 0)
        quantity_ns(c->ms * 1e6, out, size);
    else /* at once, in virtual time */
        snprintf(out, size, "%s", c->ended ? "0" : c->n ? "never" : "");
}

/* The fastest, the median and the slowest of the models in real time. */
static void write_times(const struct matrix *m, const struct matrix_kind *k,
                        char ret[3][QUANTITY_SIZE])
{
    double *ms = calloc(m->n_models + 1, sizeof(*ms));
    struct matrix_cell times[3] = {{.n = 1}, {.n = 1}, {.n = 1}};
    size_t n = 0;

    for (size_t i = 0; ms && i < m->n_models; i++)
        if (k->cells[i].ended && !fact_is_floor(m->models[i]))
            ms[n++] = k->cells[i].ms;
    if (n) {
        times[1].ms = estimate_median(ms, n).median; /* sorts them */
        times[0].ms = ms[0];
        times[2].ms = ms[n - 1];
    }
    for (size_t i = 0; i < 3; i++) {
        times[i].ended = n;
        write_time(&times[i], ret[i], QUANTITY_SIZE);
    }
    free(ms);
}

/* What the sites ended in; where it is not the same everywhere, what is. */
static const char *class_of(const struct matrix *m, const struct matrix_kind *k)
{
    for (size_t i = 1; i < m->n_models; i++)
        if (strcmp(k->cells[i].class, k->cells[0].class) != 0)
            return "differs";
    return k->cells[0].class;
}

static void print_kind(const struct matrix *m, const struct matrix_kind *k,
                       struct document *d)
{
    char bytes[48], times[3][QUANTITY_SIZE];
    const char *const cells[COLUMNS - 1] = {
        k->known ? k->group.text : "",
        class_of(m, k),
        bytes,
        times[0],
        times[1],
        times[2],
    };
    char *text = NULL;
    size_t size;
    FILE *out;

    write_bytes(m, k, bytes, sizeof(bytes));
    write_times(m, k, times);
    document_row(d, k->alike ? NULL : "wrong", k->name, cells);
    if (k->alike || !(out = open_memstream(&text, &size)))
        return;
    matrix_print_differences(m, k, out);
    if (text_close(out, &text))
        document_note(d, text, "");
    free(text);
}

/* The broken ones, or the healthy ones. */
static void print_kinds(const struct matrix *m, bool faulty, const char *title,
                        struct document *d)
{
    bool any = false;

    for (size_t i = 0; i < m->n_kinds; i++) {
        if (matrix_is_fault(&m->kinds[i]) != faulty)
            continue;
        if (!any)
            document_group(d, false, title);
        any = true;
        print_kind(m, &m->kinds[i], d);
    }
}

/* Whether the run was about nothing else. */
static bool is_only(const struct table *t, const char *workload)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->entries[i].workload, workload) != 0)
            return false;
    return true;
}

static void print_matrix(const struct results *r, const struct matrix *m,
                         struct document *d)
{
    char title[384], task[320];

    if (!d->html && matrix_is_alike(m) && !is_only(r->table, m->workload))
        return;
    matrix_task(m, task, sizeof(task));
    snprintf(title, sizeof(title), "The fault matrix: how each site of %s ends",
             task);
    document_begin(d, NULL, title);
    if (d->html)
        document_text(d, NULL, "%s", prose_find("matrix"));
    document_table(d, "matrix", "classes of ", task, columns, COLUMNS);
    print_kinds(m, true, "broken", d);
    print_kinds(m, false, "healthy", d);
    document_table_end(d);
    document_end(d);
}

void section_matrix(const struct results *r, struct document *d)
{
    for (size_t i = 0; r->matrices && i < r->matrices->n; i++)
        print_matrix(r, &r->matrices->items[i], d);
}
