/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands' options have in common; parameters are data. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "harness/cli/cli.h"
#include "harness/results/names.h"
#include "harness/results/text.h"
#include "harness/sample/machine.h"
#include "workloads/web/extract.h"

/* The keys of rows without a letter, in their order; those of parameters. */
enum { KEY_ROW = 1000, KEY_PARAMETER = 2000, MAX_ROWS = 64, HELP_SIZE = 160 };

static void refuse_resume(void *command, const char *arg,
                          struct argp_state *state)
{
    (void)command;
    argp_error(state,
               "a run is not resumed: its rounds would be of two states of the "
               "machine; `baton report --from %s` shows what it has measured",
               arg);
}

static void take_shard(void *command, const char *arg, struct argp_state *state)
{
    struct asked *asked = command;

    if (shard_read(arg, &asked->shard))
        argp_error(state,
                   "--shard is a part of several, such as 2/4, not "
                   "'%.40s'",
                   arg);
}

static const struct {
    unsigned bit;
    struct option_row row;
} common[] = {
    {COMMON_MODELS,
     {"models", "a,b|@set",
      "Models, and sets: @core, @all, or a family as @loops (default: @core)",
      OPTION_TEXT, ASKED(models), 0, NULL, 'm'}},
    {COMMON_MODELS,
     {"base", "MODEL",
      "The model that the others are compared with (default: the first one "
      "named; of a set: the first that can do it)",
      OPTION_TEXT, ASKED(base), 0, NULL}},
    {COMMON_MODEL_FILE,
     {"model-file", "FILE", "The models of this shared object too", OPTION_LOAD,
      0, 0, NULL}},
    {COMMON_CLAIMS,
     {"claims", "DIR",
      "Read the claims of this folder (default: the installed ones)",
      OPTION_TEXT, ASKED(claims), 0, NULL, 'c'}},
    {COMMON_SEED,
     {"seed", "S",
      "Seed for the order and the pages (default: random, printed)",
      OPTION_NUMBER, ASKED(seed), ASKED(seeded), NULL, 's', 0, UINT32_MAX}},
    {COMMON_PINS,
     {"pin", "CPUS|none",
      "Samples run on these CPUs, as 0-2,5 (default: all; check of builds or "
      "cells: the last one)",
      OPTION_PIN, ASKED(pin), ASKED(pinned), NULL}},
    {COMMON_PINS,
     {"pin-origin", "CPUS|none",
      "The origin runs on these (default: all; check: those of --pin)",
      OPTION_PIN, ASKED(pin_origin), ASKED(origin_pinned), NULL}},
    {COMMON_OUT,
     {"out", "DIR", "Results go here (default: baton-results/UTC-NAME)",
      OPTION_TEXT, ASKED(out), 0, NULL, 'o'}},
    {COMMON_SHARD,
     {"shard", "K/N",
      "Measure part K of N; `baton merge` joins them (needs --rounds)",
      OPTION_CALL, 0, 0, take_shard}},
    {COMMON_SHARD,
     {"no-lock", NULL,
      "Do not wait for another part that is measured on this host", OPTION_ON,
      ASKED(no_lock), 0, NULL}},
    {COMMON_TERM,
     {"term", NULL, "Show the figures in the terminal, too", OPTION_ON,
      ASKED(term), 0, NULL, 't'}},
    {COMMON_PREDICT,
     {"predict", NULL,
      "Ask for guesses first, and show them beside the results", OPTION_ON,
      ASKED(predict), 0, NULL}},
    {COMMON_PREDICT,
     {"guesses", "FILE",
      "Read guesses: name, question and guess, with tabs between; --predict "
      "adds those that are typed",
      OPTION_TEXT, ASKED(guesses), 0, NULL}},
    {COMMON_MODELS, {"resume", "DIR", NULL, OPTION_CALL, 0, 0, refuse_resume}},
    {COMMON_JSON,
     {"json", NULL, "JSON on standard output, for programs", OPTION_ON,
      ASKED(json), 0, NULL, 'j'}},
};

struct reading {
    const struct options *options;
    void *command;
    const struct option_row *rows[MAX_ROWS]; /* in the order of all tables */
    int groups[MAX_ROWS];
    size_t n;
    bool loading; /* models first: they are to be known before one is named */
    char help[MAX_PARAMETERS][HELP_SIZE];
};

static void add_row(struct reading *r, const struct option_row *row, int group)
{
    if (r->n == MAX_ROWS)
        abort();
    r->groups[r->n] = group;
    r->rows[r->n++] = row;
}

static void collect_rows(struct reading *r)
{
    const struct options *o = r->options;

    for (int t = 0; t < MAX_TABLES && o->tables[t]; t++)
        for (const struct option_row *row = o->tables[t]; row->name; row++)
            add_row(r, row, t + 1);
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        if (o->common & common[i].bit)
            add_row(r, &common[i].row, MAX_TABLES + 1);
}

