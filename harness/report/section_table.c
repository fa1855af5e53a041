/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each model took, cell by cell, and what was not run. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/report/compare.h"
#include "harness/report/facts.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"
#include "harness/results/names.h"
#include "harness/results/text.h"
#include "models/model.h"
#include "workloads/workload.h"

static const struct table_column columns[] = {
    {"model", NULL, -18, 0},         {"time", NULL, 7, 0},
    {"95 % interval", NULL, -18, 3}, {"ratio", NULL, 7, 1},
    {"its interval", NULL, -16, 2},  {"CPU", NULL, 7, 4},
    {"memory", NULL, 8, 5},          {"switches", NULL, 8, 6},
    {"threads", NULL, 7, 7},         {"peak", NULL, 5, 8},
    {"per item", NULL, 8, 9},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* "~1.01" is within noise; what has no ratio has no interval. */
static void write_ratio(const struct results *r, const struct entry *e,
                        char *ratio, char *interval)
{
    const struct finding *f = compare_find(r->findings, e);
    const struct entry *base = compare_base(r, e);
    char text[QUANTITY_SIZE];

    *interval = '\0';
    snprintf(ratio, QUANTITY_SIZE, "%s",
             f || !base  ? "-"
             : base == e ? "base"
                         : "");
    if (!f || f->barred)
        return;
    quantity_ratio(f->estimate.median, text, sizeof(text));
    snprintf(ratio, QUANTITY_SIZE, "%s%.16s", f->within_noise ? "~" : "", text);
    if (estimate_has_interval(&f->estimate))
        fact_brackets(&f->estimate, quantity_ratio, interval, QUANTITY_SIZE);
}

static uint64_t peak_of(const struct entry *e, unsigned rounds,
                        uint64_t (*value)(const struct sample *))
{
    uint64_t peak = 0;

    for (unsigned r = 0; r < rounds; r++)
        if (e->by_round[r] && value(e->by_round[r]) > peak)
            peak = value(e->by_round[r]);
    return peak;
}

static uint64_t value_rss(const struct sample *s)
{
    return s->peak_rss_bytes;
}

static uint64_t value_threads(const struct sample *s)
{
    return s->threads_peak;
}

/* As the origin counted them; without one, the gate or the connection layer. */
static uint64_t value_peak(const struct sample *s)
{
    return s->origin_peak ? s->origin_peak : s->peak;
}

static void print_row(const struct results *r, struct document *d,
                      const struct entry *e)
{
    bool virtual = d->html && fact_is_virtual(e);
    unsigned n = r->table->rounds;
    struct estimate time = table_estimate(e, n, value_real_ns);
    char name[128], texts[COLUMNS - 1][QUANTITY_SIZE];
    const char *cells[COLUMNS - 1];

    for (size_t i = 0; i < COLUMNS - 1; i++)
        cells[i] = texts[i];
    quantity_ns(time.median, texts[0], QUANTITY_SIZE);
    fact_brackets(&time, quantity_ns, texts[1], QUANTITY_SIZE);
    write_ratio(r, e, texts[2], texts[3]);
    quantity_ns(table_estimate(e, n, value_cpu_ns).median, texts[4],
                QUANTITY_SIZE);
    quantity_bytes((double)peak_of(e, n, value_rss), texts[5], QUANTITY_SIZE);
    quantity_count(table_estimate(e, n, value_switches).median, texts[6],
                   QUANTITY_SIZE);
    snprintf(texts[7], QUANTITY_SIZE, "%" PRIu64, peak_of(e, n, value_threads));
    snprintf(texts[8], QUANTITY_SIZE, "%" PRIu64, peak_of(e, n, value_peak));
    /* What cannot be seen from outside. */
    if (fact_is_reference(e)) {
        cells[6] = cells[7] = "-";
        cells[8] = peak_of(e, n, value_peak) ? cells[8] : "-";
    }
    quantity_ns(time.median / (double)e->last->items, texts[9], QUANTITY_SIZE);
    snprintf(name, sizeof(name), "%s%s", fact_label_of(e),
             virtual ? " (virtual time)" : "");
    document_row(d,
                 fact_is_wrong(e) ? "wrong"
                 : virtual        ? "virtual"
                                  : NULL,
                 name, cells);
}

static void print_notes(struct document *d, const struct entry *e)
{
    struct fact_note notes[MAX_NOTES];
    size_t n = fact_notes(e, notes);

    for (size_t i = 0; i < n; i++)
        document_note(d, notes[i].alarm, notes[i].text);
}

/* Those of a group that are wrong, or those that are not. */
static void print_cells(const struct results *r, struct document *d,
                        const struct entry *head, bool wrong, bool folded)
{
    const struct table *t = r->table;
    bool any = false;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (e->twin || !fact_same_group(head, e) || fact_is_wrong(e) != wrong ||
            fact_is_folded(t, e) != folded)
            continue;
        if (wrong && !any)
            document_group(d, true, "wrong results (not ranked):");
        any = true;
        if (e->measured)
            print_row(r, d, e);
        print_notes(d, e);
    }
}

