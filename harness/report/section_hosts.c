/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ratios of several hosts beside each other. */
#include <stdio.h>

#include "harness/report/facts.h"
#include "harness/report/hosts.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"
#include "harness/results/pooled.h"

static const struct table_column columns[] = {
    {"host", NULL, -26, 0},
    {"ratio", NULL, 6, 1},
    {"result", NULL, -15, 2},
    {"95 % interval", NULL, -16, 3},
};
/* The findings name the cell that is the reason. */
static const char *const no_ratio[] = {"-", "no ratio", ""};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void print_row(const char *name, const struct estimate *e,
                      const char *word, struct document *d)
{
    char ratio[QUANTITY_SIZE], low[QUANTITY_SIZE], high[QUANTITY_SIZE];
    char interval[3 * QUANTITY_SIZE] = "";
    const char *const cells[COLUMNS - 1] = {ratio, word, interval};

    quantity_ratio(e->median, ratio, sizeof(ratio));
    quantity_ratio(e->low, low, sizeof(low));
    quantity_ratio(e->high, high, sizeof(high));
    if (estimate_has_interval(e))
        snprintf(interval, sizeof(interval), "%s to %s", low, high);
    document_row(d, NULL, name, cells);
}

static void print_pooled(const struct estimate *pooled, struct document *d)
{
    struct estimate e = *pooled;
    const char *word = ratio_word(&e);

    print_row("all, pooled", pooled, word ? word : "not significant", d);
}

static void print_comparison(const struct host_runs *h,
                             const struct comparison *c, struct document *d)
{
    char title[512], agreement[128], text[256];
    char low[QUANTITY_SIZE], high[QUANTITY_SIZE];

    host_runs_title(c, title, sizeof(title));
    document_group(d, false, title);
    for (size_t i = 0; i < h->n; i++)
        if (c->of[i])
            print_row(h->items[i].name, &c->of[i]->estimate,
                      host_word(c->of[i]), d);
        else
            document_row(d, NULL, h->items[i].name, no_ratio);
    if (c->pooled.n)
        print_pooled(&c->pooled, d);
    host_runs_agreement(h, c, agreement, sizeof(agreement));
    quantity_ratio(c->low, low, sizeof(low));
    quantity_ratio(c->high, high, sizeof(high));
    snprintf(text, sizeof(text), "%s; ratios from %s to %s", agreement, low,
             high);
    document_note(d, "", text);
}

static void print_hosts(const struct results *r, struct document *d)
{
    document_list(d, NULL);
    for (size_t i = 0; i < r->hosts->n; i++) {
        char key[32], value[1024];

        snprintf(key, sizeof(key), "host.%zu", i + 1);
        recording_key(r->recording, key, value, sizeof(value));
        document_item(d, "%s (%u rounds)", value,
                      r->hosts->items[i].table.rounds);
    }
    document_list_end(d);
}

void section_hosts(const struct results *r, struct document *d)
{
    const struct host_runs *h = r->hosts;

    if (!h || !h->n)
        return;
    document_begin(d, NULL, "Hosts beside each other");
    print_hosts(r, d);
    document_table(d, NULL, "the ratios of each host", "", columns, COLUMNS);
    for (size_t i = 0; i < h->n_comparisons; i++)
        if (host_runs_shows(h, &h->comparisons[i]))
            print_comparison(h, &h->comparisons[i], d);
    document_table_end(d);
    document_text(d, NULL, "%s", prose_find("hosts"));
    if (h->n >= LEAST_HOSTS)
        document_text(d, NULL, "%s", prose_find("pooled"));
    document_end(d);
}
