/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/summary.h"

#include "harness/report/facts.h"
#include "harness/report/matrix.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"
#include "harness/results/exits.h"

void summary_print(const struct results *r, bool colour, size_t width,
                   FILE *out)
{
    struct document d = {.out = out, .colour = colour, .width = width};
    unsigned rounds = r->table->rounds;
    char seed[32];

    recording_key(r->recording, "seed", seed, sizeof(seed));
    section_busy(r, &d);
    section_against(r, &d);
    section_verdicts(r, &d);
    section_hosts(r, &d);
    section_findings(r, &d);
    if (r->hosts) {
        section_gaps(r, &d);
        return;
    }
    section_table(r, &d);
    section_matrix(r, &d);
    section_latency(r, &d);
    section_metrics(r, &d);
    section_map(r, &d);
    section_gaps(r, &d);
    section_noise(r, &d);
    fputc('\n', out);
    document_text(&d, NULL, "%u round%s, seed %s. %s", rounds,
                  rounds == 1 ? "" : "s", seed, prose_find("summary"));
    for (size_t i = 0; i < r->table->n; i++)
        if (fact_is_reference(&r->table->entries[i])) {
            document_text(&d, NULL, "%s", prose_find("references"));
            break;
        }
}

void summary_of_verdicts(const struct results *r, bool colour, size_t width,
                         FILE *out)
{
    struct document d = {.out = out, .colour = colour, .width = width};

    section_busy(r, &d);
    section_verdicts(r, &d);
    section_gaps(r, &d);
}

int summary_verdict(const struct results *r)
{
    const struct table *t = r->table;
    int verdict = EXIT_DONE;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (fact_is_incomplete(e) && !fact_is_inconclusive(e))
            return EXIT_BROKEN;
        if (fact_breaks_promise(e))
            verdict = EXIT_FINDING;
        else if (verdict == EXIT_DONE && fact_is_incomplete(e))
            verdict = EXIT_INCONCLUSIVE;
    }
    for (size_t i = 0; r->matrices && i < r->matrices->n; i++)
        if (!matrix_is_alike(&r->matrices->items[i]))
            verdict = EXIT_FINDING;
    return verdict;
}
