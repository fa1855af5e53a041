/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/verdict.h"
#include "harness/measure/contents.h"
#include "harness/report/verdicts.h"
#include "harness/results/json.h"

/* Why an entry cannot be measured here; "": it can. */
static int find_gap(struct claims *claims, struct claim *c, char *why,
                    size_t size)
{
    struct plan plan = {0}, traced = {0};
    unsigned flags = c->flags;
    int error;

    why[0] = '\0';
    c->flags |= CLAIM_CHOSEN;
    error = contents_plan(claims, CLAIM_CHOSEN, false, 1, &plan, &traced);
    c->flags = flags;
    if (plan.n_gaps)
        snprintf(why, size, "%s: %s", plan.gaps[0].model->name,
                 plan.gaps[0].why);
    plan_finish(&plan);
    plan_finish(&traced);
    return error;
}

static void print_entry(const struct claim *c, const char *why)
{
    char rule[96];

    rule_words(&c->rule, rule, sizeof(rule));
    printf("  %s: %s %s", verdict_setting(c), statistic_names[c->statistic],
           rule);
    if (c->over)
        printf(", by %s", c->over);
    if (c->budget_ns)
        printf(", --budget %.0fs", (double)c->budget_ns / 1e9);
    if (c->flags & CLAIM_REFERENCES)
        printf(", --references");
    printf("%s%s\n", why[0] ? "\n    cannot be decided here: " : "", why);
}

static json_t *entry_json(const struct claim *c, const char *why)
{
    char rule[96];

    rule_words(&c->rule, rule, sizeof(rule));
    return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s*, s:b, s:s*}", "entry",
                     c->id, "setting", verdict_setting(c), "own", c->own,
                     "statistic", statistic_names[c->statistic], "rule", rule,
                     "over", c->over, "decidable", !why[0], "why",
                     why[0] ? why : NULL);
}

/* The entries with a rule of the claim of entry `first`. */
static int list_claim(struct claims *claims, size_t first, json_t *array)
{
    const char *id = claim_id(&claims->items[first]);
    const struct claim *words = claims_quote(claims, id);
    json_t *entries = json_array();

    if (!array)
        printf("%s: \"%s\"\n", id, words->quote);
    for (size_t i = first; i < claims->n; i++) {
        struct claim *c = &claims->items[i];
        char why[512];

        if (!c->rule.kind || strcmp(claim_id(c), id) != 0)
            continue;
        if (find_gap(claims, c, why, sizeof(why))) {
            json_decref(entries);
            return complain_broken("out of memory");
        }
        if (array)
            json_array_append_new(entries, entry_json(c, why));
        else
            print_entry(c, why);
    }
    if (array)
        json_array_append_new(array,
                              json_pack("{s:s, s:s, s:s, s:O}", "claim", id,
                                        "quote", words->quote, "source",
                                        words->source, "settings", entries));
    json_decref(entries);
    return EXIT_DONE;
}

static bool is_first(const struct claims *claims, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (claims->items[j].rule.kind &&
            strcmp(claim_id(&claims->items[j]), claim_id(&claims->items[i])) ==
                0)
            return false;
    return true;
}

static bool is_listed(const struct verdict_command *c, const char *id)
{
    bool listed = c->n_ids == 0;

    for (size_t i = 0; i < c->n_ids; i++)
        listed |= strcmp(c->ids[i], id) == 0;
    return listed;
}

int verdict_list(struct verdict_command *c)
{
    struct claims *claims = &c->session.claims;
    json_t *array = c->session.asked.json ? json_array() : NULL;
    int status = EXIT_DONE;

    for (size_t i = 0; i < claims->n && !status; i++)
        if (claims->items[i].rule.kind && is_first(claims, i) &&
            is_listed(c, claim_id(&claims->items[i])))
            status = list_claim(claims, i, array);
    if (array) {
        char *text =
            json_line(json_pack("{s:o}", "claims", array), JSON_INDENT(2));

        if (output_print(text ? text : ""))
            status = EXIT_BROKEN;
        free(text);
    }
    return status;
}
