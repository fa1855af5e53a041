/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/summary.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/findings.h"
#include "harness/report/matrix.h"
#include "harness/results/exits.h"
#include "harness/results/names.h"
#include "harness/results/text.h"
#include "models/model.h"
#include "workloads/workload.h"

enum { WIDTH = 100, GROUP_TEXT = 256 };

struct style {
    const char *bold, *wrong, *faint, *plain;
};

static const struct style styles[2] = {
    {"", "", "", ""},
    {"\033[1m", "\033[31m", "\033[2m", "\033[0m"},
};

/* Text that wraps. */

/* The columns of a word, in which a colour takes none. */
static size_t columns_of(const char *word, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; i++, columns++)
        if (word[i] == '\033') {
            i += strcspn(word + i, "m");
            columns--;
        }
    return columns;
}

/* `first` stands before the first line, as many blanks before the others. */
static void print_wrapped(const char *first, const char *text, FILE *out)
{
    size_t indent = strlen(first), column = indent;

    fputs(first, out);
    while (*text) {
        size_t len = strcspn(text, " "), word;

        if (strncmp(text + len, " %", 2) == 0)
            len += 1 + strcspn(text + len + 1, " ");
        word = columns_of(text, len);
        if (column > indent && column + 1 + word > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        fprintf(out, "%s%.*s", column > indent ? " " : "", (int)len, text);
        column += (column > indent) + word;
        text += len;
        text += *text == ' ';
    }
    fputc('\n', out);
}

__attribute__((format(printf, 3, 4))) static void
print_lines(FILE *out, const char *first, const char *format, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0)
        return;
    print_wrapped(first, text, out);
    free(text);
}

/* The table. */

/* 99 columns: model, time and its interval, then what it took. */
static void print_columns(const struct style *style, FILE *out)
{
    fprintf(out, "%s  %-20s %8s %-17s %8s %8s %8s %8s %7s %5s%s\n",
            style->faint, "model", "time", "95 % interval", "per item", "CPU",
            "switches", "memory", "threads", "peak", style->plain);
}

static void print_row(const struct entry *e, unsigned rounds,
                      const struct style *style, FILE *out)
{
    struct fact_row row;

    fact_row(e, rounds, &row);
    fprintf(out,
            "  %s%-20s%s %8s %-17s %8s %8s %8s %8s %7" PRIu64 " %5" PRIu64 "\n",
            e->wrong ? style->wrong : "", fact_label(e->model), style->plain,
            row.time, row.interval, row.item, row.cpu, row.switches, row.memory,
            row.threads, row.peak);
}

static void print_notes(const struct entry *e, const struct style *style,
                        FILE *out)
{
    struct fact_note notes[MAX_NOTES];
    size_t n = fact_notes(e, notes);

    for (size_t i = 0; i < n; i++) {
        bool alarming = notes[i].alarm[0];

        print_lines(out, "    ", "%s%s%s%s", alarming ? style->wrong : "",
                    notes[i].alarm, alarming ? style->plain : "",
                    notes[i].text);
    }
}

/* Those of a group that are right, or those that are not. */
static void print_cells(const struct table *t, const struct entry *head,
                        bool wrong, const struct style *style, FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (e->twin || !fact_same_group(head, e) || fact_is_wrong(e) != wrong ||
            fact_is_folded(t, e))
            continue;
        if (wrong && !any)
            fprintf(out, "  %swrong results (not ranked):%s\n", style->faint,
                    style->plain);
        any = true;
        if (e->measured)
            print_row(e, t->rounds, style, out);
        print_notes(e, style, out);
    }
}

