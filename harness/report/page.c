/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/page.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/data.h"
#include "harness/report/facts.h"
#include "harness/report/matrix.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"
#include "harness/results/text.h"

/* The browser fetches nothing and runs nothing, whatever the results hold. */
static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n";

static void print_workloads(const struct table *t, FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < t->n; i++) {
        if (t->entries[i].workload_first != i)
            continue;
        html_print(out, "%s%s", any ? ", " : "", t->entries[i].workload);
        any = true;
    }
}

static void print_title(const struct results *r, FILE *out)
{
    fputs("Models compared", out);
    if (r->table->n)
        fputs(": ", out);
    print_workloads(r->table, out);
}

/* False: it was not found. */
static bool print_style(const char *name, FILE *out)
{
    char *style = data_read(name);
    bool found = style != NULL;

    fputs(style ? style : "", out);
    free(style);
    return found;
}

static void print_head(const struct results *r, FILE *out)
{
    bool styled;

    fputs(head, out);
    fputs("<title>", out);
    print_title(r, out);
    fputs(" (Baton)</title>\n<style>\n", out);
    styled = print_style("data/report.css", out);
    /* Most pages have no matrix, and do not need its rules. */
    if (r->matrices && r->matrices->n)
        styled &= print_style("data/matrix.css", out);
    if (section_has_verdicts(r))
        styled &= print_style("data/verdicts.css", out);
    fputs("</style>\n</head>\n<body id=\"slides\">\n<main>\n", out);
    if (!styled)
        html_element(out, "p", "%s", prose_find("bare"));
}

static void print_top(const struct results *r, FILE *out)
{
    const struct table *t = r->table;
    size_t samples = fact_samples(r->recording), models = 0;
    char date[64];

    recording_key(r->recording, "date", date, sizeof(date));
    for (size_t i = 0; i < t->n; i++)
        models += t->entries[i].model_first == i;
    fputs("<header>\n<h1>", out);
    print_title(r, out);
    fputs("</h1>\n<p>Measured on ", out);
    if (strlen(date) == sizeof("2026-11-22T00:57:03Z") - 1)
        html_print(out, "%.10s, %.5s UTC", date, date + 11);
    else
        html_print(out, "%s", *date ? date : "an unknown date");
    fprintf(out, "; %zu concurrency model%s, %u round%s, %zu sample%s.</p>\n",
            models, models == 1 ? "" : "s", t->rounds,
            t->rounds == 1 ? "" : "s", samples, samples == 1 ? "" : "s");
    fputs("<p class=\"views\"><a href=\"#slides\">Show as slides</a></p>\n"
          "</header>\n<a class=\"back\" href=\"#page\">Whole page</a>\n",
          out);
    if (!samples)
        html_element(out, "p class=\"alarm\"", "%s", prose_find("no-samples"));
}

static void print_footer(const struct results *r, FILE *out)
{
    char version[64];

    recording_key(r->recording, "version", version, sizeof(version));
    fputs("</main>\n<footer>\n<p>", out);
    html_print(out,
               "Measured by Baton %s; page made by Baton %s from samples.tsv. "
               "It needs no network and no script.",
               *version ? version : "(unknown)", BATON_VERSION);
    fputs("</p>\n</footer>\n</body>\n</html>\n", out);
}

static void print_predicted(const struct results *r, struct document *d)
{
    const char *lines = r->predicted ? strstr(r->predicted, "\n\n") : NULL;

    if (!lines)
        return;
    document_begin(d, NULL, "Predicted and measured");
    html_element(d->out, "pre", "%s", lines + 2);
    document_end(d);
}

static void print_run(const struct results *r, struct document *d)
{
    section_against(r, d);
    section_verdicts(r, d);
    section_findings(r, d);
    print_predicted(r, d);
    section_noise(r, d);
    section_models(r, d);
    section_claims(r, d);
    section_figures(r, d);
    section_matrix(r, d);
    section_table(r, d);
    section_latency(r, d);
    section_metrics(r, d);
}

/* Times of several hosts are in no table together. */
static void print_hosts(const struct results *r, struct document *d)
{
    section_hosts(r, d);
    section_findings(r, d);
    section_figures(r, d);
}

char *page_html(const struct results *r)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    struct document d = {.out = out, .html = true};

    if (!out)
        return NULL;
    print_head(r, out);
    print_top(r, out);
    section_busy(r, &d);
    if (r->hosts)
        print_hosts(r, &d);
    else
        print_run(r, &d);
    section_gaps(r, &d);
    section_limits(r, &d);
    section_method(r, &d);
    section_machine(r, &d);
    print_footer(r, out);
    return text_close(out, &text);
}
