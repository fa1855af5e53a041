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

/* The metric of each column behind the first; NULL: the interval of the last.
 */
static const char *const metrics[COLUMNS - 1] = {
    "page_p50_ns", NULL,          "page_p90_ns",       "page_p99_ns",
    NULL,          "page_max_ns", "first_byte_p50_ns", "first_byte_p99_ns",
};

static void print_row(struct document *d, const struct entry *e)
{
    char cells[COLUMNS - 1][QUANTITY_SIZE];
    const char *row[COLUMNS - 1];
    struct estimate last = {0};

    for (size_t i = 0; i < COLUMNS - 1; i++) {
        row[i] = cells[i];
        strcpy(cells[i], "-");
        if (metrics[i]) {
            last = finding_percentile(e, metrics[i]);
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

static bool has_times(const struct table *t, const char *workload)
{
    for (size_t i = 0; i < t->n; i++)
        if (finding_is_timed(&t->entries[i]) &&
            strcmp(t->entries[i].workload, workload) == 0)
            return true;
    return false;
}

static void print_workload(struct document *d, const struct table *t,
                           const char *name)
{
    const struct workload *w = workload_find(name);
    char title[96];

    snprintf(title, sizeof(title), "Time of each %s of %s",
             w ? w->item : "item", name);
    document_begin(d, NULL, title);
    document_text(d, NULL, "%s", prose_find("percentiles"));
    document_table(d, NULL, name, ", percentiles", columns, COLUMNS);
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

    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].workload_first == i &&
            has_times(t, t->entries[i].workload))
            print_workload(d, t, t->entries[i].workload);
}