static void print_group(const struct table *t, const struct entry *head,
                        const struct style *style, FILE *out)
{
    size_t folded = fact_folded(t, head);
    char parameters[GROUP_TEXT];

    fact_parameters(head, "  ", parameters, sizeof(parameters));
    fprintf(out, "%s%s%s%s%s\n", style->bold, head->workload,
            *parameters ? "  " : "", parameters, style->plain);
    print_cells(t, head, false, style, out);
    if (folded)
        fprintf(out, "  %s%zu more models are in report.html%s\n", style->faint,
                folded, style->plain);
    print_cells(t, head, true, style, out);
}

/* The matrix of the sites. */

enum { MATRIX_MODELS = 4 }; /* beside each other, in 99 columns */

/* A colour takes no column; what is marked is so without one, too. */
static void print_class(const struct matrix_cell *c, int width,
                        const struct style *style, FILE *out)
{
    bool marked = matrix_is_marked(c);
    int len = (int)strlen(c->class) + (marked ? 2 : 0);

    fprintf(out, " %s%s%s%s%*s", marked ? style->wrong : "", c->class,
            marked ? " !" : "", marked ? style->plain : "",
            len < width ? width - len : 0, "");
}

static void print_part(const struct matrix *m, size_t first, size_t end,
                       const struct style *style, FILE *out)
{
    fprintf(out, "%s  %-15s", style->faint, "site");
    for (size_t i = first; i < end; i++)
        fprintf(out, " %-*.20s", i + 1 < end ? 20 : 0,
                fact_label(m->models[i]));
    fprintf(out, "%s\n", style->plain);
    for (size_t i = 0; i < m->n_kinds; i++) {
        fprintf(out, "  %-15.15s", m->kinds[i].name);
        for (size_t j = first; j < end; j++)
            print_class(&m->kinds[i].cells[j], j + 1 < end ? 20 : 0, style,
                        out);
        fputc('\n', out);
    }
}

