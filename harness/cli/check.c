/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/check/words.h"
#include "harness/cli/check.h"
#include "harness/results/text.h"
#include "harness/process/interrupt.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

enum {
    KEY_BASE = 1000,
    KEY_CAND,
    KEY_BASE_CELL,
    KEY_CAND_CELL,
    KEY_CELLS,
    KEY_BUDGET,
    KEY_PIN,
    KEY_PIN_ORIGIN,
    KEY_THRESHOLD,
    KEY_SEED,
    KEY_ORDER,
    KEY_STRICT,
    KEY_OUT,
    KEY_JSON,
    KEY_REPLAY,
    KEY_SELF_TEST,
    KEY_RESUME,
    KEY_LEDGER,
    KEY_CLAIMS,
};

struct command {
    struct comparison asked;
    const char *replay, *resume;
    uint64_t self_test_ns;
    bool thresholded; /* --threshold was given */
    bool seeded, pinned, origin_pinned;
};

static const struct argp_option options[] = {
    {"base", KEY_BASE, "FILE", 0, "A baton build, the one to compare with", 1},
    {"cand", KEY_CAND, "FILE", 0,
     "The build that may be slower (default: this one)", 1},
    {"base-cell", KEY_BASE_CELL, "CELL", 0,
     "Or two cells of one build, as counter/locked/tasks:20", 1},
    {"cand-cell", KEY_CAND_CELL, "CELL", 0, "The one that may be slower", 1},
    {"cells", KEY_CELLS, "LIST", 0,
     "Cells, or patterns for those of the suite, as 'counter/*' (default: the "
     "suite)",
     2},
    {"claims", KEY_CLAIMS, "DIR", 0,
     "Where the suite stands (default: the installed claims)", 2},
    MODEL_FILE_OPTION(2),
    {"budget", KEY_BUDGET, "TIME", 0,
     "Of a clean check; twice that at most (default: 9 s a cell)", 2},
    {"threshold", KEY_THRESHOLD, "PERCENT", 0,
     "The smallest slowdown that matters (default: 2)", 2},
    {"pin", KEY_PIN, "CPUS|none", 0,
     "Samples run on these CPUs (default: the last one; commands: none)", 2},
    {"pin-origin", KEY_PIN_ORIGIN, "CPUS|none", 0,
     "The origin runs on these (default: the same)", 2},
    {"seed", KEY_SEED, "S", 0,
     "Of the order and of the pages (default: random, printed)", 2},
    {"order", KEY_ORDER, "random|naive", 0,
     "naive: base always first, to see the control notice it", 2},
    {"strict", KEY_STRICT, NULL, 0,
     "Undecided cells fail the check (exit status 3)", 3},
    {"out", KEY_OUT, "DIR", 0,
     "Results go here (default: baton-results/UTC-check)", 3},
    {"json", KEY_JSON, NULL, 0, "verdict.json on standard output", 3},
    {"ledger", KEY_LEDGER, "FILE", 0,
     "A line about this check is added to FILE: a record of false alarms", 3},
    {"replay", KEY_REPLAY, "DIR|FILE", 0,
     "The verdict of a check that was recorded, from its samples alone", 4},
    {"self-test", KEY_SELF_TEST, "TIME", OPTION_ARG_OPTIONAL,
     "How often this machine gives a false alarm, and what it sees (default: "
     "5m)",
     4},
    {"resume", KEY_RESUME, "DIR", 0, "Goes on with a self-test, with TIME more",
     4},
    {0},
};

static const char doc[] =
    "Whether a candidate is slower than its base, with a known error rate.\v"
    "Samples of both alternate in random order, each in a process of its own; "
    "a\ncopy of the base is the control. A cell that looks slower is measured "
    "anew\nbefore it is called so.\n\n"
    "Examples:\n"
    "  baton check --base old/baton --cand new/baton\n"
    "  baton check --base old/baton --cells 'counter/*' --budget 30s\n"
    "  baton check --base-cell counter/locked --cand-cell counter/libuv\n"
    "  baton check -- ./old --work 7 -- ./new --work 7\n"
    "  baton check --replay baton-results/20261122T080000Z-check\n"
    "  baton check --self-test 5m\n\n"
    "Exit status: 0 nothing is slower; 1 something is, or does something "
    "else\n  than base does; 3 nothing can be said (--strict: of any cell); "
    "4 usage;\n  5 it broke.\n";

static void parse_threshold(struct comparison *g, const char *arg,
                            struct argp_state *state)
{
    const char *unit;
    double percent;

    if (text_real_unit(arg, &percent, &unit) ||
        (*unit && strcmp(unit, "%") != 0) || !(percent > 0) || percent > 100)
        argp_error(state, "--threshold is a percentage above 0, such as 2");
    g->rules.threshold = percent / 100;
}

static const char *parse_pin(const char *arg, struct argp_state *state)
{
    if (strcmp(arg, "none") == 0)
        return NULL;
    if (machine_check_pin(arg))
        argp_error(state,
                   "cannot run on the CPUs '%s'; write them as 0-2,5, or none",
                   arg);
    return arg;
}

