/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found, in words, and how much of it is noise. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/headlines.h"
#include "harness/report/html.h"
#include "harness/report/matrix.h"
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

/* Sentences. */

/* The sentence for free(), or NULL: these results have none. */
static char *sentence_of(const struct headline *h, const struct table *t)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int error;

    if (!out)
        return NULL;
    error = headline_print(h, t, out);
    if (fclose(out) || error) {
        free(text);
        return NULL;
    }
    return text;
}

/* Not a win, whatever the ratio is. */
static bool tells_of_wrong(const char *sentence)
{
    return strstr(sentence, "wrong in ") || strstr(sentence, "the audit ");
}

/*
 * Where the claim ends and what else there is to know begins: behind the
 * interval or the words that there is none, for no ratio stands alone.
 */
static size_t claim_length(const char *sentence)
{
    const char *end = strstr(sentence, " (no interval");

    if (end) {
        end = strchr(end, ')') + 1;
        /* No line begins with what joins it to the one before. */
        return (size_t)(end - sentence) + (*end == ';' || *end == ',');
    }
    end = strstr(sentence, "] (");
    return end ? (size_t)(end - sentence) + 1 : strlen(sentence);
}

/* No line ends inside an interval. */
static void print_claim(const char *claim, size_t len, FILE *out)
{
    const char *interval = memrchr(claim, '[', len);
    size_t words = interval ? (size_t)(interval - claim) : len;

    html_print(out, "%.*s", (int)words, claim);
    fputs("<span class=\"whole\">", out);
    html_print(out, "%.*s", (int)(len - words), claim + words);
    fputs("</span>", out);
}

/* The claim large, the rest of the same sentence smaller. */
static void print_parts(const char *sentence, size_t task, size_t claim,
                        bool wrong, FILE *out)
{
    fprintf(out, "<li%s><span class=\"task\">%s",
            wrong ? " class=\"wrong\"" : "", wrong ? wrong_mark : "");
    html_print(out, "%.*s", (int)task, sentence);
    fputs("</span><strong>", out);
    print_claim(sentence + task, claim - task, out);
    fputs("</strong><span class=\"detail\">", out);
    html_print(out, "%s", sentence + claim);
    fputs("</span></li>\n", out);
}

static void print_sentence(const struct headline *h, const char *sentence,
                           FILE *out)
{
    print_parts(sentence, strlen(h->task) + 2, claim_length(sentence),
                tells_of_wrong(sentence), out);
}

/* What somebody has claimed comes first: it tells most. */
static size_t print_sentences(const struct table *t, bool claimed, FILE *out)
{
    size_t n = 0;

    for (size_t i = 0; i < n_headlines; i++) {
        char *sentence;

        if ((headlines[i].note != NULL) != claimed)
            continue;
        sentence = sentence_of(&headlines[i], t);
        if (sentence) {
            print_sentence(&headlines[i], sentence, out);
            n++;
        }
        free(sentence);
    }
    return n;
}

enum { MOST_DIFFERENCES = 3 }; /* the others stand in the matrix */

/* The sentence for free(), or NULL: no memory; its parts as long as said. */
static char *sentence_of_matrix(const struct results *r, const struct matrix *m,
                                size_t *ret_task, size_t *ret_claim)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    matrix_print_task(m, out);
    fputs(": ", out);
    fflush(out);
    *ret_task = size;
    matrix_print_finding(m, MOST_DIFFERENCES, out);
    /* No line begins with what joins it to the one before. */
    fputs(";", out);
    fflush(out);
    *ret_claim = size;
    fputs(" ", out);
    matrix_print_left(m, r->table, out);
    return text_close(out, &text);
}

static size_t print_matrices(const struct results *r, FILE *out)
{
    size_t n = 0;

    for (size_t i = 0; r->matrices && i < r->matrices->n; i++) {
        const struct matrix *m = &r->matrices->items[i];
        size_t task, claim;
        char *sentence = sentence_of_matrix(r, m, &task, &claim);

        if (!sentence)
            continue;
        print_parts(sentence, task, claim, matrix_is_finding(m, r->table), out);
        free(sentence);
        n++;
    }
    return n;
}

/* What is alarming of a cell, as the sentence of a run that has no other. */
static size_t print_alarms(const struct entry *e, FILE *out)
{
    struct fact_note notes[MAX_NOTES];
    size_t n = fact_notes(e, notes), printed = 0;
    char parameters[256];

    fact_parameters(e, ", ", parameters, sizeof(parameters));
    for (size_t i = 0; i < n; i++) {
        if (!notes[i].alarm[0])
            continue;
        printed++;
        fprintf(out, "<li class=\"wrong\"><span class=\"task\">%s",
                fact_is_wrong(e) ? wrong_mark : "");
        html_print(out, "%s, %s: ", e->workload, parameters);
        fputs("</span><strong>", out);
        if (strcmp(notes[i].alarm, fact_label(e->model)) != 0)
            html_print(out, "%s: ", fact_label(e->model));
        html_print(out, "%s", notes[i].alarm);
        fputs("</strong><span class=\"detail\">", out);
        html_print(out, "%s", notes[i].text);
        fputs("</span></li>\n", out);
    }
    return printed;
}

void page_findings(const struct results *r, FILE *out)
{
    const struct table *t = r->table;
    char *text = NULL;
    size_t size;
    FILE *list = open_memstream(&text, &size);
    size_t n;

    if (!list)
        return;
    n = print_sentences(t, true, list);
    n += print_sentences(t, false, list);
    n += print_matrices(r, list);
    for (size_t i = 0, none = n; i < t->n && !none; i++)
        n += print_alarms(&t->entries[i], list);
    fclose(list);
    if (n)
        fprintf(out,
                "<section class=\"first\">\n<h2>Findings</h2>\n"
                "<ul class=\"findings\">\n%s</ul>\n</section>\n",
                text);
    free(text);
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
    double noise = headline_noise(t, workload);

    if (noise > 0)
        html_element(out, "p class=\"band\"",
                     "In %s, less than %.3g times means nothing.", workload,
                     noise);
    fputs("\n<ul>\n", out);
    for (size_t i = 0; i < t->n; i++) {
        struct estimate ratio = headline_twin(t, &t->entries[i]);

        if (ratio.n && strcmp(t->entries[i].workload, workload) == 0)
            print_twin(&t->entries[i], &ratio, out);
    }
    fputs("</ul>\n", out);
}

static bool has_pairs(const struct table *t, const char *workload)
{
    for (size_t i = 0; i < t->n; i++)
        if ((!workload || strcmp(t->entries[i].workload, workload) == 0) &&
            headline_twin(t, &t->entries[i]).n)
            return true;
    return false;
}

static void print_pairs(const struct table *t, FILE *out)
{
    if (has_pairs(t, NULL))
        fputs("<p>Identical cells, sampled side by side in each round: "
              "whatever they differ by is noise.</p>\n",
              out);
    for (size_t i = 0; i < t->n; i++)
        if (page_leads_workload(t, i) && has_pairs(t, t->entries[i].workload))
            print_workload(t, t->entries[i].workload, out);
}

static void print_disturbance(const struct results *r, FILE *out)
{
    struct fact_noise noise;

    fact_noise(r->recording, &noise);
    fputs("<p>", out);
    html_print(out,
               "Meanwhile %" PRIu64 " jiff%s of processor time %s stolen from "
               "the machine; its load was %.1f to %.1f.",
               noise.stolen, noise.stolen == 1 ? "y" : "ies",
               noise.stolen == 1 ? "was" : "were", noise.load_low,
               noise.load_high);
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

    if (!page_samples(r))
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