/* Of many models one column, and the names of those that differ. */
static void print_summed(const struct matrix *m, const struct style *style,
                         FILE *out)
{
    for (size_t i = 0; i < m->n_kinds; i++) {
        const struct matrix_kind *k = &m->kinds[i];

        fprintf(out, "  %-15.15s", k->name);
        if (k->alike)
            print_class(&k->cells[0], 0, style, out);
        for (size_t j = 0; j < m->n_models; j++) {
            if (!matrix_is_marked(&k->cells[j]))
                continue;
            print_class(&k->cells[j], 0, style, out);
            fprintf(out, " (%s)", fact_label(m->models[j]));
        }
        fputc('\n', out);
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

static void print_matrices(const struct results *r, const struct style *style,
                           FILE *out)
{
    for (size_t i = 0; r->matrices && i < r->matrices->n; i++) {
        const struct matrix *m = &r->matrices->items[i];

        if (matrix_is_alike(m) && !is_only(r->table, m->workload))
            continue;
        fprintf(out, "\n%sIn which class each site ends: ", style->bold);
        matrix_print_task(m, out);
        fprintf(out, "%s\n", style->plain);
        if (m->n_models > MOST_TOGETHER) {
            print_summed(m, style, out);
            continue;
        }
        for (size_t j = 0; j < m->n_models; j += MATRIX_MODELS)
            print_part(m, j,
                       j + MATRIX_MODELS < m->n_models ? j + MATRIX_MODELS
                                                       : m->n_models,
                       style, out);
    }
}

/* What is wrong with a cell stands in its table. */
static void print_findings(const struct results *r, const struct style *style,
                           FILE *out)
{
    bool begun = false;

    for (size_t i = 0; i < r->findings->n; i++) {
        const struct finding *f = &r->findings->items[i];
        struct wording w;

        if (f->kind == FINDING_CELL || finding_words(f, r->table, SIZE_MAX, &w))
            continue;
        if (!begun)
            fprintf(out, "\n%sFindings%s\n", style->bold, style->plain);
        begun = true;
        print_wrapped("- ", w.text, out);
        free(w.text);
    }
}

static void print_disturbance(const struct recording *r, FILE *out)
{
    struct fact_noise noise;

    fact_noise(r, &noise);
    print_lines(out, "",
                "Other virtual machines used %" PRIu64 " ms of CPU time of "
                "this machine during the run; its load was %.1f to %.1f.",
                noise.stolen_ms, noise.load_low, noise.load_high);
}

/* What ratios are to be held against. */
static void print_noise(const struct table *t, FILE *out)
{
    char text[256] = "";
    size_t len = 0;

    for (size_t i = 0; i < n_workloads && len < sizeof(text); i++) {
        double noise = noise_of(t, workloads[i]->name);

        if (noise > 0)
            len += (size_t)snprintf(text + len, sizeof(text) - len,
                                    "%s %.3g times in %s", len ? "," : "",
                                    noise, workloads[i]->name);
    }
    if (len)
        print_lines(out, "",
                    "A/A pairs differ by up to%s: smaller differences are "
                    "within noise.",
                    text);
}

/* What a line of the header says for a whole run, and the reader must know. */
static void print_method(const struct recording *r, const struct table *t,
                         FILE *out)
{
    char seed[32], audit[256];

    recording_key(r, "seed", seed, sizeof(seed));
    recording_key(r, "audit", audit, sizeof(audit));
    print_lines(out, "",
                "%u round%s, seed %s. Times are medians over the rounds, each "
                "of a process of its own, with exact intervals. Switches are "
                "per iteration; peak is how many tasks or requests were seen "
                "at once.",
                t->rounds, t->rounds == 1 ? "" : "s", seed);
    if (audit[0])
        print_lines(out, "", "Audit: %s.", audit);
    if (r->skipped)
        print_lines(out, "", "%zu line%s of samples.tsv could not be read.",
                    r->skipped, r->skipped == 1 ? "" : "s");
    print_noise(t, out);
    print_disturbance(r, out);
}

static void print_gaps(const struct recording *r, const struct style *style,
                       FILE *out)
{
    struct item key;
    bool any = false;

    for (const char *at = NULL; recording_next(r, &at, &key);) {
        if (!item_is(&key, "gap"))
            continue;
        if (!any)
            fprintf(out, "\n%sNot run%s\n", style->bold, style->plain);
        any = true;
        print_lines(out, "  ", "%.*s", (int)key.value_len, key.value);
    }
}

void summary_print(const struct results *r, bool colour, FILE *out)
{
    const struct table *t = r->table;
    const struct style *style = &styles[colour];
    const char *workload = "";

    for (size_t i = 0; i < t->n; i++) {
        if (!fact_leads_group(t, i))
            continue;
        if (strcmp(workload, t->entries[i].workload) != 0) {
            if (*workload)
                fputc('\n', out);
            print_columns(style, out);
        }
        workload = t->entries[i].workload;
        print_group(t, &t->entries[i], style, out);
    }
    print_matrices(r, style, out);
    print_gaps(r->recording, style, out);
    print_findings(r, style, out);
    fputc('\n', out);
    print_method(r->recording, t, out);
}

static bool promised_exact(const struct entry *e)
{
    const struct model *m = model_find(e->model);
    const struct workload *w = workload_find(e->workload);

    return !m || !w || cell_promised_exact(w, m);
}

static bool is_missing(const struct entry *e)
{
    return e->measured < e->meant && (e->meant - e->measured) * 10 > e->meant;
}

int summary_verdict(const struct results *r)
{
    const struct table *t = r->table;
    int verdict = EXIT_DONE;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (!e->calibrated || is_missing(e))
            return EXIT_BROKEN;
        if (e->broken_iterations || (e->wrong && promised_exact(e)) ||
            (e->labelled && e->labelled * 2 > e->measured))
            verdict = EXIT_FINDING;
    }
    for (size_t i = 0; r->matrices && i < r->matrices->n; i++)
        if (matrix_is_finding(&r->matrices->items[i], t))
            verdict = EXIT_FINDING;
    return verdict;
}
