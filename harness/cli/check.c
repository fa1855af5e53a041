/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <libgen.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/check/words.h"
#include "harness/cli/check.h"
#include "harness/results/text.h"
#include "harness/process/interrupt.h"
#include "workloads/clock.h"

struct command {
    struct comparison g;
    const char *replay;
    uint64_t self_test_ns;
    bool thresholded; /* --threshold was given */
};

static void take_threshold(void *command, const char *arg,
                           struct argp_state *state)
{
    struct command *c = command;
    const char *unit;
    double percent;

    if (text_real_unit(arg, &percent, &unit) ||
        (*unit && strcmp(unit, "%") != 0) || !(percent > 0) || percent > 100)
        argp_error(
            state,
            "--threshold is a percentage such as 2, above 0 and up to 100");
    c->g.rules.threshold = percent / 100;
    c->thresholded = true;
}

static void take_variants(void *command, const char *arg,
                          struct argp_state *state)
{
    uint32_t n;

    if (text_u32(arg, &n) || n < 2 || n > VERDICT_MOST_VARIANTS)
        argp_error(state,
                   "--variants is a number from 2 to %d: one variant shows "
                   "nothing of the deviation between variants",
                   VERDICT_MOST_VARIANTS);
    ((struct command *)command)->g.variants = n;
}

/* Whether one of the words is another for each variant. */
static bool is_numbered(char *const words[])
{
    while (*words && !strstr(*words, "{n}"))
        words++;
    return *words;
}

static void take_name(void *command, const char *arg, struct argp_state *state)
{
    const char **names = ((struct command *)command)->g.names;

    if (!*arg || names[0] != names[1])
        argp_error(state, "--name takes a name, for both commands or once for "
                          "each");
    names[names[0] != NULL] = arg;
    if (!names[1])
        names[1] = arg;
}

static void take_self_test(void *command, const char *arg,
                           struct argp_state *state)
{
    struct command *c = command;

    c->self_test_ns = 300 * NS_PER_S;
    if (arg && read_duration(arg, &c->self_test_ns))
        argp_error(state,
                   "--self-test is a time such as 90s or 5m, up to 277h");
}

/* --self-test 5m is as good as --self-test=5m. */
static void take_argument(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    if (!c->self_test_ns || read_duration(arg, &c->self_test_ns))
        argp_error(state, "'%s' is too much; commands come behind --", arg);
}

#define TEXT(member) OPTION_TEXT, offsetof(struct command, member), 0, NULL

static const struct option_row side_rows[] = {
    {"base", "FILE|DIR",
     "The baton build to compare with, or the folder of its variants",
     TEXT(g.base)},
    {"cand", "FILE|DIR", "The build that may be slower (default: this one)",
     TEXT(g.cand)},
    {"base-cell", "CELL",
     "Compare two cells of one build, as counter/locked/tasks:20",
     TEXT(g.base_cell)},
    {"cand-cell", "CELL", "The cell that may be slower", TEXT(g.cand_cell)},
    {0},
};
static const struct option_row how_rows[] = {
    {"variants", "N",
     "Compare commands of which there are N: {n} in their words is 1 to N",
     OPTION_CALL, 0, 0, take_variants},
    {"cells", "LIST",
     "Cells, or patterns for those of the suite, as 'counter/*' (default: the "
     "suite)",
     TEXT(g.cells)},
    OPTION_ROW_BUDGET("Time if nothing looks slower; up to twice this "
                      "otherwise (default: 9 s a cell)"),
    {"threshold", "PERCENT", "The smallest slowdown that matters (default: 2)",
     OPTION_CALL, 0, 0, take_threshold},
    {0},
};
static const struct option_row result_rows[] = {
    {"name", "NAME",
     "What the commands are called in all results; twice: base, candidate "
     "(default: the program's name)",
     OPTION_CALL, 0, 0, take_name},
    {"output", "pipe|null|FILE",
     "Where the commands' standard output goes (default: a pipe that is "
     "emptied without being read)",
     TEXT(g.output)},
    {"strict", NULL, "Inconclusive cells fail the check (exit status 3)",
     OPTION_ON, offsetof(struct command, g.strict), 0, NULL},
    {0},
};
static const struct option_row other_rows[] = {
    {"replay", "DIR|FILE",
     "Recompute the verdict of a recorded check; nothing is measured",
     TEXT(replay)},
    {"self-test", "[TIME",
     "Measure this machine's rate of false alarms and the slowdowns it "
     "detects (default: 5m)",
     OPTION_CALL, 0, 0, take_self_test},
    {0},
};

