/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/verdict.h"
#include "harness/check/words.h"
#include "harness/results/clean.h"
#include "harness/results/text.h"

/* Inside a word '_' is no markup, and names that have it stay legible. */
static bool is_markup(const char *text, const char *at)
{
    if (*at == '_')
        return at == text || !isalnum((unsigned char)at[-1]) ||
               !isalnum((unsigned char)at[1]);
    return strchr("\\`*[]<>&|~", *at);
}

/* What would be markup, or end a cell of the table, is only text. */
static void print_text(const char *text, FILE *out)
{
    char clean[2048];

    clean_text(text, false, clean, sizeof(clean));
    for (const char *at = clean; *at; at++) {
        if (is_markup(clean, at))
            fputc('\\', out);
        fputc(*at, out);
    }
}

static void print_cell(const struct verdict *v, const struct checked *c,
                       FILE *out)
{
    char ratio[120], detectable[32] = "none";

    words_ratio(&c->ratio, ratio, sizeof(ratio));
    if (isfinite(c->detectable))
        words_percent(1 + c->detectable, detectable, sizeof(detectable));
    fputs("| ", out);
    print_text(c->name, out);
    fprintf(out, " | %s | %s | %zu | %s | ", verdict_word(v, c->ruling), ratio,
            c->ratio.n, detectable);
    print_text(c->events, out);
    fputs(c->events[0] ? " |\n" : "|\n", out);
}

static void print_table(const struct verdict *v, FILE *out)
{
    if (v->n == 0)
        return;
    fputs("| cell | verdict | candidate's time against base's | pairs | "
          "smallest slowdown seen | events |\n"
          "|---|---|---:|---:|---:|---|\n",
          out);
    for (size_t i = 0; i < v->n; i++)
        print_cell(v, &v->cells[i], out);
    fputc('\n', out);
}

static void print_control(const struct verdict *v, FILE *out)
{
    char ratio[120];

    words_ratio(&v->control, ratio, sizeof(ratio));
    fprintf(out,
            "Control, a copy of the base that is tested like a candidate: %s",
            ratio);
    if (v->control.n)
        fprintf(out, " in %zu pairs, %s", v->control.n,
                v->disturbed  ? "**differs from the base**"
                : v->untested ? "too few to test it"
                              : "no difference");
    fputs(".\n\n", out);
}

static void print_sides(const struct verdict *v, FILE *out)
{
    fputs("Base: ", out);
    print_text(v->base[0] ? v->base : "not said", out);
    fputs("; candidate: ", out);
    print_text(v->cand[0] ? v->cand : "not said", out);
    fprintf(out, "; seed %" PRIu64 ".\n\n", v->seed);
}

static void print_meaning(const struct verdict *v, FILE *out)
{
    double threshold = 100 * v->rules.threshold;

    fprintf(out,
            "- PASS: the interval excludes that the candidate is slower by "
            "%.3g %% or more in the median.\n"
            "- %s: faster in fresh pairs, by more than %.3g %% in the "
            "median.\n"
            "- INCONCLUSIVE: the pairs neither exclude a slowdown that large, "
            "or one of a minority of the processes, nor show it; or a process "
            "hung; or the control differs from the base.\n"
            "- %s: slower in fresh pairs, by more than %.3g %% in the "
            "median, or by much more in a minority of them; or one of the "
            "events is worse.\n"
            "- BROKEN: it could not be measured, or not to the end.\n"
            "- Smallest slowdown detected: with 90 %% probability in such a "
            "check.\n",
            threshold, verdict_word(v, RULING_IMPROVED), threshold,
            verdict_word(v, RULING_REGRESSED), threshold);
}

static void print_all(const void *verdict, FILE *out)
{
    const struct verdict *v = verdict;

    fprintf(out, "**%s**\n\n", verdict_word(v, v->ruling));
    print_text(v->reason, out);
    fputs("\n\n", out);
    print_table(v, out);
    print_control(v, out);
    print_sides(v, out);
    print_meaning(v, out);
}

char *verdict_markdown(const struct verdict *v)
{
    return text_of(print_all, v);
}
