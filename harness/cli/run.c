/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "harness/cli/cli.h"
#include "harness/results/names.h"
#include "harness/results/text.h"
#include "harness/sample/machine.h"
#include "workloads/web/extract.h"
#include "workloads/web/scraping.h"

enum {
    KEY_MODELS = 1000,
    KEY_ROUNDS,
    KEY_BUDGET,
    KEY_SEED,
    KEY_PIN,
    KEY_PIN_ORIGIN,
    KEY_OUT,
    KEY_JSON,
    KEY_ORIGIN,
    KEY_LINK,
    KEY_TITLE,
    KEY_CLAIMS,
    MAX_SWEEP = 256, /* values of one parameter */
    MAX_CELLS = 10000,
    DEFAULT_ROUNDS = 7, /* the fewest that leave some slack for an interval */
};

struct sweep {
    uint64_t values[MAX_SWEEP];
    size_t n;
};

struct command {
    struct session session;
    const struct workload *workload;
    const char *models, *origin, *link, *title, *claims;
    struct sweep sweeps[MAX_PARAMETERS];
    bool given[MAX_PARAMETERS];
    bool seeded;
};

/* Options: the fixed ones, and one for each of the workload's parameters. */

static const struct argp_option fixed_options[] = {
    {"models", KEY_MODELS, "a,b|@set", 0,
     "Models, and sets: @core, @all, or a family as @loops (default: "
     "@core)",
     1},
    MODEL_FILE_OPTION(1),
    {"rounds", KEY_ROUNDS, "N", 0, "Rounds (default: 7)", 1},
    {"budget", KEY_BUDGET, "TIME", 0, "Whole rounds for about 30s, 2m, ...", 1},
    {"seed", KEY_SEED, "S", 0,
     "Of the order and of the pages (default: random, printed)", 1},
    {"pin", KEY_PIN, "CPUS", 0, "Samples run on these CPUs, as 0-2,5", 1},
    {"pin-origin", KEY_PIN_ORIGIN, "CPUS", 0, "The origin runs on these", 1},
    {"out", KEY_OUT, "DIR", 0,
     "Results go here (default: baton-results/UTC-WORKLOAD)", 1},
    {"json", KEY_JSON, NULL, 0, "benchmark.json on standard output", 1},
    {"claims", KEY_CLAIMS, "DIR", 0,
     "Which cells are compared (default: the installed claims)", 1},
};
enum { N_FIXED = sizeof(fixed_options) / sizeof(fixed_options[0]) };

static const struct argp_option origin_option = {
    "origin",
    KEY_ORIGIN,
    "URL",
    0,
    "Another HTTP server: every page is http://host:port/path",
    1};

static const struct argp_option pattern_options[] = {
    {"link", KEY_LINK, "XPATH", 0,
     "Of the article, on the front page (default: " SCRAPING_LINK ")", 0},
    {"title", KEY_TITLE, "XPATH", 0,
     "On the article (default: " SCRAPING_TITLE ")", 0},
};

static void make_options(const struct workload *w, struct argp_option out[],
                         char help[][OPTION_HELP])
{
    size_t n = parameter_options(w, "v1,v2,...", out, help);

    if (w->refer)
        out[n++] = origin_option;
    for (size_t i = 0; w->patterns && i < 2; i++)
        out[n++] = pattern_options[i];
    memcpy(out + n, fixed_options, sizeof(fixed_options));
}

static int read_sweep(const struct parameter *p, const char *text,
                      struct sweep *ret)
{
    char *copy = strdup(text), *rest = copy, *item;
    int error = copy ? 0 : -ENOMEM;

    ret->n = 0;
    while (!error && (item = strsep(&rest, ","))) {
        uint64_t value = 0;

        error = parameter_read(p, item, &value);
        if (!error && ret->n == MAX_SWEEP)
            error = -E2BIG;
        if (!error)
            ret->values[ret->n++] = value;
    }
    free(copy);
    return error;
}

static void parse_parameter(struct command *c, size_t index, const char *arg,
                            struct argp_state *state)
{
    const struct parameter *p = &c->workload->parameters[index];

    if (read_sweep(p, arg, &c->sweeps[index]))
        argp_error(state,
                   "--%s takes numbers from %" PRIu64 " to %" PRIu64
                   "%s, separated by commas, not '%s'",
                   p->name, p->min, p->max,
                   p->kib ? " (KiB, MiB, GiB understood)" : "", arg);
    c->given[index] = true;
}

