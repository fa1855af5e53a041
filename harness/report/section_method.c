/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it was measured, on what, and what cannot be concluded from it. */
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/matrix.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"
#include "harness/results/text.h"
#include "workloads/workload.h"

static void print_limit(const char *name, const char *text, FILE *out)
{
    fputs("<li>", out);
    html_element(out, "strong", "%s", name);
    html_print(out, " %s", text);
    fputs("</li>\n", out);
}

/* Some cell is of this kind; with a peer in memory, if that is asked for. */
static bool applies(const struct caveat *c, const struct table *t,
                    const struct kind *kind)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct workload *w = workload_find(t->entries[i].workload);

        if (w && w->kind == kind &&
            (!c->in_memory || fact_is_virtual(&t->entries[i])))
            return true;
    }
    return false;
}

static void print_caveats(const struct table *t, const struct kind *kind,
                          FILE *out)
{
    for (size_t i = 0; i < kind->n_caveats; i++)
        if (applies(&kind->caveats[i], t, kind))
            print_limit(kind->caveats[i].name, kind->caveats[i].text, out);
}

/* Those of docs/measuring.md that apply to this run. */
void section_limits(const struct results *r, struct document *d)
{
    document_begin(d, NULL, "What this does not show");
    document_list(d, NULL);
    print_limit("Other machines.", prose_find("other-machines"), d->out);
    for (size_t i = 0; i < n_kinds; i++)
        print_caveats(r->table, kind_list[i], d->out);
    if (r->matrices && r->matrices->n)
        print_limit("Only these faults are tested.", prose_find("only-faults"),
                    d->out);
    document_list_end(d);
    document_end(d);
}

static size_t count_cells(const struct table *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += !t->entries[i].twin;
    return n;
}

static const char *const paragraphs[] = {"method", "verified", "ratio"};

void section_method(const struct results *r, struct document *d)
{
    const struct table *t = r->table;
    char seed[32];

    recording_key(r->recording, "seed", seed, sizeof(seed));
    document_begin(d, NULL, "How it was measured");
    document_text(d, NULL, "%u round%s, %zu cells, %zu samples, seed %s.",
                  t->rounds, t->rounds == 1 ? "" : "s", count_cells(t),
                  fact_samples(r->recording), seed);
    for (size_t i = 0; i < sizeof(paragraphs) / sizeof(paragraphs[0]); i++)
        document_text(d, NULL, "%s", prose_find(paragraphs[i]));
    for (size_t i = 0; i < t->n; i++) {
        const struct workload *w = workload_find(t->entries[i].workload);

        if (t->entries[i].workload_first == i && w && w->verified)
            document_text(d, NULL, "%s", w->verified);
    }
    document_end(d);
}

/* Every key of the header, but gaps, which have a section of their own. */
static void print_keys(const struct recording *r, struct document *d)
{
    struct item key;

    for (const char *at = NULL; recording_next(r, &at, &key);) {
        if (item_is(&key, "gap"))
            continue;
        fputs("<tr>", d->out);
        html_element(d->out, "th scope=\"row\"", "%.*s", (int)key.key_len,
                     key.key);
        html_element(d->out, "td", "%.*s", (int)key.value_len,
                     key.value ? key.value : "");
        fputs("</tr>\n", d->out);
    }
}

void section_machine(const struct results *r, struct document *d)
{
    char command[4096], seed[32];

    recording_key(r->recording, "command", command, sizeof(command));
    recording_key(r->recording, "seed", seed, sizeof(seed));
    document_begin(d, NULL, "Machine, versions, and how to repeat it");
    document_text(d, NULL, "%s", prose_find("repeat"));
    fputs("<pre><code>", d->out);
    html_print(d->out, "%s", command);
    if (*seed && !strstr(command, "--seed"))
        html_print(d->out, " --seed %s", seed);
    fputs("</code></pre>\n", d->out);
    document_text(d, NULL, "What is known of the run, as samples.tsv has it:");
    html_scroll(d->out, "Table", "machine and versions", "");
    fputs("<table class=\"keys\">\n<tbody>\n", d->out);
    print_keys(r->recording, d);
    fputs("</tbody>\n</table>\n</div>\n", d->out);
    document_end(d);
}
