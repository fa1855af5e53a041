/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each model makes of each kind of site, and what it leaves behind. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/html.h"
#include "harness/report/matrix.h"
#include "harness/report/page_parts.h"
#include "models/model.h"

/* Its times are those of the server's waits, and nothing else. */
static bool is_virtual(const char *name)
{
    const struct model *model = model_find(name);

    return model && model_is_in_memory(model);
}

/* The matrix. */

static void print_models(const struct matrix *m, FILE *out)
{
    for (size_t i = 0; i < m->n_models; i++)
        html_element(out, "th scope=\"col\"", "%s", fact_label(m->models[i]));
}

/* Of many models the classes and the times are summed up. */
static bool has_many(const struct matrix *m)
{
    return m->n_models > MOST_TOGETHER;
}

static void print_columns(const struct matrix *m, FILE *out)
{
    size_t times = has_many(m) ? 3 : m->n_models;

    fprintf(out,
            "<thead><tr><th scope=\"col\" rowspan=\"2\">site</th>"
            "<th scope=\"col\" rowspan=\"2\" class=\"what\">what is wrong</th>"
            "<th scope=\"colgroup\" colspan=\"%zu\"%s>class</th>"
            "<th scope=\"col\" rowspan=\"2\">bytes</th>"
            "<th scope=\"colgroup\" colspan=\"%zu\">time until reported</th>"
            "</tr>\n<tr>",
            has_many(m) ? 1 : m->n_models, has_many(m) ? " rowspan=\"2\"" : "",
            times);
    if (has_many(m)) {
        fputs(
            "<th scope=\"col\">fastest model</th><th scope=\"col\">median</th>"
            "<th scope=\"col\">slowest model</th>",
            out);
    } else {
        print_models(m, out);
        print_models(m, out);
    }
    fputs("</tr></thead>\n", out);
}

/* A word besides the colour. */
static void print_class(const struct matrix_cell *c, FILE *out)
{
    if (!c->n)
        fputs("<td></td>", out);
    else if (!matrix_is_marked(c))
        html_element(out, "td", "%s", c->class);
    else {
        fputs("<td>", out);
        html_element(out, "strong class=\"alarm\"", "%s",
                     c->wrong ? c->classes : c->class);
        fputs(c->wrong ? " wrong</td>" : " other bytes</td>", out);
    }
}

/* Those that differ, with their names: "reset wrong (epoll)". */
static void print_marked(const struct matrix *m, const struct matrix_kind *k,
                         FILE *out)
{
    fputs("<td class=\"what\">", out);
    for (size_t i = 0; i < m->n_models; i++) {
        const struct matrix_cell *c = &k->cells[i];

        if (!matrix_is_marked(c))
            continue;
        html_element(out, "strong class=\"alarm\"", "%s",
                     c->wrong ? c->classes : c->class);
        html_print(out, " %s (%s) ", c->wrong ? "wrong" : "other bytes",
                   fact_label(m->models[i]));
    }
    fputs("</td>", out);
}

/* One cell stands for all models where they agree. */
static void print_classes(const struct matrix *m, const struct matrix_kind *k,
                          FILE *out)
{
    if (k->alike) {
        fprintf(out, "<td class=\"all\" colspan=\"%zu\">",
                has_many(m) ? 1 : m->n_models);
        html_print(out, "%s", k->cells[0].class);
        fputs("</td>", out);
        return;
    }
    if (has_many(m)) {
        print_marked(m, k, out);
        return;
    }
    for (size_t i = 0; i < m->n_models; i++)
        print_class(&k->cells[i], out);
}

static void print_bytes(const struct matrix *m, const struct matrix_kind *k,
                        FILE *out)
{
    uint64_t least = k->cells[0].least, most = k->cells[0].most;

    for (size_t i = 1; i < m->n_models; i++) {
        if (k->cells[i].least < least)
            least = k->cells[i].least;
        if (k->cells[i].most > most)
            most = k->cells[i].most;
    }
    if (!matrix_has_bytes(k))
        fputs("<td>\xe2\x80\x93</td>", out);
    else if (least == most)
        fprintf(out, "<td>%" PRIu64 "</td>", most);
    else
        fprintf(out, "<td>%" PRIu64 " to %" PRIu64 "</td>", least, most);
}

static void print_time(double ms, FILE *out)
{
    char text[QUANTITY_SIZE] = "0"; /* in virtual time */

    if (ms > 0)
        quantity_ns(ms * 1e6, text, sizeof(text));
    html_element(out, "td class=\"time\"", "%s", text);
}

static void print_model_time(const struct matrix_cell *c, FILE *out)
{
    if (c->ended)
        print_time(c->ms, out);
    else
        fprintf(out, "<td class=\"time\">%s</td>", c->n ? "never" : "");
}

/* Of the models whose time is that of this world. */
static void print_extremes(const struct matrix *m, const struct matrix_kind *k,
                           FILE *out)
{
    double *ms = calloc(m->n_models + 1, sizeof(*ms));
    size_t n = 0;

    for (size_t i = 0; ms && i < m->n_models; i++)
        if (k->cells[i].ended && !is_virtual(m->models[i]))
            ms[n++] = k->cells[i].ms;
    if (n) {
        double median = estimate_median(ms, n).median;

        print_time(ms[0], out);
        print_time(median, out);
        print_time(ms[n - 1], out);
    } else {
        fputs("<td colspan=\"3\">never</td>", out);
    }
    free(ms);
}

static void print_times(const struct matrix *m, const struct matrix_kind *k,
                        FILE *out)
{
    if (has_many(m)) {
        print_extremes(m, k, out);
        return;
    }
    for (size_t i = 0; i < m->n_models; i++)
        print_model_time(&k->cells[i], out);
}