/* What a recording settles. */
static bool says_how(const struct command *c)
{
    const struct comparison *g = &c->asked;

    return g->cells || g->budget_ns || g->out || c->seeded || c->pinned ||
           c->origin_pinned || c->thresholded;
}

static void refuse_mixtures(const struct command *c, struct argp_state *state)
{
    const struct comparison *g = &c->asked;
    int kinds = (g->base || g->cand) + (g->base_cell || g->cand_cell) +
                (g->base_command != NULL);

    if (!g->base_cell != !g->cand_cell)
        argp_error(state, "--base-cell and --cand-cell go together");
    if (kinds > 1)
        argp_error(state, "two builds, two cells, or two commands: not both");
    if (kinds > 0 && (c->replay || c->self_test_ns || c->resume))
        argp_error(state, "--replay and --self-test compare nothing else");
    if (c->resume && !c->self_test_ns)
        argp_error(state, "--resume goes on with a self-test: --self-test=TIME "
                          "--resume DIR");
    if (kinds == 0 && !c->replay && !c->self_test_ns)
        argp_error(state,
                   "compared with what? --base FILE, --base-cell CELL, or "
                   "-- COMMAND -- COMMAND");
    if (c->replay && c->self_test_ns)
        argp_error(state, "--replay or --self-test: not both");
    if (c->self_test_ns && (g->strict || g->naive || g->ledger))
        argp_error(state, "--strict, --order and --ledger are for checks, not "
                          "for a self-test");
    if (c->resume && says_how(c))
        argp_error(state, "--resume goes on as the self-test was begun: no "
                          "--cells, --budget, --seed, --threshold, --pin, "
                          "--out");
    if (c->replay && (says_how(c) || g->naive || g->ledger))
        argp_error(state, "--replay says again what was recorded: only --json "
                          "and --strict go with it");
    if (g->ledger && (g->base_cell || g->base_command || g->naive))
        argp_error(state, "--ledger counts false alarms of builds, measured "
                          "in random order");
    if (g->cells && (g->base_cell || g->base_command))
        argp_error(state, "--cells is for two builds");
}

static const struct setting settings[] = {
    SETTING(KEY_BASE, TEXT, asked.base),
    SETTING(KEY_CAND, TEXT, asked.cand),
    SETTING(KEY_BASE_CELL, TEXT, asked.base_cell),
    SETTING(KEY_CAND_CELL, TEXT, asked.cand_cell),
    SETTING(KEY_CELLS, TEXT, asked.cells),
    SETTING(KEY_CLAIMS, TEXT, asked.claims),
    SETTING(KEY_OUT, TEXT, asked.out),
    SETTING(KEY_LEDGER, TEXT, asked.ledger),
    SETTING(KEY_REPLAY, TEXT, replay),
    SETTING(KEY_RESUME, TEXT, resume),
    SETTING(KEY_BUDGET, BUDGET, asked.budget_ns),
    SETTING_GIVEN(KEY_SEED, SEED, asked.seed, seeded),
    SETTING(KEY_STRICT, ON, asked.strict),
    SETTING(KEY_JSON, ON, asked.json),
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;
    struct comparison *g = &c->asked;

    switch (key) {
    case KEY_THRESHOLD:
        parse_threshold(g, arg, state);
        c->thresholded = true;
        return 0;
    case KEY_PIN:
        g->pin = parse_pin(arg, state);
        c->pinned = true;
        return 0;
    case KEY_PIN_ORIGIN:
        g->pin_origin = parse_pin(arg, state);
        c->origin_pinned = true;
        return 0;
    case KEY_ORDER:
        if (strcmp(arg, "random") != 0 && strcmp(arg, "naive") != 0)
            argp_error(state, "--order is random or naive");
        g->naive = strcmp(arg, "naive") == 0;
        return 0;
    case KEY_SELF_TEST:
        c->self_test_ns = 300 * NS_PER_S;
        if (arg && read_duration(arg, &c->self_test_ns))
            argp_error(state, "--self-test is a time such as 90s or 5m");
        return 0;
    case ARGP_KEY_ARG:
        /* --self-test 5m is as good as --self-test=5m. */
        if (c->self_test_ns && !read_duration(arg, &c->self_test_ns) &&
            c->self_test_ns)
            return 0;
        argp_error(state, "'%s' is too much; commands come behind --", arg);
        return 0;
    case ARGP_KEY_END:
        refuse_mixtures(c, state);
        return 0;
    default:
        return setting_take(settings, key, arg, state);
    }
}

/* Everything behind the first "--", cut in two at the next. */
static int split_commands(struct comparison *g, int *argc, char *argv[])
{
    int first = 1, second;

    while (first < *argc && strcmp(argv[first], "--") != 0)
        first++;
    if (first == *argc)
        return 0;
    second = first + 1;
    while (second < *argc && strcmp(argv[second], "--") != 0)
        second++;
    if (second == first + 1 || second + 1 >= *argc) {
        complain("two commands are compared: -- COMMAND [ARG...] -- COMMAND "
                 "[ARG...]; one that takes a -- itself goes into sh -c '...'");
        return -EINVAL;
    }
    g->base_command = argv + first + 1;
    g->cand_command = argv + second + 1;
    argv[first] = argv[second] = NULL;
    *argc = first;
    return 0;
}