static const char *parse_pattern(const char *arg, struct argp_state *state)
{
    char why[256];

    if (extract_check(arg, why, sizeof(why)))
        argp_error(state, "'%s' is no XPath: %s", arg, why);
    return arg;
}

static const struct setting settings[] = {
    SETTING(KEY_MODELS, TEXT, models),
    SETTING_GIVEN(KEY_BUDGET, BUDGET, session.run.budget_ns,
                  session.typed_budget),
    SETTING(KEY_ROUNDS, ROUNDS, session.run.rounds),
    SETTING_GIVEN(KEY_SEED, SEED, session.run.seed, seeded),
    SETTING(KEY_PIN, TEXT, session.run.pin),
    SETTING(KEY_PIN_ORIGIN, TEXT, session.run.pin_origin),
    SETTING(KEY_OUT, TEXT, session.out),
    SETTING(KEY_JSON, ON, session.json),
    SETTING(KEY_CLAIMS, TEXT, claims),
    SETTING(KEY_ORIGIN, TEXT, origin),
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;
    struct run *run = &c->session.run;

    if (key >= KEY_PARAMETER && key < KEY_PARAMETER + MAX_PARAMETERS) {
        parse_parameter(c, (size_t)(key - KEY_PARAMETER), arg, state);
        return 0;
    }
    switch (key) {
    case KEY_LINK:
        c->link = parse_pattern(arg, state);
        return 0;
    case KEY_TITLE:
        c->title = parse_pattern(arg, state);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "one workload only; '%s' is too much", arg);
        return 0;
    case ARGP_KEY_END:
        if (run->rounds && run->budget_ns)
            argp_error(state, "--rounds and --budget exclude each other");
        return 0;
    default:
        return setting_take(settings, key, arg, state);
    }
}

/* The plan: models x values. */

static size_t count_cells(const struct command *c, size_t n_chosen)
{
    size_t n = n_chosen;

    for (size_t i = 0; i < c->workload->n_parameters && n <= MAX_CELLS; i++)
        n *= c->sweeps[i].n;
    return n;
}

static int refuse_gaps(const struct command *c, bool named)
{
    const struct plan *plan = &c->session.plan;

    for (size_t i = 0; i < plan->n_gaps && named; i++) {
        complain("not applicable: %s cannot run %s: %s",
                 plan->gaps[i].model->name, c->workload->name,
                 plan->gaps[i].why);
        return EXIT_USAGE;
    }
    if (plan->n > 0)
        return EXIT_DONE;
    complain("not applicable: no model of this build can run %s",
             c->workload->name);
    return EXIT_USAGE;
}

/* One cell of the sweep; counting through it is an odometer's work. */
static int add_cell(struct command *c, const struct model *m,
                    struct setup *setup)
{
    struct plan *plan = &c->session.plan;
    char why[256];
    int error;

    if (c->workload->check(setup, why, sizeof(why))) {
        complain("%s", why);
        return EXIT_USAGE;
    }
    error = plan_add(plan, c->workload, m, setup);
    if (error == 1) {
        complain("%s: %s", m->name, plan->gaps[plan->n_gaps - 1].why);
        return EXIT_USAGE;
    }
    if (error)
        complain("%s", strerror(-error));
    return error ? EXIT_BROKEN : EXIT_DONE;
}

static bool advance(const struct command *c, size_t at[])
{
    for (size_t i = c->workload->n_parameters; i-- > 0;) {
        if (++at[i] < c->sweeps[i].n)
            return true;
        at[i] = 0;
    }
    return false;
}

static int make_plan(struct command *c, const struct model *const chosen[],
                     size_t n_chosen, struct setup setup)
{
    size_t at[MAX_PARAMETERS] = {0};

    if (count_cells(c, n_chosen) > MAX_CELLS) {
        complain("a sweep of more than %d cells", MAX_CELLS);
        return EXIT_USAGE;
    }
    do {
        for (size_t i = 0; i < c->workload->n_parameters; i++)
            setup.values[i] = c->sweeps[i].values[at[i]];
        for (size_t i = 0; i < n_chosen; i++) {
            int status = add_cell(c, chosen[i], &setup);

            if (status)
                return status;
        }
    } while (advance(c, at));
    return EXIT_DONE;
}

