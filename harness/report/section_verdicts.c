/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The published claims, and what was decided of each. */
#include <stdlib.h>
#include <string.h>

#include "harness/report/figures.h"
#include "harness/report/sections.h"
#include "harness/report/verdicts.h"
#include "harness/results/text.h"

static const char *word_of(const struct claim_verdict *c)
{
    return decision_names[c->head->decision];
}

static void print_settings(const struct claim_verdict *c,
                           const struct verdicts *v, struct document *d)
{
    document_list(d, NULL);
    for (size_t i = 0; i < c->n; i++) {
        const struct setting_verdict *s = &c->settings[i];
        char *text = s->a ? verdict_sentence(s, v) : NULL;

        if (text && c->n > 1)
            document_item(d, "%s: %s: %s", verdict_setting(s->claim),
                          decision_names[s->decision], text);
        else if (text)
            document_item(d, "%s", text);
        free(text);
    }
    document_list_end(d);
}

static void print_others(const struct claim_verdict *c, FILE *out)
{
    const char *between = "";

    for (size_t i = 0; i < c->n; i++) {
        const struct setting_verdict *s = &c->settings[i];

        if (s == c->head || !s->a)
            continue;
        fprintf(out, "%s%s %s", between, verdict_setting(s->claim),
                decision_names[s->decision]);
        between = "; ";
    }
}

/* Beside other claims: the sentence of the headline, and a list of the rest. */
static void print_head(const struct claim_verdict *c, const struct verdicts *v,
                       struct document *d)
{
    char *text = verdict_sentence(c->head, v), *others = NULL;
    size_t size;
    FILE *out = open_memstream(&others, &size);

    if (out) {
        print_others(c, out);
        text_close(out, &others);
    }
    document_list(d, NULL);
    if (text && c->n > 1)
        document_item(d, "%s: %s", verdict_setting(c->head->claim), text);
    else if (text)
        document_item(d, "%s", text);
    if (others && *others)
        document_item(d, "other settings: %s", others);
    document_list_end(d);
    free(others);
    free(text);
}

/* Of a page: each headline leads to the part of its claim. */
static void print_headlines(const struct verdicts *v, FILE *out)
{
    fputs("<ul class=\"findings\">\n", out);
    for (size_t i = 0; i < v->n; i++) {
        const struct claim_verdict *c = &v->items[i];

        fputs("<li><span class=\"task\">", out);
        html_print(out, "%s: %s", c->id, c->words->quote);
        fputs("</span><a href=\"#claim-", out);
        html_print(out, "%s", c->id);
        fputs("\">", out);
        html_element(out, "strong", "%s", word_of(c));
        fputs("</a></li>\n", out);
    }
    fputs("</ul>\n", out);
}

bool section_has_verdicts(const struct results *r)
{
    return r->verdicts && r->verdicts->n;
}

void section_verdicts(const struct results *r, struct document *d)
{
    const struct verdicts *v = r->verdicts;

    if (!section_has_verdicts(r))
        return;
    document_begin(d, "first", "Verdicts on published claims");
    if (d->html)
        print_headlines(v, d->out);
    for (size_t i = 0; !d->html && i < v->n; i++) {
        document_text(d, NULL, "%-9s  %s: \"%s\"", word_of(&v->items[i]),
                      v->items[i].id, v->items[i].words->quote);
        if (v->n > 1)
            print_head(&v->items[i], v, d);
        else
            print_settings(&v->items[i], v, d);
    }
    document_end(d);
}

static bool shows(const struct drawing *drawing, const struct claim_verdict *v)
{
    for (size_t i = 0; i < v->n; i++) {
        const struct setting_verdict *s = &v->settings[i];

        if (s->a && figure_is_named(drawing->figure, s->claim) &&
            (!drawing->of.workload ||
             strcmp(drawing->of.workload, s->claim->workload->name) == 0))
            return true;
    }
    return false;
}

/* The first claim that a figure shows: there it stands. */
static const struct claim_verdict *owner_of(const struct results *r,
                                            const struct drawing *drawing)
{
    for (size_t i = 0; r->verdicts && i < r->verdicts->n; i++)
        if (shows(drawing, &r->verdicts->items[i]))
            return &r->verdicts->items[i];
    return NULL;
}

bool section_has_figure(const struct results *r, const struct drawing *drawing)
{
    return owner_of(r, drawing) != NULL;
}

static void print_figures(const struct results *r,
                          const struct claim_verdict *c, FILE *out)
{
    for (size_t i = 0; r->drawings && i < r->drawings->n; i++) {
        const struct drawing *drawing = &r->drawings->items[i];
        const struct claim_verdict *owner = owner_of(r, drawing);

        if (owner == c) {
            section_figure(r, drawing, out);
        } else if (owner && shows(drawing, c)) {
            fputs("<p>Figure: <a href=\"#claim-", out);
            html_print(out, "%s", owner->id);
            fputs("\">", out);
            html_print(out, "%s", drawing->title);
            fputs("</a></p>\n", out);
        }
    }
}

static void print_claim(const struct results *r, const struct claim_verdict *c,
                        struct document *d)
{
    char host[96], cpu[128];

    recording_key(r->recording, "host", host, sizeof(host));
    recording_key(r->recording, "cpu", cpu, sizeof(cpu));
    fputs("<section class=\"claim figures\" id=\"claim-", d->out);
    html_print(d->out, "%s", c->id);
    fputs("\">\n", d->out);
    html_element(d->out, "h2", "%s: %s", c->id, word_of(c));
    fputs("\n<blockquote>", d->out);
    html_print(d->out, "%s", c->words->quote);
    fputs("</blockquote>\n", d->out);
    document_text(d, NULL, "Source: %s.", c->words->source);
    print_settings(c, r->verdicts, d);
    document_text(d, NULL,
                  "Measured on %s (%s). To measure it again: baton verdict %s",
                  host, cpu, c->id);
    print_figures(r, c, d->out);
    document_end(d);
}

void section_claims(const struct results *r, struct document *d)
{
    for (size_t i = 0; r->verdicts && i < r->verdicts->n; i++)
        print_claim(r, &r->verdicts->items[i], d);
}