static const char doc[] =
    "Checks whether a candidate is slower than its base, with a known error "
    "rate.\v"
    "Samples of both alternate in random order, each in a process of its own. "
    "A\ncopy of the base is the control. A cell that looks slower is confirmed "
    "with\nnew samples.\n\n"
    "Commands read /dev/null. Their standard output goes into a pipe that "
    "Baton\n"
    "empties without reading: programs recognise /dev/null, and then do less.\n"
    "--output null is /dev/null all the same, --output FILE a file that is "
    "emptied\nbefore each run. Of standard error, the first line is quoted "
    "where one fails.\n\n"
    "Examples:\n"
    "  baton check --base old/baton --cand new/baton\n"
    "  baton check --base old/baton --cells 'counter/*' --budget 30s\n"
    "  baton check --base-cell counter/locked --cand-cell counter/libuv\n"
    "  baton check --base old/build --cand new/build  (with -Dvariants=8)\n"
    "  baton check -- ./old --work 7 -- ./new --work 7\n"
    "  baton check --variants 8 -- old/program.{n} -- new/program.{n}\n"
    "  baton check --replay baton-results/20261122T080000Z-check\n"
    "  baton check --base old/baton --seed 1 --shard 1/2 --out part1\n"
    "  baton check --self-test 5m\n\n"
    "Exit status: 0 nothing is slower; 1 a regression (slower, or different\n"
    "  results); 3 inconclusive (--strict: any cell); 4 usage; 5 the check "
    "could\n  not be completed.\n";

/* What a recording settles. */
static bool says_how(const struct command *c)
{
    const struct asked *asked = &c->g.asked;

    return c->g.cells || asked->budget_ns || asked->out || asked->seeded ||
           asked->pinned || asked->origin_pinned || c->thresholded;
}