static void describe(const struct parameter *p, char *out)
{
    snprintf(out, HELP_SIZE, "%c%s%s%s (default: %" PRIu64 "%s)",
             toupper((unsigned char)p->help[0]), p->help + 1,
             p->unit ? ", in " : "", p->unit ? p->unit : "", p->preset,
             p->kib ? "; KiB, MiB, GiB understood" : "");
}

static void add_parameters(struct reading *r, struct argp_option out[])
{
    const struct sweeps *s = r->options->sweeps;

    for (size_t i = 0; s && i < s->workload->n_parameters; i++) {
        describe(&s->workload->parameters[i], r->help[i]);
        out[r->n + i] = (struct argp_option){
            .name = s->workload->parameters[i].name,
            .key = KEY_PARAMETER + (int)i,
            .arg = s->most > 1 ? "v1,v2,..." : "N",
            .doc = r->help[i],
        };
    }
}

/* The rows as argp takes them, for free(). */
static struct argp_option *make_options(struct reading *r)
{
    struct argp_option *out;

    collect_rows(r);
    out = calloc(r->n + MAX_PARAMETERS + 1, sizeof(*out));
    for (size_t i = 0; out && i < r->n; i++) {
        const struct option_row *row = r->rows[i];
        bool optional = row->arg && row->arg[0] == '[';

        out[i] = (struct argp_option){
            .name = row->name,
            .key = row->letter ? row->letter : KEY_ROW + (int)i,
            .arg = optional ? row->arg + 1 : row->arg,
            .flags = (row->help ? 0 : OPTION_HIDDEN) |
                     (optional ? OPTION_ARG_OPTIONAL : 0),
            .doc = row->help,
            .group = r->groups[i],
        };
    }
    if (out)
        add_parameters(r, out);
    return out;
}

uint64_t random_seed(void)
{
    uint32_t seed = 1;

    return getrandom(&seed, sizeof(seed), 0) == sizeof(seed) ? seed : 1;
}

static const char *read_pin(const char *arg, const struct argp_state *state)
{
    if (strcmp(arg, "none") == 0)
        return NULL;
    if (machine_check_pin(arg))
        argp_error(state,
                   "cannot run on the CPUs '%s'; write them as 0-2,5, or none",
                   arg);
    return arg;
}

static void load_models(const char *file)
{
    char why[512];

    if (model_load(file, why, sizeof(why)) == 0)
        return;
    complain("--model-file %s: %s", file, why);
    exit(EXIT_USAGE);
}

static const char *read_xpath(const char *name, const char *arg)
{
    char why[256];

    if (extract_check(arg, why, sizeof(why)) == 0)
        return arg;
    complain("--%s is no XPath that could be used: %s", name, why);
    exit(EXIT_USAGE);
}

static void take_row(const struct option_row *row, char *command,
                     const char *arg, struct argp_state *state)
{
    void *at = command + row->at;

    if (row->given)
        *(bool *)(command + row->given) = true;
    if (row->type == OPTION_TEXT)
        *(const char **)at = arg;
    else if (row->type == OPTION_ON)
        *(bool *)at = true;
    else if (row->type == OPTION_LOAD)
        load_models(arg);
    else if (row->type == OPTION_PIN)
        *(const char **)at = read_pin(arg, state);
    else if (row->type == OPTION_MODEL)
        *(const struct model **)at = read_model(arg);
    else if (row->type == OPTION_XPATH)
        *(const char **)at = read_xpath(row->name, arg);
    else if (row->type == OPTION_BUDGET && read_duration(arg, at))
        argp_error(state, "--budget is a time such as 90s or 5m, up to 277h");
    else if (row->type == OPTION_NUMBER &&
             (text_u64(arg, at) || *(uint64_t *)at < row->min ||
              *(uint64_t *)at > row->max))
        argp_error(state,
                   "--%s is a number from %" PRIu64 " to %" PRIu64
                   ", not '%.40s'",
                   row->name, row->min, row->max, arg);
    else if (row->call)
        row->call(command, arg, state);
}

/* Parameters. */

void sweeps_init(struct sweeps *s, const struct workload *w, size_t most)
{
    *s = (struct sweeps){.workload = w, .most = most};
    for (size_t i = 0; i < w->n_parameters; i++) {
        const struct parameter *p = &w->parameters[i];

        s->of[i] = (struct sweep){{p->preset, p->beside},
                                  p->beside && most > 1 ? 2 : 1};
    }
}

static int read_sweep(const struct parameter *p, const char *text, size_t most,
                      struct sweep *ret)
{
    char *copy = strdup(text), *rest = copy, *item;
    int error = copy ? 0 : -ENOMEM;

    ret->n = 0;
    while (!error && (item = strsep(&rest, ","))) {
        uint64_t value = 0;

        error = ret->n == most ? -E2BIG : parameter_read(p, item, &value);
        if (!error)
            ret->values[ret->n++] = value;
    }
    free(copy);
    return error;
}

static void take_parameter(struct sweeps *s, size_t index, const char *arg,
                           struct argp_state *state)
{
    const struct parameter *p = &s->workload->parameters[index];