static void print_group(const struct results *r, struct document *d,
                        const struct entry *head, bool folded)
{
    const struct table *t = r->table;
    const char *between = d->html ? ", " : "  ";
    size_t more = folded ? 0 : fact_folded(t, head);
    char parameters[256], text[320];

    fact_parameters(head, between, parameters, sizeof(parameters));
    snprintf(text, sizeof(text), "%s%s%s", head->workload,
             *parameters ? between : "", parameters);
    document_group(d, false, text);
    print_cells(r, d, head, false, folded);
    snprintf(text, sizeof(text), "%zu more models are in report.html", more);
    if (more && !d->html)
        document_group(d, true, text);
    print_cells(r, d, head, true, folded);
}

static void print_groups(const struct results *r, struct document *d,
                         const char *name, bool folded)
{
    const struct table *t = r->table;
    struct table_column wide[COLUMNS];

    memcpy(wide, columns, sizeof(wide));
    for (size_t i = 0; i < t->n; i++)
        if (-(int)strlen(fact_label_of(&t->entries[i])) < wide[0].width)
            wide[0].width = -(int)strlen(fact_label_of(&t->entries[i]));
    document_table(d, NULL, name, folded ? ", the other models" : "", wide,
                   COLUMNS);
    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].group_first == i &&
            strcmp(t->entries[i].workload, name) == 0 &&
            (!folded || fact_folded(t, &t->entries[i])))
            print_group(r, d, &t->entries[i], folded);
    document_table_end(d);
}

static void print_workload(const struct results *r, struct document *d,
                           const char *name)
{
    const struct table *t = r->table;
    const struct workload *w = workload_find(name);
    size_t folded = 0;

    if (d->html)
        html_element(d->out, "h3", "%s%s%s", name, w ? ": " : "",
                     w ? w->summary : "");
    print_groups(r, d, name, false);
    for (size_t i = 0; i < t->n; i++)
        folded += strcmp(t->entries[i].workload, name) == 0 &&
                  fact_is_folded(t, &t->entries[i]);
    if (!folded || !d->html)
        return;
    fprintf(d->out,
            "<details><summary>%zu more rows: the other models of each "
            "family</summary>",
            folded);
    print_groups(r, d, name, true);
    fputs("</details>\n", d->out);
}

/* Whether it has a cell in which heavy work is handed to other threads. */
static bool offloads(const struct table *t, const struct model *m)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];
        const struct workload *w = workload_find(e->workload);
        uint64_t values[MAX_PARAMETERS];

        if (w && strcmp(e->model, m->name) == 0 &&
            cell_values(w, e->parameters, values) == 0 &&
            workload_offloads(w, values))
            return true;
    }
    return false;
}

static void describe_kept(const struct table *t, const struct model *m,
                          FILE *out)
{
    for (size_t i = 0; i < n_kinds; i++) {
        struct ability a = model_ability(m, kind_list[i]);

        if (a.keeps_threads)
            html_element(out, "dd",
                         "Its runtime keeps %zu thread%s of %s that cannot be "
                         "joined.",
                         a.keeps_threads, a.keeps_threads == 1 ? "" : "s",
                         kind_list[i]->name);
        if (a.offload_keeps_threads && offloads(t, m))
            html_element(out, "dd",
                         "With --offload its runtime keeps %zu threads that "
                         "cannot be joined.",
                         a.offload_keeps_threads);
    }
}

void section_models(const struct results *r, struct document *d)
{
    bool references = false;

    if (!r->table->n)
        return;
    document_begin(d, "roster", "What the models are");
    fputs("<dl class=\"models\">\n", d->out);
    for (size_t i = 0; i < r->table->n; i++) {
        const struct model *m = model_find(r->table->entries[i].model);

        if (r->table->entries[i].model_first != i || !m)
            continue;
        html_element(d->out, "dt", "%s", m->label);
        html_element(d->out, "dd", "%s", m->summary);
        references |= fact_is_reference(&r->table->entries[i]);
        describe_kept(r->table, m, d->out);
        fputc('\n', d->out);
    }
    fputs("</dl>\n", d->out);
    if (references)
        html_element(d->out, "p", "%s", prose_find("references"));
    document_end(d);
}

void section_table(const struct results *r, struct document *d)
{
    const struct table *t = r->table;

    if (!t->n)
        return;
    if (d->html) {
        document_begin(d, NULL, "What each model took");
        document_text(d, NULL, "%s", prose_find("table"));
    }
    for (size_t i = 0; i < t->n; i++)
        if (t->entries[i].workload_first == i) {
            if (d->begun && !d->html)
                fputc('\n', d->out);
            print_workload(r, d, t->entries[i].workload);
        }
    document_end(d);
}

void section_gaps(const struct results *r, struct document *d)
{
    struct item key;
    bool any = false;

    for (const char *at = NULL; recording_next(r->recording, &at, &key);) {
        if (!item_is(&key, "gap"))
            continue;
        if (!any) {
            document_begin(d, NULL, "Not run");
            document_list(d, NULL);
        }
        any = true;
        document_item(d, "%.*s", (int)key.value_len, key.value);
    }
    if (!any)
        return;
    document_list_end(d);
    document_end(d);
}
