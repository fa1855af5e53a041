/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run beside an earlier one. */
#include <stdio.h>
#include <string.h>

#include "harness/report/against.h"
#include "harness/report/facts.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"

static const struct table_column columns[] = {
    {"model", NULL, -20, 0},  {"earlier", NULL, 8, 3},
    {"now", NULL, 8, 4},      {"ratio", NULL, 6, 1},
    {"result", NULL, -13, 2}, {"95 % interval", NULL, -14, 5},
};
enum { MOST_LINES = 20 };
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static const struct entry *entry_of(const struct against_cell *c)
{
    return c->now ? c->now : c->then;
}

static void write_time(const struct entry *e, unsigned rounds, char *out)
{
    strcpy(out, "-");
    if (e && e->measured)
        quantity_ns(table_estimate(e, rounds, value_real_ns).median, out,
                    QUANTITY_SIZE);
}

/* A model that may lose updates has its ratio all the same. */
static void print_lost(const struct against *a, const struct against_cell *c,
                       struct document *d)
{
    char text[128];

    if (c->why[0] || (!c->now->wrong && !c->then->wrong))
        return;
    snprintf(
        text, sizeof(text),
        ": %.3g %% of the updates lost earlier, %.3g %% now",
        100 * table_estimate(c->then, a->then.rounds, value_lost_share).median,
        100 * table_estimate(c->now, a->now->rounds, value_lost_share).median);
    document_note(d, "wrong results", text);
}

/* In the terminal, of many cells those whose difference is significant. */
static bool is_left_out(const struct against *a, const struct against_cell *c,
                        const struct document *d)
{
    return !d->html && a->n_cells > MOST_LINES && !c->why[0] &&
           estimate_has_interval(&c->ratio) && estimate_spans(&c->ratio, 1);
}

static void print_row(const struct against *a, const struct against_cell *c,
                      struct document *d)
{
    char then[QUANTITY_SIZE], now[QUANTITY_SIZE];
    char ratio[QUANTITY_SIZE] = "-", interval[QUANTITY_SIZE] = "";
    const char *cells[COLUMNS - 1] = {then, now, ratio, against_word(c),
                                      interval};

    write_time(c->then, a->then.rounds, then);
    write_time(c->now, a->now->rounds, now);
    if (!c->why[0])
        snprintf(ratio, sizeof(ratio), "%.3g", c->ratio.median);
    if (estimate_has_interval(&c->ratio))
        snprintf(interval, sizeof(interval), "%.3g to %.3g", c->ratio.low,
                 c->ratio.high);
    document_row(d, NULL, fact_label_of(entry_of(c)), cells);
    print_lost(a, c, d);
}

static void print_cells(const struct against *a, struct document *d)
{
    const char *between = d->html ? ", " : "  ";
    const struct entry *before = NULL;

    document_table(d, NULL, "this run and the earlier one", "", columns,
                   COLUMNS);
    for (size_t i = 0; i < a->n_cells; i++) {
        const struct entry *e = entry_of(&a->cells[i]);
        char parameters[256], text[320];

        if (is_left_out(a, &a->cells[i], d))
            continue;
        /* They may be of two tables. */
        if (!before || strcmp(e->workload, before->workload) != 0 ||
            strcmp(e->parameters, before->parameters) != 0) {
            fact_parameters(e, between, parameters, sizeof(parameters));
            snprintf(text, sizeof(text), "%s%s%s", e->workload,
                     *parameters ? between : "", parameters);
            document_group(d, false, text);
        }
        before = e;
        print_row(a, &a->cells[i], d);
    }
    document_table_end(d);
}

static void print_differences(const struct against *a, struct document *d)
{
    if (!a->n_differences)
        document_text(d, NULL,
                      "Both have the same machine, version and "
                      "experiment.");
    document_list(d, NULL);
    for (size_t i = 0; i < a->n_differences; i++) {
        const struct against_difference *e = &a->differences[i];

        bool same = strcmp(e->about, e->key) == 0;

        document_item(d, "%s%s%s was %s, is %s", same ? "" : e->about,
                      same ? "" : ": ", e->key,
                      *e->then ? e->then : "not recorded",
                      *e->now ? e->now : "not recorded");
    }
    document_list_end(d);
}

void section_against(const struct results *r, struct document *d)
{
    const struct against *a = r->against;
    char title[512], date[64];

    if (!a)
        return;
    recording_key(a->recording, "date", date, sizeof(date));
    snprintf(title, sizeof(title), "Compared with the earlier run %.256s%s%s",
             a->name, *date ? ", " : "", date);
    document_begin(d, NULL, title);
    document_text(
        d, NULL,
        "Of %zu cell%s %zu slower, %zu faster, %zu not significant; %zu "
        "without an interval or with wrong results.",
        a->n_cells, a->n_cells == 1 ? " is" : "s are", a->slower, a->faster,
        a->not_separated,
        a->n_cells - a->slower - a->faster - a->not_separated);
    print_differences(a, d);
    print_cells(a, d);
    if (!d->html && a->n_cells > MOST_LINES && a->not_separated)
        document_text(d, NULL,
                      "The %zu that are not significant are in "
                      "report.html.",
                      a->not_separated);
    document_text(d, NULL, "%s", prose_find("unpaired"));
    document_end(d);
}