    int error = read_sweep(p, arg, s->most, &s->of[index]);

    if (error == -E2BIG && s->most > 1)
        argp_error(state, "--%s takes at most %zu values", p->name, s->most);
    if (error)
        argp_error(state,
                   "--%s takes %s from %" PRIu64 " to %" PRIu64
                   "%s%s, not '%.60s'",
                   p->name, s->most > 1 ? "numbers" : "one number", p->min,
                   p->max, p->kib ? " (KiB, MiB, GiB understood)" : "",
                   s->most > 1 ? ", separated by commas" : "", arg);
    s->given[index] = true;
}

/* Reading. */

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct reading *r = state->input;
    const struct options *o = r->options;
    size_t i = 0;

    if (key == ARGP_KEY_ARG) {
        if (!o->argument)
            argp_error(state, "'%s' is too much", arg);
        if (!r->loading)
            o->argument(r->command, arg, state);
        return 0;
    }
    if (key >= KEY_PARAMETER && key < KEY_PARAMETER + MAX_PARAMETERS) {
        take_parameter(o->sweeps, (size_t)(key - KEY_PARAMETER), arg, state);
        return 0;
    }
    while (i < r->n && key != KEY_ROW + (int)i && key != r->rows[i]->letter)
        i++;
    if (i == r->n)
        return ARGP_ERR_UNKNOWN;
    if ((r->rows[i]->type == OPTION_LOAD) == r->loading)
        take_row(r->rows[i], r->command, arg, state);
    return 0;
}

/*
 * Like argp, takes what begins an option's name for it; unlike argp, says which
 * ones there are, and the nearest.
 */
static bool is_known(const char *word, const struct argp_option options[])
{
    static const char *const fixed[] = {"help", "usage", "version"};
    enum { FIXED = sizeof(fixed) / sizeof(fixed[0]) };
    size_t n = 0, all = FIXED, len = strcspn(word, "=");
    char **names, *typed;
    bool known = false;

    while (options[all - FIXED].name)
        all++;
    names = calloc(all, sizeof(*names));
    typed = strndup(word, len);
    for (size_t i = 0; i < all; i++) {
        const struct argp_option *o = &options[i < FIXED ? 0 : i - FIXED];
        const char *name = i < FIXED ? fixed[i] : o->name;

        known = known || strncmp(name, word + 2, len - 2) == 0;
        if ((i < FIXED || !(o->flags & OPTION_HIDDEN)) &&
            asprintf(&names[n], "--%s", name) > 0)
            n++;
    }
    if (!known)
        complain_unknown("option", typed, (const char *const *)names, n);
    while (n > 0)
        free(names[--n]);
    free(names);
    free(typed);
    return known;
}

static bool options_known(int argc, char *argv[],
                          const struct argp_option options[])
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strncmp(argv[i], "--", 2) == 0 && !is_known(argv[i], options))
            return false;
    return true;
}

/* All parts are to have as many rounds, whatever their machines are. */
static const char *refuse_part(const struct asked *asked)
{
    if (asked->shard.parts && !asked->rounds)
        return "--shard needs --rounds, so that all parts have as many";
    if (asked->shard.parts && (asked->json || asked->term))
        return "--json and --term show results, which a part has none of: "
               "`baton merge` the parts, then `baton report --from`";
    return NULL;
}

/* Complains. */
static bool go_together(const struct options *o, const void *command)
{
    const struct asked *asked = command; /* of commands that measure */
    const char *why = o->mixture ? o->mixture(command) : NULL;

    if (o->common & COMMON_TERM && asked->rounds && asked->budget_ns)
        why = "--rounds and --budget exclude each other";
    else if (o->common & COMMON_TERM && asked->json && asked->term)
        why = "--json and --term both want standard output; choose one";
    if (!why && o->common & COMMON_SHARD)
        why = refuse_part(asked);
    if (why)
        complain("%s", why);
    return !why;
}

bool options_read(const struct options *o, int argc, char *argv[],
                  void *command)
{
    struct reading r = {.options = o, .command = command, .loading = true};
    struct argp_option *options = make_options(&r);
    struct argp argp = {options, parse, o->args, o->doc, NULL, NULL, NULL};
    struct asked *asked = command;
    char name[128];
    bool known;

    snprintf(name, sizeof(name), "baton %s%s%s", argv[0], o->sweeps ? " " : "",
             o->sweeps ? o->sweeps->workload->name : "");
    argc -= o->sweeps != NULL;
    argv += o->sweeps != NULL;
    argv[0] = name; /* argp calls the program by it */
    known = options && options_known(argc, argv, options) &&
            argp_parse(&argp, argc, argv, 0, NULL, &r) == 0;
    r.loading = false;
    known = known && argp_parse(&argp, argc, argv, 0, NULL, &r) == 0 &&
            go_together(o, command);
    free(options);
    if (o->common & COMMON_SEED && !asked->seeded)
        asked->seed = random_seed();
    return known;
}
