/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/predict.h"
#include "harness/measure/estimate.h"
#include "harness/report/grid.h"
#include "harness/sample/sampler.h"
#include "workloads/web/scraping.h"

enum {
    MAX_CELLS = 10000,
    DEFAULT_ROUNDS =
        7, /* the smallest number that leaves some margin for an interval */
};

struct command {
    struct session session;
    struct sweeps sweeps;
    const char *origin, *link, *title;
};

static const struct option_row fixed_rows[] = {
    OPTION_ROW_ROUNDS("Rounds (default: 7)"),
    OPTION_ROW_BUDGET("Time, such as 30s or 2m; only complete rounds are run"),
    {"map", NULL,
     "Show which model is the fastest at each value of two parameters",
     OPTION_ON, ASKED(map), 0, NULL},
    {0},
};
static const struct option_row origin_rows[] = {
    {"origin", "URL",
     "Use another HTTP server: every page is http://host:port/path",
     OPTION_TEXT, offsetof(struct command, origin), 0, NULL},
    {0},
};
static const struct option_row pattern_rows[] = {
    {"link", "XPATH",
     "The link to the article, on the front page (default: " SCRAPING_LINK ")",
     OPTION_XPATH, offsetof(struct command, link), 0, NULL},
    {"title", "XPATH",
     "The title, on the article's page (default: " SCRAPING_TITLE ")",
     OPTION_XPATH, offsetof(struct command, title), 0, NULL},
    {0},
};

/* The plan: models x values. */

static size_t count_cells(const struct command *c, size_t n_chosen)
{
    size_t n = n_chosen;

    for (size_t i = 0; i < c->sweeps.workload->n_parameters && n <= MAX_CELLS;
         i++)
        n *= c->sweeps.of[i].n;
    return n;
}

/* Counts through the cells of a sweep like an odometer. */
static bool advance(const struct sweeps *s, size_t at[])
{
    for (size_t i = s->workload->n_parameters; i-- > 0;) {
        if (++at[i] < s->of[i].n)
            return true;
        at[i] = 0;
    }
    return false;
}

/*
 * A model that was named must support the workload; one of a set becomes a gap.
 */
static int make_plan(struct command *c, const struct chosen *chosen,
                     struct setup setup)
{
    struct cell_parts parts = {.workload = c->sweeps.workload};
    struct plan *plan = &c->session.plan;
    size_t at[MAX_PARAMETERS] = {0};

    if (count_cells(c, chosen->n) > MAX_CELLS)
        return complain_usage("a sweep of more than %d cells", MAX_CELLS);
    do {
        for (size_t i = 0; i < parts.workload->n_parameters; i++)
            setup.values[i] = c->sweeps.of[i].values[at[i]];
        for (size_t i = 0; i < chosen->n; i++) {
            const struct model *m = parts.model = chosen->models[i];
            int status =
                choose_cell(plan, &parts, &setup,
                            is_named(c->session.asked.models, m->name));

            if (status)
                return status;
        }
    } while (advance(&c->sweeps, at));
    if (plan->n > 0)
        return EXIT_DONE;
    return complain_usage("not applicable: no model of this build can run %s",
                          parts.workload->name);
}

static int refuse_own_parameters(const struct sweeps *s)
{
    for (size_t i = 0; i < s->workload->n_parameters; i++)
        if (s->given[i] && s->workload->parameters[i].served)
            return complain_usage(
                "--%s has no effect on another server: remove it or --origin",
                s->workload->parameters[i].name);
    return EXIT_DONE;
}

static int prepare_foreign(struct command *c, struct setup *setup)
{
    const struct sweeps *s = &c->sweeps;
    int status = refuse_own_parameters(s);

    if (status)
        return status;
    for (size_t i = 0; i < s->workload->n_parameters; i++)
        setup->values[i] = s->of[i].values[0];
    c->session.audit = "concurrency not verified: the requests in "
                       "flight at another server are not counted";
    return foreign_prepare(c->origin, s->workload, setup);
}

/* In how many rounds a cell takes a tenth of the time of a run. */
static uint64_t rounds_of_a_tenth(const struct session *s,
                                  const struct cell *cell)
{
    const struct asked *asked = &s->asked;
    uint64_t all_ns = estimate_run_ns(
        &s->plan, NULL, asked->rounds ? asked->rounds : ESTIMATE_ROUNDS);

    if (!asked->rounds && all_ns < asked->budget_ns)
        all_ns = asked->budget_ns;
    return all_ns / 10 / estimate_sample_ns(cell, SAMPLER_TARGET_NS);
}

/*
 * Measures the base once more at its middle parameters, as an A/A pair: in all
 * rounds, or only in the first ones if all would take over a tenth of the time.
 */
