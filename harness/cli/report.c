/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/results/names.h"
#include "harness/results/store.h"
#include "harness/results/text.h"
#include "workloads/clock.h"

enum {
    KEY_QUICK = 'q',
    KEY_BUDGET = 'b',
    KEY_SEED = 's',
    KEY_OUT = 'o',
    KEY_JSON = 'j',
    KEY_FROM = 'f',
    KEY_TERM = 't',
};

/* The models of the default comparison beside those in memory. */
static const char core[] = "sequential,thread-per-socket,locked,libuv";

/* The default comparison: each row's parameters for each model. */
static const struct planned {
    const char *workload, *parameters;
    const char *models; /* NULL: the core */
    bool quick;         /* in the quick one: six rounds fit into 15 s */
    uint32_t rounds;    /* that tell what there is to tell; 0: all */
} rows[] = {
    {"counter", "tasks=1", NULL, false},
    {"counter", "tasks=4", NULL, false},
    {"counter", "tasks=16", NULL, false},
    {"counter", "tasks=64", NULL, false},
    {"counter", "tasks=256", NULL, false},
    {"counter", "", NULL, true},
    {"counter", "increments=100000", NULL, false},
    {"counter-split", "", "sequential,thread-per-socket,libuv", true},
    {"counter-split", "", NULL, false},
    {"download", "n=1", NULL, true},
    {"download", "n=3", NULL, false},
    {"download", "n=10", NULL, true},
    {"download", "n=30", NULL, true},
    {"download", "n=100", NULL, false},
    {"download", "n=300", "libuv,thread-per-socket", false},
    {"download", "n=1000", "libuv,thread-per-socket", false},
    {"titles", "n=1", NULL, false},
    {"titles", "n=10", NULL, false},
    {"titles", "n=30", NULL, false},
    /* Equality is its finding, and time-outs are dear. */
    {"faults", "n=25,timeout_ms=100", NULL, false, 2},
};

/*
 * Cells that are sampled twice in each round, side by side.  Each stands at the
 * end of a chain of headline pairs, so that its twin can be its neighbour.
 */
static const struct twin {
    const char *workload, *model, *parameters;
} twins[] = {
    {"counter", "locked", ""},     {"counter", "libuv", ""},
    {"download", "libuv", "n=30"}, {"download", "thread-per-socket", "n=100"},
    {"titles", "libuv", "n=30"},
};

/* What is traced once for the swimlanes, with each model that has a kernel. */
static const struct trace_row {
    const char *workload, *parameters;
} traces[] = {
    {"counter", "tasks=8,increments=1000000,per_turn=250000"},
    {"download", "n=8"},
};

struct command {
    struct session session;
    const char *from;
    bool quick, seeded;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;
    struct run *run = &c->session.run;

    switch (key) {
    case KEY_QUICK:
        c->quick = true;
        return 0;
    case KEY_BUDGET:
        if (read_duration(arg, &run->budget_ns))
            argp_error(state, "--budget is a time such as 60s or 5m");
        return 0;
    case KEY_SEED:
        if (text_u64(arg, &run->seed) || run->seed > UINT32_MAX)
            argp_error(state, "--seed is a number below 2^32");
        c->seeded = true;
        return 0;
    case KEY_OUT:
        c->session.out = arg;
        return 0;
    case KEY_JSON:
        c->session.json = true;
        return 0;
    case KEY_FROM:
        c->from = arg;
        return 0;
    case KEY_TERM:
        c->session.term = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "`report` takes no arguments");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool among(const char *names, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = names; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, len) == 0 && (!at[len] || at[len] == ','))
            return true;
    }
    return false;
}

static bool is_meant(const struct planned *row, const struct model *m)
{
    if (row->models)
        return among(row->models, m->name);
    return among(core, m->name) || m->connections.in_memory;
}

/* What a machine's limits forbid is a gap of the report, not its end. */
static int add_row(struct command *c, const struct planned *row)
{
    struct setup setup = {.seed = c->session.run.seed};
    const struct workload *w = workload_find(row->workload);
    size_t first = c->session.plan.n;

    if (!w || cell_values(w, row->parameters, setup.values))
        return -1;
    for (size_t i = 0; i < n_models; i++)
        if (is_meant(row, models[i]) &&
            plan_add(&c->session.plan, w, models[i], &setup) < 0)
            return -1;
    for (; first < c->session.plan.n; first++)
        c->session.plan.cells[first].most_rounds = row->rounds;
    return 0;
}

