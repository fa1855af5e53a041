/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long single items took, cell by cell. */
#include <stdio.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/findings.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"
#include "workloads/workload.h"

static const struct table_column columns[] = {
    {"model", NULL, -20, 0},
    {"p50", NULL, 8, 1},
    {"95 % interval", NULL, -18, 4},
    {"p90", NULL, 8, 3},
    {"p99", NULL, 8, 2},
    {"95 % interval", NULL, -18, 8},
    {"longest", NULL, 8, 7},
    {"first p50", NULL, 9, 5},
    {"first p99", NULL, 9, 6},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* The percentile of each column behind the first; 0: the last one's interval.
 */
static const struct {
    unsigned permille;
    bool first_byte;
} shown[COLUMNS - 1] = {
    {500}, {0}, {900}, {990}, {0}, {1000}, {500, true}, {990, true},
};

/* As many columns as the kind has metrics for. */
static size_t columns_of(const struct entry *e)
{
    size_t n = COLUMNS;

    while (!finding_metric(e, shown[n - 2].permille, shown[n - 2].first_byte))
        n--;
    return n;
}

static void print_row(struct document *d, const struct entry *e)
{
    char cells[COLUMNS - 1][QUANTITY_SIZE];
    const char *row[COLUMNS - 1];
    struct estimate last = {0};

    for (size_t i = 0; i + 1 < columns_of(e); i++) {
        row[i] = cells[i];
        strcpy(cells[i], "-");
        if (shown[i].permille) {
            last = finding_percentile(
                e, finding_metric(e, shown[i].permille, shown[i].first_byte));
            if (last.n)
                quantity_ns(last.median, cells[i], QUANTITY_SIZE);
        } else if (last.n) {
            fact_brackets(&last, quantity_ns, cells[i], QUANTITY_SIZE);
        }
    }
    document_row(d, NULL, fact_label_of(e), row);
}

static void print_group(struct document *d, const struct table *t,
                        const struct entry *head)
{
    bool any = false;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];
        char parameters[256];

        if (!finding_is_timed(e) || !fact_same_group(head, e) ||
            fact_is_folded(t, e))
            continue;
        fact_parameters(head, d->html ? ", " : "  ", parameters,
                        sizeof(parameters));
        if (!any)
            document_group(d, false, parameters);
        any = true;
        print_row(d, e);
    }
}

/* The first one that has times, or NULL. */
static const struct entry *find_timed(const struct table *t,
                                      const char *workload)
{
    for (size_t i = 0; i < t->n; i++)
        if (finding_is_timed(&t->entries[i]) &&
            strcmp(t->entries[i].workload, workload) == 0)
            return &t->entries[i];
    return NULL;
}

static void print_workload(struct document *d, const struct table *t,
                           const struct entry *timed)
{
    const struct workload *w = workload_find(timed->workload);
    const char *name = w->name;
    char title[96];

    snprintf(title, sizeof(title), "%s of each %s of %s",
             workload_times(w)->name, w->item, name);
    document_begin(d, NULL, title);
    document_text(d, NULL, "%s %s", workload_times(w)->text,
                  prose_find("percentiles"));
    document_table(d, NULL, name, ", percentiles", columns, columns_of(timed));
    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].group_first == i &&
            strcmp(t->entries[i].workload, name) == 0)
            print_group(d, t, &t->entries[i]);
    document_table_end(d);
    document_end(d);
}

void section_latency(const struct results *r, struct document *d)
{
    const struct table *t = r->table;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *timed = find_timed(t, t->entries[i].workload);

        if (timed && t->entries[i].workload_first == i)
            print_workload(d, t, timed);
    }
}