static int add_aa_pair(struct command *c)
{
    const struct sweeps *sweeps = &c->sweeps;
    const struct session *s = &c->session;
    struct plan *plan = &c->session.plan;
    uint64_t values[MAX_PARAMETERS], rounds;
    long at;

    if (!s->base)
        return EXIT_DONE;
    for (size_t i = 0; i < sweeps->workload->n_parameters; i++)
        values[i] = sweeps->of[i].values[sweeps->of[i].n / 2];
    at = plan_find(plan, sweeps->workload->name, s->base->name, values);
    if (at < 0)
        return EXIT_DONE;
    rounds = rounds_of_a_tenth(s, &plan->cells[at]);
    if (s->asked.rounds && rounds > s->asked.rounds)
        rounds = s->asked.rounds;
    if (rounds < ESTIMATE_ROUNDS)
        return EXIT_DONE;
    at = plan_add_twin(plan, (size_t)at);
    if (at < 0)
        return EXIT_BROKEN;
    plan->cells[at].most_rounds = (uint32_t)rounds;
    return EXIT_DONE;
}

static size_t different_values(const struct sweep *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        size_t first = 0;

        while (s->values[first] != s->values[i])
            first++;
        n += first == i;
    }
    return n;
}

/* A map needs two axes, and models to compare. */
static int refuse_map(const struct command *c, const struct chosen *chosen)
{
    const struct sweeps *s = &c->sweeps;
    size_t axes = 0;

    for (size_t i = 0; i < s->workload->n_parameters; i++)
        axes += different_values(&s->of[i]) >= GRID_VALUES;
    if (!c->session.asked.map || (axes >= 2 && chosen->n >= 2))
        return EXIT_DONE;
    if (axes >= 2)
        return complain_usage("--map compares models, and there is one: name "
                              "another one with --models");
    return complain_usage("--map needs two parameters with %d values each, "
                          "such as --%s 1,10,100 --%s 1,10,100",
                          GRID_VALUES, s->workload->parameters[0].name,
                          s->workload->parameters[1].name);
}

static int run_command(struct command *c)
{
    struct setup setup = {
        .seed = c->session.asked.seed, .link = c->link, .title = c->title};
    struct run_prediction predicted = {0};
    struct chosen chosen;
    int status =
        read_models(&c->session.claims, c->session.asked.models, &chosen);

    if (!status)
        status = read_base(&c->session.claims, &c->session.asked,
                           c->sweeps.workload, &chosen, &c->session.base);
    if (!status)
        status = refuse_map(c, &chosen);
    if (!status && c->origin)
        status = prepare_foreign(c, &setup);
    if (!status)
        status = make_plan(c, &chosen, setup);
    free(chosen.models);
    if (!status)
        status = run_prediction_ask(&predicted, &c->session);
    if (!status)
        status = add_aa_pair(c);
    if (!status)
        status = session_run(&c->session);
    run_prediction_finish(&predicted);
    plan_finish(&c->session.plan);
    return status;
}

static bool parse_command(struct command *c, int argc, char *argv[])
{
    const struct workload *w = c->sweeps.workload;
    char doc[512];
    struct options options = {
        .tables = {fixed_rows},
        .common = COMMON_MODELS | COMMON_MODEL_FILE | COMMON_SEED |
                  COMMON_PINS | COMMON_OUT | COMMON_JSON | COMMON_CLAIMS |
                  COMMON_TERM | COMMON_PREDICT | COMMON_SHARD,
        .sweeps = &c->sweeps,
        .doc = doc};
    size_t n = 1;

    if (w->refer)
        options.tables[n++] = origin_rows;
    if (w->patterns)
        options.tables[n++] = pattern_rows;
    snprintf(doc, sizeof(doc),
             "%s: %s.\vExamples:\n"
             "  baton run %s --models sequential,libuv\n"
             "  baton run %s --%s 1,10,100 --budget 30s --json\n\n"
             "Comma lists sweep: each model runs with each combination.",
             w->name, w->summary, w->name, w->name, w->parameters[0].name);
    return options_read(&options, argc, argv, c);
}

int cli_run(int argc, char *argv[])
{
    struct command c = {.session.asked.models = "@core"};
    struct asked *asked = &c.session.asked;
    const struct workload *w;
    int status = read_command_workload(
        argc, argv, "[OPTION...]",
        "  baton run counter --tasks 1,10,100\n"
        "  baton run download --n 30 --models sequential,libuv\n",
        &w);

    if (status || !w)
        return status;
    sweeps_init(&c.sweeps, w, MAX_SWEEP);
    c.session.name = w->name;
    if (!parse_command(&c, argc, argv))
        return EXIT_USAGE;
    if (!asked->rounds && !asked->budget_ns)
        asked->rounds = DEFAULT_ROUNDS;
    if (read_claims(asked->claims, &c.session.claims))
        return EXIT_USAGE;
    status = run_command(&c);
    claims_finish(&c.session.claims);
    return status;
}
