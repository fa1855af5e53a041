/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers that a kind of work has besides times, cell by cell. */
#include <stdio.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/sections.h"
#include "workloads/workload.h"

/* A metric has a column for its median, and one for its interval. */
struct section {
    const struct table *table;
    const struct workload *workload;
    const struct metric *metrics[MAX_METRICS];
    char names[MAX_METRICS][40];
    size_t n;
    struct table_column columns[2 * MAX_METRICS + 1];
};

/* A percentile that is 0 is not known. */
static struct estimate number_of(const struct section *s, size_t metric,
                                 const struct entry *e)
{
    const struct metric *m = s->metrics[metric];

    return table_estimate_metric(e->by_round, s->table->rounds, m->name,
                                 m->permille > 0);
}

/* All are 0 where an earlier version recorded the samples. */
static bool has_metric(const struct section *s, const struct entry *e,
                       const struct metric *m)
{
    return !e->twin && strcmp(e->workload, s->workload->name) == 0 &&
           table_estimate_metric(e->by_round, s->table->rounds, m->name, true)
               .n;
}

static bool is_recorded(const struct section *s, const struct entry *e)
{
    for (size_t i = 0; i < s->n; i++)
        if (has_metric(s, e, s->metrics[i]))
            return true;
    return false;
}

static bool is_measured(const struct section *s, const struct metric *m)
{
    for (size_t i = 0; i < s->table->n; i++)
        if (has_metric(s, &s->table->entries[i], m))
            return true;
    return false;
}

static void add_metric(struct section *s, const struct metric *m)
{
    char *name = s->names[s->n], *end;

    snprintf(name, sizeof(s->names[0]), "%s", m->name);
    /* Numbers carry their unit each: "pass", not "pass ns". */
    end = name + strlen(name);
    if (end - name > 3 && strcmp(end - 3, "_ns") == 0)
        end[-3] = '\0';
    for (char *at = name; (at = strchr(at, '_'));)
        *at = ' ';
    /* Where it is narrow, the intervals go before any number. */
    s->columns[2 * s->n + 1] =
        (struct table_column){name, NULL, 12, (unsigned)s->n};
    s->columns[2 * s->n + 2] = (struct table_column){
        "95 % interval", NULL, -18, MAX_METRICS + (unsigned)s->n};
    s->metrics[s->n++] = m;
}

static void write_number(const struct metric *m, const struct estimate *e,
                         char *number, char *interval)
{
    void (*quantity)(double, char *, size_t) =
        !m->unit                          ? quantity_ratio
        : strcmp(m->unit, "ns") == 0      ? quantity_ns
        : strcmp(m->unit, "bytes") == 0   ? quantity_bytes
        : strcmp(m->unit, "bytes/s") == 0 ? quantity_rate
                                          : quantity_count;

    strcpy(number, "-");
    *interval = '\0';
    if (!e->n)
        return;
    quantity(e->median, number, QUANTITY_SIZE);
    if (estimate_has_interval(e))
        fact_brackets(e, quantity, interval, QUANTITY_SIZE);
}

static void print_row(const struct section *s, struct document *d,
                      const struct entry *e)
{
    char texts[2 * MAX_METRICS][QUANTITY_SIZE];
    const char *cells[2 * MAX_METRICS];

    for (size_t i = 0; i < s->n; i++) {
        struct estimate number = number_of(s, i, e);

        write_number(s->metrics[i], &number, texts[2 * i], texts[2 * i + 1]);
        cells[2 * i] = texts[2 * i];
        cells[2 * i + 1] = texts[2 * i + 1];
    }
    document_row(d, NULL, fact_label_of(e), cells);
}

static void print_group(const struct section *s, struct document *d,
                        const struct entry *head)
{
    size_t more = fact_folded(s->table, head);
    bool any = false;
    char text[64];

    for (size_t i = 0; i < s->table->n; i++) {
        const struct entry *e = &s->table->entries[i];
        char parameters[256];

        if (!fact_same_group(head, e) || !is_recorded(s, e) ||
            (!d->html && fact_is_folded(s->table, e)))
            continue;
        fact_parameters(head, d->html ? ", " : "  ", parameters,
                        sizeof(parameters));
        if (!any)
            document_group(d, false, parameters);
        any = true;
        print_row(s, d, e);
    }
    snprintf(text, sizeof(text), "%zu more models are in report.html", more);
    if (any && more && !d->html)
        document_group(d, true, text);
}

static void print_workload(const struct section *s, struct document *d)
{
    const struct table *t = s->table;
    char title[96];

    snprintf(title, sizeof(title), "%s: %s%s%s", s->workload->name, s->names[0],
             s->n > 1 ? ", " : "", s->n > 1 ? s->names[1] : "");
    document_begin(d, NULL, title);
    document_list(d, NULL);
    for (size_t i = 0; i < s->n; i++)
        document_item(d, "%s: %s", s->names[i], s->metrics[i]->help);
    document_list_end(d);
    document_table(d, NULL, s->workload->name, ", further numbers", s->columns,
                   2 * s->n + 1);
    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].group_first == i &&
            strcmp(t->entries[i].workload, s->workload->name) == 0)
            print_group(s, d, &t->entries[i]);
    document_table_end(d);
    document_end(d);
}

static void try_workload(const struct table *t, const struct workload *w,
                         struct document *d)
{
    struct section s = {
        .table = t, .workload = w, .columns[0] = {"model", NULL, -20, 0}};

    for (size_t i = 0; i < w->kind->n_metrics; i++)
        if ((!w->kind->metrics[i].permille || w->kind->metrics[i].noticed) &&
            (!w->kind->metrics[i].optional ||
             is_measured(&s, &w->kind->metrics[i])))
            add_metric(&s, &w->kind->metrics[i]);
    for (size_t i = 0; i < t->n; i++)
        if (is_recorded(&s, &t->entries[i])) {
            print_workload(&s, d);
            return;
        }
}

void section_metrics(const struct results *r, struct document *d)
{
    const struct table *t = r->table;

    for (size_t i = 0; i < t->n; i++) {
        const struct workload *w = workload_find(t->entries[i].workload);

        if (w && t->entries[i].workload_first == i)
            try_workload(t, w, d);
    }
}
