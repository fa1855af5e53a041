/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/measure/contents.h"
#include "workloads/clock.h"

struct command {
    struct session session;
    const char *from, *against;
    bool quick;
};

static const struct option_row rows[] = {
    {"quick", NULL, "A short version: fewer cells, 15 s", OPTION_ON,
     offsetof(struct command, quick), 0, NULL, 'q'},
    OPTION_ROW_BUDGET(
        "Time; at least six complete rounds are run (default: 90s)"),
    OPTION_ROW_ROUNDS("Number of rounds, however long they take"),
    {"from", "DIR", "Redraw the report of the run in DIR (there, or in --out)",
     OPTION_TEXT, offsetof(struct command, from), 0, NULL, 'f'},
    {"against", "DIR",
     "With --from: compare it with the earlier run in DIR, cell by cell",
     OPTION_TEXT, offsetof(struct command, against), 0, NULL, 'a'},
    {0},
};

/* --models stands in for @core; --base is measured with them. */
static int choose_core(struct session *s)
{
    const char *list = s->asked.models ? s->asked.models : "@core";
    struct chosen chosen;
    int status = read_models(&s->claims, list, &chosen);

    if (!status && s->asked.base)
        status = read_base_model(s->asked.base, &chosen, &s->base);
    else if (!status)
        s->base = first_named(list, &chosen);
    if (!status && claims_set_core(&s->claims, chosen.models, chosen.n))
        status = EXIT_BROKEN;
    free(chosen.models);
    return status;
}

static bool has_base(const struct session *s)
{
    size_t i = 0;

    while (s->base && i < s->plan.n && s->plan.cells[i].model != s->base)
        i++;
    return !s->base || i < s->plan.n;
}

static int make_plan(struct command *c)
{
    struct session *s = &c->session;
    enum claim_flag flag = c->quick ? CLAIM_QUICK : CLAIM_DEFAULT;
    int status = EXIT_DONE;

    if (c->quick && !s->asked.models)
        s->asked.models = "@quick";
    if (s->asked.models || s->asked.base)
        status = choose_core(s);
    if (status)
        return status;
    if (contents_plan(&s->claims, flag, s->asked.models != NULL, s->asked.seed,
                      &s->plan, &s->traced))
        return complain_broken("out of memory");
    if (!s->asked.base && !has_base(s))
        s->base = NULL;
    if (s->plan.n > 0 && has_base(s))
        return EXIT_DONE;
    if (s->plan.n > 0)
        complain("not applicable: %s can be the base of no workload of this "
                 "report; `baton list` shows what models can do",
                 s->base->name);
    else
        complain("none of these models is part of a claim that can be measured "
                 "here; --models @all takes all models");
    return EXIT_USAGE;
}

/* Its report would be replaced by a report of other samples. */
static bool is_of_another_run(const char *to, const char *from)
{
    char a[PATH_MAX], b[PATH_MAX];

    snprintf(a, sizeof(a), "%s/samples.tsv", to);
    snprintf(b, sizeof(b), "%s/samples.tsv", from);
    return access(a, F_OK) == 0 && !is_same_file(a, b);
}

/* Redraws a saved run; measures nothing. */
static int redraw(const struct command *c)
{
    struct publication p = {
        .from = c->from,
        .to = c->session.asked.out ? c->session.asked.out : c->from,
        .term = c->session.asked.term,
        .against = c->against,
        .silent = c->session.asked.json,
        .claims = &c->session.claims,
    };
    int error;

    if (!holds_run(c->from))
        return EXIT_USAGE;
    if (is_of_another_run(p.to, c->from))
        return complain_usage("%.200s holds another run: choose another --out",
                              p.to);
    error = c->session.asked.out ? store_make_directory(p.to) : 0;
    if (error)
        return complain_broken(
            "cannot write to %.200s: %s; choose another --out", p.to,
            strerror(-error));
    return publish(&p);
}

/* Whether a published claim is a part of the report. */
static bool judges(const struct command *c)
{
    const struct claims *claims = &c->session.claims;

    for (size_t i = 0; i < claims->n; i++)
        if (claims->items[i].rule.kind &&
            claims->items[i].flags & (c->quick ? CLAIM_QUICK : CLAIM_DEFAULT))
            return true;
    return false;
}

static int run_report(struct command *c)
{
    struct asked *asked = &c->session.asked;
    int status;

    if (!asked->budget_ns && !asked->rounds)
        asked->budget_ns = (c->quick ? 15 : 90) * NS_PER_S;
    status = make_plan(c);
    c->session.judges = judges(c);
    if (!status)
        status = session_run(&c->session);
    plan_finish(&c->session.plan);
    plan_finish(&c->session.traced);
    return status;
}

/* Why these options do not go together, or NULL. */
static const char *find_mixture(const void *command)
{
    const struct command *c = command;
    const struct asked *asked = &c->session.asked;

    if (c->against && !c->from)
        return "--against compares two recordings: name the later one with "
               "--from";
    if (c->from && (c->quick || asked->seeded || asked->models || asked->base ||
                    asked->budget_ns || asked->rounds))
        return "--from measures nothing: it goes with --out, --claims, --term, "
               "--json and --against only";
    return NULL;
}

int cli_report(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .mixture = find_mixture,
        .common = COMMON_MODELS | COMMON_MODEL_FILE | COMMON_SHARD |
                  COMMON_CLAIMS | COMMON_SEED | COMMON_OUT | COMMON_JSON |
                  COMMON_TERM,
        .doc =
            "Runs the default comparison of the core models, verifies every "
            "result and reports it with an interval on every ratio: here, in "
            "figures, and in report.html, one file that can be mailed or "
            "projected.\v"
            "Examples:\n  baton report\n  baton report --quick --term\n"
            "  baton report --budget 5m --out ~/monday\n"
            "  baton report --from ~/monday --term\n"
            "  baton report --from ~/tuesday --against ~/monday",
    };
    struct command c = {.session = {.name = "report"}};
    int status;

    if (!options_read(&options, argc, argv, &c))
        return EXIT_USAGE;
    if (read_claims(c.session.asked.claims, &c.session.claims))
        return EXIT_USAGE;
    status = c.from ? redraw(&c) : run_report(&c);
    claims_finish(&c.session.claims);
    return status;
}
