/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found, in words, and how much of it is noise. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/findings.h"
#include "harness/report/html.h"
#include "harness/report/page_parts.h"
#include "harness/results/text.h"

/* What estimate_median() needs for one of 95 %. */
enum { ROUNDS_FOR_INTERVALS = 6 };

/* A shape and a word: who sees no colour sees it too. */
static const char wrong_mark[] =
    "<span class=\"mark\"><svg width=\"20\" height=\"18\" viewBox=\"0 0 20 "
    "18\" aria-hidden=\"true\">"
    "<path d=\"M10 1.5 19 17H1z\" fill=\"none\" stroke=\"currentColor\" "
    "stroke-width=\"2\" stroke-linejoin=\"round\"/><path d=\"M10 6.5v5m0 "
    "2v1.8\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/></svg> "
    "wrong results</span> ";

enum { MOST_DIFFERENCES = 3 }; /* the others stand in the matrix */

/* The statement large, the rest of the same sentence smaller. */
static void print_finding(const struct results *r, const struct finding *f,
                          FILE *out)
{
    struct wording w;

    if (finding_words(f, r->table, MOST_DIFFERENCES, &w))
        return;
    fprintf(out, "<li%s><span class=\"task\">%s",
            f->wrong || f->kind == FINDING_CELL ? " class=\"wrong\"" : "",
            f->wrong ? wrong_mark : "");
    html_print(out, "%.*s", (int)w.subject, w.text);
    fputs("</span><strong>", out);
    html_print(out, "%.*s", (int)(w.statement - w.subject), w.text + w.subject);
    /* No line ends inside an interval. */
    fputs("<span class=\"whole\">", out);
    html_print(out, "%.*s", (int)(w.interval - w.statement),
               w.text + w.statement);
    fputs("</span></strong><span class=\"detail\">", out);
    html_print(out, "%s", w.text + w.interval);
    fputs("</span></li>\n", out);
    free(w.text);
}

/* What somebody has claimed comes first: it tells most. */
enum part { PART_CLAIMED, PART_OTHERS, PART_SITES, PART_CELLS, PARTS };

static enum part part_of(const struct finding *f)
{
    if (f->kind == FINDING_CLAIM)
        return f->claim->note ? PART_CLAIMED : PART_OTHERS;
    return f->kind == FINDING_SITES ? PART_SITES : PART_CELLS;
}

static size_t count_part(const struct finding_list *f, enum part part)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        n += part_of(&f->items[i]) == part;
    return n;
}

void page_findings(const struct results *r, FILE *out)
{
    const struct finding_list *f = r->findings;
    size_t cells = count_part(f, PART_CELLS);
    /* What is wrong with a cell stands beside it, too. */
    bool only_cells = cells == f->n;

    if (!f->n)
        return;
    fputs("<section class=\"first\">\n<h2>Findings</h2>\n"
          "<ul class=\"findings\">\n",
          out);
    for (int part = 0; part < (only_cells ? PARTS : PART_CELLS); part++)
        for (size_t i = 0; i < f->n; i++)
            if (part_of(&f->items[i]) == (enum part)part)
                print_finding(r, &f->items[i], out);
    fputs("</ul>\n</section>\n", out);
}

/* Noise. */

static void print_twin(const struct entry *e, const struct estimate *ratio,
                       FILE *out)
{
    char parameters[256];

    fact_parameters(e, ", ", parameters, sizeof(parameters));
    fputs("<li>", out);
    html_print(out, "%s, %s: %s against itself: %.3g", e->workload, parameters,
               fact_label(e->model), ratio->median);
    if (estimate_has_interval(ratio))
        html_print(out, " [%.3g, %.3g] (%.1f %%, %zu rounds)", ratio->low,
                   ratio->high, 100 * ratio->coverage, ratio->n);
    else
        html_print(out, " (no interval, %zu round%s)", ratio->n,
                   ratio->n == 1 ? "" : "s");
    fputs("</li>\n", out);
}

static void print_workload(const struct table *t, const char *workload,
                           FILE *out)
{
    double noise = noise_of(t, workload);

    if (noise > 0)
        html_element(out, "p class=\"band\"",
                     "In %s, differences below %.3g times are within noise.",
                     workload, noise);
    fputs("\n<ul>\n", out);
    for (size_t i = 0; i < t->n; i++) {
        struct estimate ratio = noise_of_pair(t, &t->entries[i]);

        if (ratio.n && strcmp(t->entries[i].workload, workload) == 0)
            print_twin(&t->entries[i], &ratio, out);
    }
    fputs("</ul>\n", out);
}

static bool has_pairs(const struct table *t, const char *workload)
{
    for (size_t i = 0; i < t->n; i++)
        if ((!workload || strcmp(t->entries[i].workload, workload) == 0) &&
            noise_of_pair(t, &t->entries[i]).n)
            return true;
    return false;
}

static void print_pairs(const struct table *t, FILE *out)
{
    if (has_pairs(t, NULL))
        fputs("<p>An A/A pair is one cell, sampled twice side by side in each "
              "round: its differences are noise.</p>\n",
              out);
    for (size_t i = 0; i < t->n; i++)
        if (fact_leads_workload(t, i) && has_pairs(t, t->entries[i].workload))
            print_workload(t, t->entries[i].workload, out);
}

static void print_disturbance(const struct results *r, FILE *out)
{
    struct fact_noise noise;

    fact_noise(r->recording, &noise);
    fputs("<p>", out);
    html_print(out,
               "Other virtual machines used %" PRIu64 " ms of CPU time of this "
               "machine during the run; its load was %.1f to %.1f.",
               noise.stolen_ms, noise.load_low, noise.load_high);
    if (r->recording->skipped)
        html_print(out,
                   " %zu line%s of samples.tsv could not be read and %s not in "
                   "this report.",
                   r->recording->skipped, r->recording->skipped == 1 ? "" : "s",
                   r->recording->skipped == 1 ? "is" : "are");
    fputs("</p>\n", out);
}

static void print_audit(const struct recording *r, FILE *out)
{
    char audit[256];

    recording_key(r, "audit", audit, sizeof(audit));
    if (*audit)
        html_element(out, "p", "Audit: %s.", audit);
}

void page_noise(const struct results *r, FILE *out)
{
    unsigned rounds = r->table->rounds;

    if (!fact_samples(r->recording))
        return;
    fputs("<section class=\"box\">\n<h2>What is only noise</h2>\n", out);
    print_pairs(r->table, out);
    if (rounds < ROUNDS_FOR_INTERVALS)
        html_element(out, "p class=\"band\"",
                     "%u round%s too few for intervals: no ratio here can be "
                     "told from noise. At least %d are needed.",
                     rounds, rounds == 1 ? " is" : "s are",
                     ROUNDS_FOR_INTERVALS);
    fputc('\n', out);
    print_disturbance(r, out);
    print_audit(r->recording, out);
    fputs("</section>\n", out);
}
