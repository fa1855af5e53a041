/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the options of a command. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "harness/cli/cli.h"
#include "harness/cli/options_parts.h"
#include "harness/results/text.h"
#include "harness/sample/machine.h"
#include "workloads/web/extract.h"

/* The keys of rows without a letter, in their order; those of parameters. */
enum { KEY_ROW = 1000, KEY_PARAMETER = 2000, MAX_ROWS = 64, HELP_SIZE = 160 };

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
    for (size_t i = 0; i < n_common_rows; i++)
        if (o->common & common_rows[i].bit)
            add_row(r, &common_rows[i].row, MAX_TABLES + 1);
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
        sweeps_take(o->sweeps, (size_t)(key - KEY_PARAMETER), arg, state);
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
        why = options_refuse_part(asked, o->common & COMMON_BUDGET);
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