static int refuse_own_parameters(const struct command *c)
{
    static const char *const own[] = {"latency-ms", "bytes", "rate"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        int index = workload_parameter(c->workload, own[i]);

        if (index >= 0 && c->given[index]) {
            complain("--%s is for our own origin; it says nothing to "
                     "another server",
                     own[i]);
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}

static int check_pins(const struct run *run)
{
    const char *pins[2] = {run->pin, run->pin_origin};

    for (int i = 0; i < 2; i++)
        if (pins[i] && machine_check_pin(pins[i])) {
            complain("cannot run on the CPUs '%s'; write them as 0-2,5",
                     pins[i]);
            return EXIT_USAGE;
        }
    return EXIT_DONE;
}

static int run_command(struct command *c)
{
    const struct model **chosen = calloc(n_models, sizeof(*chosen));
    struct setup setup = {
        .seed = c->session.run.seed, .link = c->link, .title = c->title};
    size_t n_chosen;
    bool named;
    int status;

    if (!chosen)
        return EXIT_BROKEN;
    status =
        read_models(&c->session.claims, c->models, chosen, &n_chosen, &named)
            ? EXIT_USAGE
            : EXIT_DONE;
    if (!status)
        status = check_pins(&c->session.run);
    if (!status && c->origin)
        status = refuse_own_parameters(c);
    for (size_t i = 0; i < c->workload->n_parameters; i++)
        setup.values[i] = c->sweeps[i].values[0];
    if (!status && c->origin) {
        status = foreign_prepare(c->origin, c->workload, &setup);
        c->session.audit = "unwitnessed: the server is not ours, so nobody "
                           "saw how many requests it had in flight";
    }
    if (!status)
        status = make_plan(c, chosen, n_chosen, setup);
    if (!status)
        status = refuse_gaps(c, named);
    if (!status)
        status = session_run(&c->session);
    plan_finish(&c->session.plan);
    free(chosen);
    return status;
}

static int parse_command(struct command *c, int argc, char *argv[])
{
    const struct workload *w = c->workload;
    struct argp_option options[MAX_PARAMETERS + N_FIXED + 4] = {0};
    char help[MAX_PARAMETERS][OPTION_HELP], doc[512];
    static char name[64];
    struct argp argp = {.options = options, .parser = parse, .doc = doc};

    make_options(w, options, help);
    if (!options_known(argc, argv, options))
        return EINVAL;
    snprintf(doc, sizeof(doc),
             "%s: %s.\vExamples:\n"
             "  baton run %s --models sequential,libuv\n"
             "  baton run %s --%s 1,10,100 --budget 30s --json\n\n"
             "Comma lists sweep: each model runs with each combination.",
             w->name, w->summary, w->name, w->name, w->parameters[0].name);
    snprintf(name, sizeof(name), "baton run %s", w->name);
    argv[1] = name; /* argp calls the program by it */
    return argp_parse(&argp, argc - 1, argv + 1, 0, NULL, c);
}

static int help(FILE *out, int status)
{
    fputs("Usage: baton run WORKLOAD [OPTION...]\n\nWorkloads:\n", out);
    for (size_t i = 0; i < n_workloads; i++)
        fprintf(out, "  %-14s %s\n", workloads[i]->name, workloads[i]->summary);
    fputs("\nExamples:\n"
          "  baton run counter --tasks 1,10,100\n"
          "  baton run download --n 30 --models sequential,libuv\n\n"
          "`baton run WORKLOAD --help` lists its options.\n",
          out);
    return status;
}

int cli_run(int argc, char *argv[])
{
    struct command c = {.models = "@core"};
    int status;

    if (argc < 2)
        return help(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)
        return help(stdout, EXIT_DONE);
    if (argv[1][0] == '-') {
        complain("the workload comes first: baton run WORKLOAD [OPTION...]");
        return EXIT_USAGE;
    }
    if (read_workload(argv[1], &c.workload))
        return EXIT_USAGE;
    for (size_t i = 0; i < c.workload->n_parameters; i++)
        c.sweeps[i] = (struct sweep){{c.workload->parameters[i].preset}, 1};
    c.session.name = c.workload->name;
    if (parse_command(&c, argc, argv))
        return EXIT_USAGE;
    if (!c.session.run.rounds && !c.session.run.budget_ns)
        c.session.run.rounds = DEFAULT_ROUNDS;
    if (!c.seeded)
        c.session.run.seed = random_seed();
    if (read_claims(c.claims, &c.session.claims))
        return EXIT_USAGE;
    status = run_command(&c);
    claims_finish(&c.session.claims);
    return status;
}