/* Why these options do not go together, or NULL. */
static const char *find_mixture(const void *command)
{
    const struct command *c = command;
    const struct comparison *g = &c->g;
    int kinds = (g->base || g->cand) + (g->base_cell || g->cand_cell) +
                (g->base_command != NULL);
    const struct {
        bool is;
        const char *why;
    } mixtures[] = {
        {!g->base_cell != !g->cand_cell,
         "--base-cell and --cand-cell go together"},
        {kinds > 1, "two builds, two cells, or two commands: not both"},
        {kinds > 0 && (c->replay || c->self_test_ns),
         "--replay and --self-test compare nothing else"},
        {kinds == 0 && !c->replay && !c->self_test_ns,
         "compared with what? --base FILE, --base-cell CELL, or -- COMMAND -- "
         "COMMAND"},
        {c->replay && c->self_test_ns, "--replay or --self-test: not both"},
        {c->self_test_ns && g->strict,
         "--strict is for checks, not for a self-test"},
        {c->replay && says_how(c),
         "--replay repeats what was recorded: only --json and --strict go with "
         "it"},
        {g->variants && !g->base_command,
         "--variants is for commands: of builds, name their folders (--base "
         "DIR --cand DIR)"},
        {g->variants && g->base_command &&
             !(is_numbered(g->base_command) && is_numbered(g->cand_command)),
         "--variants needs {n} in both commands, which stands for 1 to N"},
        {g->asked.shard.parts && kinds > 0 && !g->base && !g->cand,
         "--shard cuts the cells of two builds: two cells and two commands are "
         "one comparison"},
        {g->asked.shard.parts && (c->replay || c->self_test_ns),
         "--replay and --self-test have no parts"},
        {g->names[0] && !g->base_command, "--name is for commands"},
        {g->output && !g->base_command,
         "--output is for commands: a build's output is its report"},
        {g->cells && (g->base_cell || g->base_command),
         "--cells is for two builds"},
    };

    for (size_t i = 0; i < sizeof(mixtures) / sizeof(mixtures[0]); i++)
        if (mixtures[i].is)
            return mixtures[i].why;
    return NULL;
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
static void choose_pins(struct asked *asked)
{
    static char last[16];
    int cpu = CPU_SETSIZE - 1;
    cpu_set_t all;

    if (sched_getaffinity(0, sizeof(all), &all))
        return;
    while (cpu > 0 && !CPU_ISSET(cpu, &all))
        cpu--;
    snprintf(last, sizeof(last), "%d", cpu);
    if (!asked->pinned)
        asked->pin = last;
    if (!asked->origin_pinned)
        asked->pin_origin = asked->pin;
}

static int conclude(const struct comparing *run)
{
    const struct recording *r = &run->recorder.recording;
    struct verdict v;
    int status;

    if (verdict_reach(r, 0, &v))
        return complain_broken("no samples, so no verdict");
    status = comparison_publish(run->recorder.store.dir, r, &v, run->asked);
    verdict_finish(&v);
    return status;
}

static int check_command(struct command *c)
{
    struct comparing run;
    int status = comparison_open(&c->g, "check", NULL, &run);

    if (!status) {
        struct check check = {
            .rules = c->g.rules,
            .seed = c->g.asked.seed,
            .budget_ns = run.budget_ns,
            .others = run.all > run.plan.n ? run.all - run.plan.n : 0,
        };
        int error = comparison_run(&run, &check);

        interrupt_release();
        status =
            c->g.asked.shard.parts > 1 ? comparison_part(&run) : conclude(&run);
        status = error ? EXIT_BROKEN : status;
    }
    comparison_close(&run);
    return status;
}

static int replay_check(const struct command *c, const char *path,
                        const struct recording *r)
{
    struct verdict v;
    char shard[32];
    int status;

    if (r->skipped > r->cut_line)
        return complain_broken("%zu lines of %.200s cannot be read", r->skipped,
                               path);
    recording_key(r, "shard", shard, sizeof(shard));
    if (*shard && strcmp(shard, "1/1") != 0)
        return complain_usage("%.200s is part %s of a check: `baton merge` "
                              "joins all parts, which have one verdict",
                              path, shard);
    if (verdict_reach(r, 0, &v))
        return complain_broken(
            "%.200s is not of a check, or not in the order that its seed gives",
            path);
    status = print_verdict(&v, &c->g, false);
    verdict_finish(&v);
    return status;
}

/* A directory of a check, or its samples under any name. */
static int replay_command(const struct command *c)
{
    char path[PATH_MAX], dir[PATH_MAX];
    struct recording r;
    struct stat is;
    bool file = stat(c->replay, &is) == 0 && !S_ISDIR(is.st_mode);
    int error, status;

    snprintf(path, sizeof(path), file ? "%.4000s" : "%.4000s/samples.tsv",
             c->replay);
    error = store_read_file(path, &r);
    if (error)
        return complain_broken("cannot read %.200s: %s", path,
                               error == -EPROTONOSUPPORT
                                   ? "written by another version"
                                   : strerror(-error));
    /* The trials of a self-test stand beside its samples. */
    strcpy(dir, path);
    status = recording_u64(&r, "self_test")
                 ? self_test_replay(dirname(dir), &r, c->g.asked.json)
                 : replay_check(c, path, &r);
    recording_finish(&r);
    return status;
}

int cli_check(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {side_rows, how_rows, result_rows, other_rows},
        .common = COMMON_MODEL_FILE | COMMON_CLAIMS | COMMON_SEED |
                  COMMON_PINS | COMMON_OUT | COMMON_JSON | COMMON_SHARD |
                  COMMON_BUDGET,
        .args = "[-- COMMAND -- COMMAND]",
        .argument = take_argument,
        .mixture = find_mixture,
        .doc = doc};
    struct command c = {.g.rules = rules_default};

    if (split_commands(&c.g, &argc, argv) ||
        !options_read(&options, argc, argv, &c))
        return EXIT_USAGE;
    if (c.replay)
        return replay_command(&c);
    if (!c.g.output)
        c.g.output = "pipe";
    if (!c.g.base_command)
        choose_pins(&c.g.asked);
    if (c.self_test_ns)
        return self_test(&c.g, c.self_test_ns);
    return check_command(&c);
}
