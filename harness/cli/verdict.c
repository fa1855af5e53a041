/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides published claims on this machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/verdict.h"
#include "harness/measure/contents.h"
#include "harness/measure/estimate.h"
#include "harness/report/verdicts.h"
#include "harness/results/array.h"
#include "workloads/clock.h"

enum { DEFAULT_BUDGET_S = 150 };

static void add_id(void *command, char *arg, struct argp_state *state)
{
    struct verdict_command *c = command;

    if (!ARRAY_ROOM(c->ids, c->n_ids))
        argp_error(state, "out of memory");
    c->ids[c->n_ids++] = arg;
}

static const struct option_row rows[] = {
    OPTION_ROW_BUDGET("Time: six rounds, then more for claims that are still "
                      "undecided (default: 150s)"),
    OPTION_ROW_ROUNDS("As many rounds of all claims, however long they take"),
    {"references", NULL,
     "Include the settings of other runtimes than CPython's", OPTION_ON,
     offsetof(struct verdict_command, references), 0, NULL},
    {"list", NULL, "List the claims, their rules, and which can be decided",
     OPTION_ON, offsetof(struct verdict_command, list), 0, NULL, 'l'},
    {"from", "DIR", "Judge the run in DIR again; nothing is measured",
     OPTION_TEXT, offsetof(struct verdict_command, from), 0, NULL, 'f'},
    {0},
};

static bool is_named_id(const struct verdict_command *c, const char *id)
{
    for (size_t i = 0; i < c->n_ids; i++)
        if (strcmp(c->ids[i], id) == 0)
            return true;
    return false;
}

static bool has_rule(const struct claims *claims, const char *id)
{
    for (size_t i = 0; i < claims->n; i++)
        if (claims->items[i].rule.kind &&
            strcmp(claim_id(&claims->items[i]), id) == 0)
            return true;
    return false;
}

/* The claims that can be named, and what is wrong with the one that was. */
static int complain_id(const struct claims *claims, const char *id)
{
    const char **names = calloc(claims->n + 1, sizeof(*names));
    size_t n = 0;
    int status;

    for (size_t i = 0; i < claims->n; i++)
        if (strcmp(claims->items[i].id, id) == 0) {
            free(names);
            return complain_usage(
                "claims file %.100s has no rule=, by which it could be "
                "decided: add one, such as rule=at-least 2 (docs/claims.md)",
                id);
        }
    for (size_t i = 0; names && i < claims->n; i++) {
        const struct claim *c = &claims->items[i];

        if (c->rule.kind && (!c->claim || strcmp(c->claim, c->id) == 0))
            names[n++] = claim_id(c);
    }
    status = names ? complain_unknown("claim", id, names, n) : EXIT_BROKEN;
    free(names);
    return status;
}

static int check_ids(const struct verdict_command *c)
{
    const struct claims *claims = &c->session.claims;
    bool any = false;

    for (size_t i = 0; i < c->n_ids; i++)
        if (!has_rule(claims, c->ids[i]))
            return complain_id(claims, c->ids[i]);
    for (size_t i = 0; i < claims->n; i++)
        any |= claims->items[i].rule.kind != RULE_NONE;
    return any ? EXIT_DONE
               : complain_usage("no claim of this folder has a rule=, by which "
                                "it could be decided (docs/claims.md)");
}

/* Where the budget is too short for all values: with those of quick_values. */
static void shorten(struct claim *c)
{
    if (c->quick_values.n) {
        free(c->values.items);
        c->values = c->quick_values;
        c->quick_values = (struct numbers){0};
        return;
    }
    fprintf(stderr, "%s needs --budget %.0fs, and is left out\n", c->id,
            (double)c->budget_ns / 1e9);
    c->flags &= ~(unsigned)CLAIM_CHOSEN;
}

static bool is_chosen(const struct verdict_command *c, const struct claim *of)
{
    const char *id = claim_id(of);

    if (!id || !has_rule(&c->session.claims, id))
        return false;
    if ((of->flags & CLAIM_REFERENCES) && !c->references && !c->from)
        return false;
    return c->n_ids ? is_named_id(c, id) : !(of->flags & CLAIM_NAMED);
}

/* What is not chosen is not judged, although its cells may be measured. */
static void choose_claims(struct verdict_command *c)
{
    struct claims *claims = &c->session.claims;

    for (size_t i = 0; i < claims->n; i++)
        if (is_chosen(c, &claims->items[i]))
            claims->items[i].flags |= CLAIM_CHOSEN;
    for (size_t i = 0; i < claims->n; i++) {
        struct claim *of = &claims->items[i];

        if (!(of->flags & CLAIM_CHOSEN))
            of->rule.kind = RULE_NONE;
        else if (!c->from && !c->session.asked.rounds &&
                 of->budget_ns > c->session.asked.budget_ns)
            shorten(of);
    }
}

/* Whether a cell is a part of what this entry compares. */
static bool is_part(const struct claim *c, const struct cell *cell)
{
    const struct model *a, *b = NULL;
    size_t i = 0;

    if (c->statistic == STATISTIC_RATIO)
        claim_pair(c, 0, &a, &b);
    else
        a = model_find(c->models.items[0]);
    if (c->workload != cell->workload || (cell->model != a && cell->model != b))
        return false;
    do {
        uint64_t values[MAX_PARAMETERS];

        claim_values(c, &c->values, i, values);
        if (memcmp(values, cell->setup.values,
                   c->workload->n_parameters * sizeof(*values)) == 0)
            return true;
    } while (++i < c->values.n);
    return false;
}

