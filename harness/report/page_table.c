/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each model took, cell by cell, and what was not run. */
#include <inttypes.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/html.h"
#include "harness/report/page_parts.h"
#include "harness/results/text.h"
#include "models/model.h"

enum { COLUMNS = 9 };

static const char *item_of(const char *workload)
{
    const struct workload *w = workload_find(workload);

    return w ? w->item : "item";
}

static void print_columns(const char *workload, FILE *out)
{
    fputs("<thead><tr><th scope=\"col\">model</th><th scope=\"col\">time</th>"
          "<th scope=\"col\">95&nbsp;% interval</th><th scope=\"col\">per ",
          out);
    html_print(out, "%s", item_of(workload));
    fputs("</th><th scope=\"col\">CPU</th><th scope=\"col\">switches</th>"
          "<th scope=\"col\">memory</th><th scope=\"col\">threads</th>"
          "<th scope=\"col\">peak</th></tr></thead>\n",
          out);
}

static void print_row(const struct entry *e, unsigned rounds, FILE *out)
{
    struct fact_row row;
    const char *const cells[] = {row.time, row.interval, row.item,
                                 row.cpu,  row.switches, row.memory};

    fact_row(e, rounds, &row);
    fprintf(out, "<tr%s><th scope=\"row\">",
            fact_is_wrong(e)     ? " class=\"wrong\""
            : fact_is_virtual(e) ? " class=\"virtual\""
                                 : "");
    html_print(out, "%s%s", fact_label(e->model),
               fact_is_virtual(e) ? " (virtual time)" : "");
    fputs("</th>", out);
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
        html_element(out, "td", "%s", cells[i]);
    fprintf(out, "<td>%" PRIu64 "</td><td>%" PRIu64 "</td></tr>\n", row.threads,
            row.peak);
}

static void print_notes(const struct entry *e, FILE *out)
{
    struct fact_note notes[MAX_NOTES];
    size_t n = fact_notes(e, notes);

    for (size_t i = 0; i < n; i++) {
        fprintf(out, "<tr class=\"note\"><td colspan=\"%d\"><div>", COLUMNS);
        if (notes[i].alarm[0])
            html_element(out, "strong class=\"alarm\"", "%s", notes[i].alarm);
        html_print(out, "%s", notes[i].text);
        fputs("</div></td></tr>\n", out);
    }
}

/* Calibrated and nothing more, as when a run was ended early. */
static bool is_blank(const struct entry *e)
{
    struct fact_note notes[MAX_NOTES];

    return !e->measured && !fact_notes(e, notes);
}

static bool is_blank_group(const struct table *t, const struct entry *head)
{
    for (size_t i = 0; i < t->n; i++)
        if (!t->entries[i].twin && fact_same_group(head, &t->entries[i]) &&
            !is_blank(&t->entries[i]))
            return false;
    return true;
}

static bool is_blank_workload(const struct table *t, const char *workload)
{
    for (size_t i = 0; i < t->n; i++)
        if ((!workload || strcmp(t->entries[i].workload, workload) == 0) &&
            !is_blank(&t->entries[i]))
            return false;
    return true;
}

/* Those of a group that are wrong, or those that are not. */
static void print_cells(const struct table *t, const struct entry *head,
                        bool wrong, bool folded, FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (e->twin || !fact_same_group(head, e) || fact_is_wrong(e) != wrong ||
            fact_is_folded(t, e) != folded)
            continue;
        if (wrong && !any)
            fprintf(out,
                    "<tr class=\"apart\"><th colspan=\"%d\" scope=\"rowgroup\">"
                    "wrong results (not ranked):</th></tr>\n",
                    COLUMNS);
        any = true;
        if (e->measured)
            print_row(e, t->rounds, out);
        print_notes(e, out);
    }
}

static void print_group(const struct table *t, const struct entry *head,
                        bool folded, FILE *out)
{
    char parameters[256];

    fact_parameters(head, ", ", parameters, sizeof(parameters));
    fprintf(out,
            "<tbody>\n<tr class=\"group\"><th colspan=\"%d\" "
            "scope=\"rowgroup\">",
            COLUMNS);
    html_print(out, "%s%s%s", head->workload, *parameters ? ", " : "",
               parameters);
    fputs("</th></tr>\n", out);
    print_cells(t, head, false, folded, out);
    print_cells(t, head, true, folded, out);
    fputs("</tbody>\n", out);
}

static void print_groups(const struct table *t, const char *name, bool folded,
                         FILE *out)
{
    fputs("\n<div class=\"scroll\" role=\"group\" tabindex=\"0\" "
          "aria-label=\"",
          out);
    html_print(out, "Table: %s%s", name, folded ? ", the other models" : "");
    fputs("\">\n<table>\n", out);
    print_columns(name, out);
    for (size_t i = 0; i < t->n; i++)
        if (fact_leads_group(t, i) &&
            strcmp(t->entries[i].workload, name) == 0 &&
            !is_blank_group(t, &t->entries[i]) &&
            (!folded || fact_folded(t, &t->entries[i])))
            print_group(t, &t->entries[i], folded, out);
    fputs("</table>\n</div>\n", out);
}

static void print_workload(const struct table *t, const char *name, FILE *out)
{
    const struct workload *w = workload_find(name);
    size_t folded = 0;

    for (size_t i = 0; i < t->n; i++)
        folded += strcmp(t->entries[i].workload, name) == 0 &&
                  fact_is_folded(t, &t->entries[i]);
    html_element(out, "h3", "%s%s%s", name, w ? ": " : "", w ? w->summary : "");
    print_groups(t, name, false, out);
    if (!folded)
        return;
    fprintf(out,
            "<details><summary>%zu more rows: the other models of each "
            "family</summary>",
            folded);
    print_groups(t, name, true, out);
    fputs("</details>\n", out);
}

static void print_who(const struct table *t, FILE *out)
{
    fputs("<dl class=\"models\">\n", out);
    for (size_t i = 0; i < t->n; i++) {
        const struct model *m = model_find(t->entries[i].model);

        if (!fact_leads_model(t, i) || !m)
            continue;
        html_element(out, "dt", "%s", m->label);
        html_element(out, "dd", "%s", m->summary);
        fputc('\n', out);
    }
    fputs("</dl>\n", out);
}

void page_table(const struct results *r, FILE *out)
{
    const struct table *t = r->table;

    if (is_blank_workload(t, NULL))
        return;
    fputs("<section>\n<h2>What each model took</h2>\n", out);
    print_who(t, out);
    fputs("<p>Time is that of one iteration, the median over the rounds. CPU "
          "is the processor time of all its threads; switches are context "
          "switches per iteration; memory and threads are peaks; peak is how "
          "many tasks or requests were seen at once.</p>\n",
          out);
    for (size_t i = 0; i < t->n; i++)
        if (fact_leads_workload(t, i) &&
            !is_blank_workload(t, t->entries[i].workload))
            print_workload(t, t->entries[i].workload, out);
    fputs("</section>\n", out);
}

void page_gaps(const struct results *r, FILE *out)
{
    struct item key;
    bool any = false;

    for (const char *at = NULL; recording_next(r->recording, &at, &key);) {
        if (!item_is(&key, "gap"))
            continue;
        if (!any)
            fputs("<section>\n<h2>Not run</h2>\n<ul>\n", out);
        any = true;
        html_element(out, "li", "%.*s", (int)key.value_len, key.value);
    }
    if (any)
        fputs("</ul>\n</section>\n", out);
}