static void print_kind(const struct matrix *m, const struct matrix_kind *k,
                       FILE *out)
{
    fprintf(out, "<tr%s>", k->alike ? "" : " class=\"wrong\"");
    html_element(out, "th scope=\"row\"", "%s", k->name);
    html_element(out, "td class=\"what\"", "%s", k->known ? k->group.text : "");
    print_classes(m, k, out);
    print_bytes(m, k, out);
    print_times(m, k, out);
    fputs("</tr>\n", out);
}

/* The broken ones, or the healthy ones. */
static void print_kinds(const struct matrix *m, bool faulty, const char *title,
                        FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < m->n_kinds; i++) {
        if (matrix_is_fault(&m->kinds[i]) != faulty)
            continue;
        if (!any)
            fprintf(out,
                    "<tbody>\n<tr class=\"group\"><th colspan=\"%zu\" "
                    "scope=\"rowgroup\">%s</th></tr>\n",
                    has_many(m) ? 7 : 3 + 2 * m->n_models, title);
        any = true;
        print_kind(m, &m->kinds[i], out);
    }
    if (any)
        fputs("</tbody>\n", out);
}

static void begin_table(const char *what, const struct matrix *m, FILE *out)
{
    fputs("<div class=\"scroll\" role=\"group\" tabindex=\"0\" "
          "aria-label=\"",
          out);
    html_print(out, "Table: %s of %s, %s", what, m->workload, m->parameters);
    fputs("\">\n<table class=\"matrix\">\n", out);
}

/* A row for each model: its times. */
static void print_all_times(const struct matrix *m, FILE *out)
{
    fputs("<details><summary>The times of each model</summary>\n", out);
    begin_table("times", m, out);
    fputs("<thead><tr><th scope=\"col\">model</th>", out);
    for (size_t i = 0; i < m->n_kinds; i++)
        html_element(out, "th scope=\"col\"", "%s", m->kinds[i].name);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < m->n_models; i++) {
        fputs("<tr>", out);
        html_element(out, "th scope=\"row\"", "%s", fact_label(m->models[i]));
        for (size_t j = 0; j < m->n_kinds; j++)
            print_model_time(&m->kinds[j].cells[i], out);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n</table>\n</div>\n</details>\n", out);
}

static void print_matrix(const struct matrix *m, FILE *out)
{
    begin_table("classes", m, out);
    print_columns(m, out);
    print_kinds(m, true, "broken", out);
    print_kinds(m, false, "healthy", out);
    fputs("</table>\n</div>\n", out);
    if (has_many(m))
        print_all_times(m, out);
}

/* What was left over. */

static void print_count(uint64_t count, FILE *out)
{
    if (count)
        html_element(out, "td", "%" PRIu64 ", should be 0", count);
    else
        fputs("<td>0</td>", out);
}

static void print_left(const struct matrix *m, const struct table *t, FILE *out)
{
    begin_table("left over", m, out);
    fputs("<thead><tr><th scope=\"col\">model</th>"
          "<th scope=\"col\">descriptors</th><th scope=\"col\">threads</th>"
          "<th scope=\"col\">memory</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < m->n_models; i++) {
        char memory[QUANTITY_SIZE];
        struct matrix_left left;

        matrix_left(m, t, m->models[i], &left);
        quantity_bytes(left.heap_bytes, memory, sizeof(memory));
        fprintf(out, "<tr%s>", left.samples ? " class=\"wrong\"" : "");
        html_element(out, "th scope=\"row\"", "%s", fact_label(m->models[i]));
        print_count(left.fds, out);
        print_count(left.threads, out);
        html_element(out, "td", "%s", memory);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n</table>\n</div>\n", out);
}

/* The section. */

static const char reading[] =
    "All sites are met in the same iteration, the broken among the healthy. "
    "The class is the word for how a site ended; where all models agree it "
    "stands once. Bytes are those of the last page's body, compared site by "
    "site where the server ends the talk; elsewhere the one who waited decides "
    "how many come. Times are medians, from a site's first dial to its end, "
    "whatever became of it.";

static void print_virtual(const struct matrix *m, FILE *out)
{
    for (size_t i = 0; i < m->n_models; i++)
        if (is_virtual(m->models[i]))
            html_print(out,
                       " For %s they are virtual: what the server's own waits "
                       "add up to.",
                       fact_label(m->models[i]));
}

static const char about_left[] =
    "<p>What a process had more at its end than after its first iteration "
    "(before it, where one iteration is long): of descriptors and threads the "
    "most that a sample left; of memory what malloc() counts as given out, "
    "counted once for all samples of a model.</p>\n";

static void print_part(const struct matrix *m, const struct table *t, bool one,
                       FILE *out)
{
    if (!one) {
        fputs("<h3>", out);
        html_print(out, "%s, %s", m->workload, m->parameters);
        fputs("</h3>\n", out);
    }
    print_matrix(m, out);
    fputs("<h3>Left over</h3>\n", out);
    fputs(about_left, out);
    print_left(m, t, out);
}

void page_matrix(const struct results *r, FILE *out)
{
    size_t n = r->matrices ? r->matrices->n : 0;

    if (!n)
        return;
    fputs("<section>\n<h2>The fault matrix: what each model makes of a broken "
          "server</h2>\n<p>",
          out);
    html_print(out, "%s", reading);
    print_virtual(&r->matrices->items[0], out);
    fputs("</p>\n", out);
    for (size_t i = 0; i < n; i++)
        print_part(&r->matrices->items[i], r->table, n == 1, out);
    fputs("</section>\n", out);
}
