/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The published claims, and what was decided of each. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/sections.h"
#include "harness/report/verdicts.h"

static void print_setting(const struct setting_verdict *s,
                          const struct verdicts *v, bool named,
                          struct document *d)
{
    char *text = verdict_sentence(s, v);

    if (named)
        document_item(d, "%s: %s: %s", verdict_setting(s->claim),
                      decision_names[s->decision], text ? text : "");
    else
        document_item(d, "%s", text ? text : "");
    free(text);
}

static void print_claim(const struct claim_verdict *c, const struct verdicts *v,
                        struct document *d)
{
    document_text(d, "claim", "%-9s  %s: \"%s\"",
                  decision_names[c->head->decision], c->id, c->words->quote);
    if (d->html)
        document_text(d, NULL,
                      "Source: %s. Measured again by: baton verdict "
                      "%s",
                      c->words->source, c->id);
    document_list(d, NULL);
    for (size_t i = 0; i < c->n; i++)
        if (c->settings[i].a)
            print_setting(&c->settings[i], v, c->n > 1, d);
    document_list_end(d);
}

void section_verdicts(const struct results *r, struct document *d)
{
    const struct verdicts *v = r->verdicts;

    if (!v || !v->n)
        return;
    document_begin(d, NULL, "Verdicts on published claims");
    for (size_t i = 0; i < v->n; i++)
        print_claim(&v->items[i], v, d);
    document_end(d);
}