/*
 * Samples and origin share the last CPU: a pair's noise is about 4 % there,
 * where it is 5 to 9 % with the origin on another one, and 13 to 50 % unpinned.
 */
static void choose_pins(struct command *c)
{
    struct comparison *asked = &c->asked;
    static char last[16];
    int cpu = CPU_SETSIZE - 1;
    cpu_set_t all;

    if (sched_getaffinity(0, sizeof(all), &all))
        return;
    while (cpu > 0 && !CPU_ISSET(cpu, &all))
        cpu--;
    snprintf(last, sizeof(last), "%d", cpu);
    if (!c->pinned)
        asked->pin = last;
    if (!c->origin_pinned)
        asked->pin_origin = asked->pin;
}

/* Before the check, and not when its result would be lost. */
static bool is_writable(const char *ledger)
{
    FILE *file = fopen(ledger, "ae");

    if (!file) {
        complain("cannot write to %s: %s", ledger, strerror(errno));
        return false;
    }
    return fclose(file) == 0;
}

static int check_command(struct command *c)
{
    struct comparing run;
    struct verdict v;
    int status, error;

    if (c->asked.ledger && !is_writable(c->asked.ledger))
        return EXIT_USAGE;
    if (!c->asked.budget_ns)
        c->asked.budget_ns = comparison_budget(&c->asked);
    if (!c->asked.budget_ns)
        return EXIT_USAGE;
    status = comparison_open(&c->asked, "check", "", &run);

    if (!status) {
        struct check check = {
            .rules = c->asked.rules,
            .seed = c->asked.seed,
            .naive = c->asked.naive,
            .budget_ns = c->asked.budget_ns,
        };

        status = comparison_run(&run, &check) ? EXIT_BROKEN : EXIT_DONE;
        interrupt_release();
        if (status) /* half a check tells nothing of how often one is wrong */
            c->asked.ledger = NULL;
        error = verdict_reach(&run.recording, 0, &v);
        if (!error) {
            int told = comparison_publish(run.store.dir, &run.recording, &v,
                                          &c->asked);

            status = status ? status : told;
            verdict_finish(&v);
        } else {
            complain("no samples, so no verdict");
            status = EXIT_BROKEN;
        }
    }
    comparison_close(&run);
    return status;
}

/* A directory of a check, or its samples under any name. */
static void name_samples(const char *path, char *out, size_t size)
{
    struct stat is;
    bool file = stat(path, &is) == 0 && !S_ISDIR(is.st_mode);

    snprintf(out, size, file ? "%.4000s" : "%.4000s/samples.tsv", path);
}

/* Its trials stand beside its samples. */
static int replay_self_test(const struct command *c, const char *path,
                            const struct recording *r)
{
    char dir[PATH_MAX + 16];
    char *slash;

    snprintf(dir, sizeof(dir), "%s", path);
    slash = strrchr(dir, '/');
    if (slash)
        *slash = '\0';
    return self_test_replay(slash ? dir : ".", r, c->asked.json);
}

static int replay_check(const struct command *c, const char *path,
                        const struct recording *r)
{
    struct verdict v;
    char *json;
    int status;

    if (r->skipped) {
        complain("%zu lines of %.200s cannot be read", r->skipped, path);
        return EXIT_BROKEN;
    }
    if (verdict_reach(r, 0, &v)) {
        complain("%.200s is not of a check, or not in the order that its seed "
                 "gives",
                 path);
        return EXIT_BROKEN;
    }
    json = c->asked.json ? verdict_json(&v) : NULL;
    if (json)
        fputs(json, stdout);
    else
        verdict_print(&v, stdout, false);
    free(json);
    status = c->asked.strict ? v.strict_status : v.status;
    verdict_finish(&v);
    return status;
}

static int replay_command(const struct command *c)
{
    char path[PATH_MAX + 16];
    struct recording r;
    int error, status;

    name_samples(c->replay, path, sizeof(path));
    error = store_read_file(path, &r);
    if (error) {
        complain("cannot read %.200s: %s", path,
                 error == -EPROTONOSUPPORT ? "written by another version"
                                           : strerror(-error));
        return EXIT_BROKEN;
    }
    status = recording_u64(&r, "self_test") ? replay_self_test(c, path, &r)
                                            : replay_check(c, path, &r);
    recording_finish(&r);
    return status;
}

int cli_check(int argc, char *argv[])
{
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc = "[-- COMMAND -- COMMAND]",
                              .doc = doc};
    struct command c = {.asked = {.rules = rules_default}};

    if (split_commands(&c.asked, &argc, argv) ||
        !options_known(argc, argv, options) ||
        argp_parse(&argp, argc, argv, 0, NULL, &c))
        return EXIT_USAGE;
    if (c.replay)
        return replay_command(&c);
    if (!c.seeded)
        c.asked.seed = random_seed();
    if (!c.asked.base_command)
        choose_pins(&c);
    if (c.self_test_ns)
        return self_test(&c.asked, c.self_test_ns, c.resume);
    return check_command(&c);
}
