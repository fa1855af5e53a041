/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/measure/contents.h"
#include "harness/results/store.h"
#include "harness/results/text.h"
#include "workloads/clock.h"

enum {
    KEY_QUICK = 'q',
    KEY_BUDGET = 'b',
    KEY_ROUNDS = 'r',
    KEY_SEED = 's',
    KEY_OUT = 'o',
    KEY_JSON = 'j',
    KEY_FROM = 'f',
    KEY_TERM = 't',
    KEY_MODELS = 'm',
    KEY_CLAIMS = 'c',
};

struct command {
    struct session session;
    const char *from, *models, *claims;
    bool quick, seeded;
};

static const struct setting settings[] = {
    SETTING(KEY_QUICK, ON, quick),
    SETTING_GIVEN(KEY_BUDGET, BUDGET, session.run.budget_ns,
                  session.typed_budget),
    SETTING(KEY_ROUNDS, ROUNDS, session.run.rounds),
    SETTING_GIVEN(KEY_SEED, SEED, session.run.seed, seeded),
    SETTING(KEY_OUT, TEXT, session.out),
    SETTING(KEY_JSON, ON, session.json),
    SETTING(KEY_FROM, TEXT, from),
    SETTING(KEY_MODELS, TEXT, models),
    SETTING(KEY_CLAIMS, TEXT, claims),
    SETTING(KEY_TERM, ON, session.term),
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        argp_error(state, "`report` takes no arguments");
        return 0;
    case ARGP_KEY_END:
        if (c->session.run.rounds && c->session.run.budget_ns)
            argp_error(state, "--rounds and --budget exclude each other");
        return 0;
    default:
        return setting_take(settings, key, arg, state);
    }
}

/* --models stands in for @core. */
static int choose_core(struct command *c)
{
    const struct model **chosen = calloc(n_models, sizeof(*chosen));
    size_t n;
    bool named;
    int status = EXIT_DONE;

    if (!chosen)
        return EXIT_BROKEN;
    if (read_models(&c->session.claims, c->models, chosen, &n, &named))
        status = EXIT_USAGE;
    else if (claims_set_core(&c->session.claims, chosen, n))
        status = EXIT_BROKEN;
    free(chosen);
    return status;
}

static int make_plan(struct command *c)
{
    struct session *s = &c->session;
    enum claim_flag flag = c->quick ? CLAIM_QUICK : CLAIM_DEFAULT;
    int status;

    if (c->quick && !c->models)
        c->models = "@quick";
    status = c->models ? choose_core(c) : EXIT_DONE;
    if (status)
        return status;
    if (contents_plan(&s->claims, flag, c->models != NULL, s->run.seed,
                      &s->plan, &s->traced)) {
        complain("out of memory");
        return EXIT_BROKEN;
    }
    if (s->plan.n > 0)
        return EXIT_DONE;
    complain("none of these models is part of a claim that can be measured "
             "here; --models @all takes all models");
    return EXIT_USAGE;
}

/* Old results, nothing measured. */
static int redraw(const struct command *c)
{
    struct publication p = {
        .from = c->from,
        .to = c->session.out ? c->session.out : c->from,
        .term = c->session.term,
        .claims = &c->session.claims,
    };
    int error;

    if (!holds_run(c->from))
        return EXIT_USAGE;
    error = c->session.out ? store_make_directory(p.to) : 0;
    if (error) {
        complain("cannot write to %.200s: %s; choose another --out", p.to,
                 strerror(-error));
        return EXIT_BROKEN;
    }
    return publish(&p);
}

static int run_report(struct command *c)
{
    int status;

    if (!c->session.run.budget_ns && !c->session.run.rounds)
        c->session.run.budget_ns = (c->quick ? 15 : 90) * NS_PER_S;
    if (!c->seeded)
        c->session.run.seed = random_seed();
    status = make_plan(c);
    if (!status)
        status = session_run(&c->session);
    plan_finish(&c->session.plan);
    plan_finish(&c->session.traced);
    return status;
}

int cli_report(int argc, char *argv[])
{
    static const struct argp_option options[] = {
        {"quick", KEY_QUICK, NULL, 0, "A first look: fewer cells, 15 s", 0},
        {"models", KEY_MODELS, "a,b|@set", 0,
         "Models, and sets: @core, @all, or a family as @loops (default: "
         "@core)",
         0},
        {"claims", KEY_CLAIMS, "DIR", 0,
         "What is measured and compared (default: the installed claims)", 0},
        {"budget", KEY_BUDGET, "TIME", 0,
         "Whole rounds for about this long, six at least (default: 90s)", 0},
        {"rounds", KEY_ROUNDS, "N", 0, "So many rounds, however long they take",
         0},
        {"seed", KEY_SEED, "S", 0,
         "Of the order and of the pages (default: random, printed)", 0},
        {"out", KEY_OUT, "DIR", 0,
         "Results go here (default: baton-results/UTC-report)", 0},
        {"json", KEY_JSON, NULL, 0, "benchmark.json on standard output", 0},
        MODEL_FILE_OPTION(0),
        {"from", KEY_FROM, "DIR", 0,
         "Measures nothing: draws the results in DIR anew (there, or in --out)",
         0},
        {"term", KEY_TERM, NULL, 0, "Shows the figures in the terminal too", 0},
        {0},
    };
    static const struct argp argp = {
        options,
        parse,
        NULL,
        "Runs the default comparison of the core models, verifies every result "
        "and "
        "reports it with an interval on every ratio: here, in figures, and in "
        "report.html, one file that can be mailed or projected.\v"
        "Examples:\n  baton report\n  baton report --quick --term\n"
        "  baton report --budget 5m --out ~/monday\n"
        "  baton report --from ~/monday --term",
        NULL,
        NULL,
        NULL};
    struct command c = {.session = {.name = "report"}};
    int status;

    if (!options_known(argc, argv, options))
        return EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &c);
    if (c.session.json && c.session.term) {
        complain("--json and --term both want standard output; choose one");
        return EXIT_USAGE;
    }
    if (c.from && (c.quick || c.seeded || c.session.json || c.models ||
                   c.session.run.budget_ns || c.session.run.rounds)) {
        complain("--from measures nothing: it goes with --out, --claims and "
                 "--term only");
        return EXIT_USAGE;
    }
    if (read_claims(c.claims, &c.session.claims))
        return EXIT_USAGE;
    status = c.from ? redraw(&c) : run_report(&c);
    claims_finish(&c.session.claims);
    return status;
}