static bool is_wanted(const struct verdicts *v, const struct cell *cell)
{
    for (size_t i = 0; i < v->n; i++)
        for (size_t j = 0; j < v->items[i].n; j++)
            if (verdict_is_open(&v->items[i].settings[j]) &&
                is_part(v->items[i].settings[j].claim, cell))
                return true;
    return false;
}

static int choose_cells(struct session *s, const struct recording *r,
                        struct loop_cell cells[])
{
    struct table table;
    struct verdicts verdicts;
    int error = table_build(&table, r->samples, r->n);

    if (error)
        return error;
    error = verdicts_make(&(struct results){.recording = r,
                                            .table = &table,
                                            .claims = &s->claims,
                                            .judges_all = true},
                          &verdicts);
    for (size_t i = 0; !error && i < s->plan.n; i++) {
        cells[i].left_out = !is_wanted(&verdicts, &s->plan.cells[i]);
        if (!cells[i].left_out)
            cells[i].most_rounds = 0;
    }
    verdicts_finish(&verdicts);
    table_finish(&table);
    return error;
}

static void limit_rounds(struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        uint32_t *most = &plan->cells[i].most_rounds;

        if (!*most || *most > ESTIMATE_ROUNDS)
            *most = ESTIMATE_ROUNDS;
    }
}

static int complain_nothing(const struct plan *plan)
{
    if (plan->n_gaps)
        return complain_usage("nothing can be measured here: %s/%s: %.200s",
                              plan->gaps[0].workload->name,
                              plan->gaps[0].model->name, plan->gaps[0].why);
    return complain_usage("nothing is to be measured: `baton verdict --list` "
                          "shows what each claim needs");
}

static void announce(const struct session *s)
{
    uint64_t ns =
        estimate_run_ns(&s->plan, &s->traced, ESTIMATE_ROUNDS) + NS_PER_S;

    fprintf(stderr,
            "%zu cells: six rounds take about %.0f s; claims that are "
            "undecided then get more, up to %.0f s in all\n",
            s->plan.n, (double)ns / 1e9,
            (double)(ns > s->asked.budget_ns ? ns : s->asked.budget_ns) / 1e9);
}

/* Six rounds, and more for what is undecided then. */
static void measure_in_steps(struct session *s)
{
    limit_rounds(&s->plan);
    announce(s);
    s->choose = choose_cells;
}

static int measure(struct verdict_command *c)
{
    struct session *s = &c->session;
    int status;

    if (contents_plan(&s->claims, CLAIM_CHOSEN, false, s->asked.seed, &s->plan,
                      &s->traced))
        return complain_broken("out of memory");
    if (!s->plan.n) {
        status = complain_nothing(&s->plan);
    } else {
        if (!s->asked.rounds)
            measure_in_steps(s);
        status = session_run(s);
    }
    plan_finish(&s->plan);
    plan_finish(&s->traced);
    /* Undecided is a verdict, too. */
    return status == EXIT_INCONCLUSIVE ? EXIT_DONE : status;
}

static int judge_again(const struct verdict_command *c)
{
    struct publication p = {.from = c->from,
                            .silent = c->session.asked.json,
                            .verdicts = true,
                            .claims = &c->session.claims};
    int status = holds_run(c->from) ? publish(&p) : EXIT_USAGE;

    return status == EXIT_INCONCLUSIVE ? EXIT_DONE : status;
}

static int decide(struct verdict_command *c)
{
    int status = check_ids(c);

    if (status)
        return status;
    if (c->list)
        return verdict_list(c);
    choose_claims(c);
    return c->from ? judge_again(c) : measure(c);
}

static const char *find_mixture(const void *command)
{
    const struct verdict_command *c = command;
    const struct asked *asked = &c->session.asked;

    if (asked->rounds && asked->budget_ns)
        return "--rounds and --budget exclude each other";
    if (c->from && (c->list || c->references || asked->seeded || asked->out ||
                    asked->budget_ns || asked->rounds))
        return "--from measures nothing: it goes with IDs, --claims and --json "
               "only";
    return NULL;
}

int cli_verdict(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .args = "[ID...]",
        .argument = add_id,
        .mixture = find_mixture,
        .common = COMMON_CLAIMS | COMMON_SEED | COMMON_PINS | COMMON_OUT |
                  COMMON_SHARD | COMMON_JSON,
        .doc = "Decides published claims about concurrency models on this "
               "machine: all of them, or those whose IDs are named.\v"
               "Examples:\n  baton verdict --list\n  baton verdict\n"
               "  baton verdict lock-10x --budget 30s\n"
               "  baton verdict --from DIR --json",
    };
    struct verdict_command c = {
        .session = {.name = "verdict", .judges = true, .verdicts = true}};
    int status;

    if (!options_read(&options, argc, argv, &c) ||
        read_claims(c.session.asked.claims, &c.session.claims))
        return EXIT_USAGE;
    if (!c.session.asked.budget_ns && !c.session.asked.rounds)
        c.session.asked.budget_ns = DEFAULT_BUDGET_S * NS_PER_S;
    status = decide(&c);
    claims_finish(&c.session.claims);
    free(c.ids);
    return status;
}