static int add_twin(struct plan *plan, const struct twin *twin)
{
    const struct workload *w = workload_find(twin->workload);
    uint64_t values[MAX_PARAMETERS];
    long found;

    if (!w || cell_values(w, twin->parameters, values))
        return -1;
    found = plan_find(plan, twin->workload, twin->model, values);
    return found < 0 || plan_add_twin(plan, (size_t)found) >= 0 ? 0 : -1;
}

static int add_traces(struct command *c, const struct trace_row *row)
{
    struct setup setup = {.seed = c->session.run.seed};
    const struct workload *w = workload_find(row->workload);

    if (!w || cell_values(w, row->parameters, setup.values))
        return -1;
    for (size_t i = 0; i < n_models; i++)
        if (among(core, models[i]->name) &&
            !model_ability(models[i], w->kind).in_memory &&
            plan_add(&c->session.traced, w, models[i], &setup) < 0)
            return -1;
    return 0;
}

static int make_plan(struct command *c)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if ((rows[i].quick || !c->quick) && add_row(c, &rows[i]))
            return -1;
    for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
        if (add_twin(&c->session.plan, &twins[i]))
            return -1;
    for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
        if (add_traces(c, &traces[i]))
            return -1;
    return 0;
}

static bool holds_run(const char *dir)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/samples.tsv", dir);

    return n < (int)sizeof(path) && access(path, F_OK) == 0;
}

/* Old results, nothing measured. */
static int redraw(const struct command *c)
{
    struct publication p = {
        .from = c->from,
        .to = c->session.out ? c->session.out : c->from,
        .term = c->session.term,
    };
    int error;

    if (!holds_run(c->from)) {
        complain("%.200s holds no run: it has no samples.tsv; --from takes a "
                 "directory that a run has written",
                 c->from);
        return EXIT_USAGE;
    }
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

    if (!c->session.run.budget_ns)
        c->session.run.budget_ns = (c->quick ? 15 : 90) * NS_PER_S;
    if (!c->seeded)
        c->session.run.seed = random_seed();
    if (make_plan(c)) {
        complain("out of memory");
        return EXIT_BROKEN;
    }
    status = session_run(&c->session);
    plan_finish(&c->session.plan);
    plan_finish(&c->session.traced);
    return status;
}

int cli_report(int argc, char *argv[])
{
    static const struct argp_option options[] = {
        {"quick", KEY_QUICK, NULL, 0, "A first look: fewer cells, 15 s", 0},
        {"budget", KEY_BUDGET, "TIME", 0,
         "Whole rounds for about this long (default: 90s)", 0},
        {"seed", KEY_SEED, "S", 0,
         "Of the order and of the pages (default: random, printed)", 0},
        {"out", KEY_OUT, "DIR", 0,
         "Results go here (default: baton-results/UTC-report)", 0},
        {"json", KEY_JSON, NULL, 0, "benchmark.json on standard output", 0},
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
        "Runs the default comparison of all models, verifies every result and "
        "reports it with an interval on every ratio: here, in figures, and in "
        "report.html, one file that can be mailed or projected.\v"
        "Examples:\n  baton report\n  baton report --quick --term\n"
        "  baton report --budget 5m --out ~/monday\n"
        "  baton report --from ~/monday --term",
        NULL,
        NULL,
        NULL};
    struct command c = {.session = {.name = "report"}};

    if (!options_known(argc, argv, options))
        return EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &c);
    if (c.session.json && c.session.term) {
        complain("--json and --term both want standard output; choose one");
        return EXIT_USAGE;
    }
    if (!c.from)
        return run_report(&c);
    if (c.quick || c.seeded || c.session.json || c.session.run.budget_ns) {
        complain("--from measures nothing: it goes with --out and --term only");
        return EXIT_USAGE;
    }
    return redraw(&c);
}
