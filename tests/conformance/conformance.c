/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The conformance checks of one model, a line each: the suites are those that
 * all models of this tree pass.
 */
#include <argp.h>
#include <errno.h>
#include <unistd.h>

#include "harness/results/exits.h"
#include "harness/results/json.h"
#include "harness/results/text.h"
#include "tests/conformance/advice.h"
#include "tests/conformance/sanitizer.h"

static const struct {
    const char *name, *kind;
    suite_main *main;
    unsigned part; /* of the kit's patience for one run */
} suites[] = {
    {"counting", "counting", suite_counting, 2},
    {"connections", "connections", suite_connections, 1},
    {"faults", "connections", suite_faults, 1},
    {"sleeping", "sleeping", suite_sleeping, 2},
    {"relay", "relay", suite_relay, 2},
};

static struct asked {
    const char *model, *file, *kind, *suite, *sanitizer;
    uint64_t jobs, patience_s;
    bool json;
    struct suite_view view;
} asked;

static struct {
    unsigned passed, failed, skipped;
} totals;

/* "test_a_run_can_be_repeated_often" in words. */
static void name_check(const char *test, char *out, size_t size)
{
    static const char prefix[] = "test_";

    if (strncmp(test, prefix, strlen(prefix)) == 0)
        test += strlen(prefix);
    snprintf(out, size, "%s", test);
    for (char *c = out; *c; c++)
        *c = *c == '_' ? ' ' : *c;
}

static const char *end_name(enum suite_end end)
{
    static const char *const names[] = {
        [SUITE_PASSED] = "passed",   [SUITE_FAILED] = "failed",
        [SUITE_HUNG] = "hung",       [SUITE_CRASHED] = "crashed",
        [SUITE_SKIPPED] = "skipped",
    };

    return names[end];
}

static void print_json(json_t *line)
{
    char *text = json_line(line, JSON_COMPACT);

    fputs(text ? text : "", stdout);
    free(text);
}

static void show_json(const struct suite_result *r, const char *check,
                      const char *seen, const char *next)
{
    json_t *line = json_object();

    json_set_text(line, "suite", r->suite);
    json_set_text(line, "check", check);
    json_set_text(line, "model", r->model->name);
    json_set_text(line, "result", end_name(r->end));
    json_object_set_new(line, "seconds", json_real(r->seconds));
    json_set_text(line, "seen", seen);
    json_set_text(line, "next", next);
    print_json(line);
}

static void show_text(const struct suite_result *r, const char *check,
                      const char *seen, const char *next)
{
    printf("%-7s  %s: %s (%.1f s)\n", end_name(r->end), r->suite, check,
           r->seconds);
    if (seen[0])
        printf("         seen: %s\n", seen);
    if (next[0])
        printf("         next: %s\n", next);
}

static void show(const struct suite_result *r)
{
    char check[128], seen[ADVICE_SIZE], next[ADVICE_SIZE];

    name_check(r->test, check, sizeof(check));
    advice_seen(r, seen);
    advice_next(r, seen, next);
    totals.passed += r->end == SUITE_PASSED;
    totals.skipped += r->end == SUITE_SKIPPED;
    totals.failed += r->end != SUITE_PASSED && r->end != SUITE_SKIPPED;
    (asked.json ? show_json : show_text)(r, check, seen, next);
    fflush(stdout);
}

static void show_totals(void)
{
    json_t *line;

    if (!asked.json) {
        printf("%u passed, %u failed, %u skipped\n", totals.passed,
               totals.failed, totals.skipped);
        return;
    }
    line = json_object();
    json_object_set_new(line, "finished", json_true());
    json_object_set_new(line, "passed", json_integer(totals.passed));
    json_object_set_new(line, "failed", json_integer(totals.failed));
    json_object_set_new(line, "skipped", json_integer(totals.skipped));
    print_json(line);
}

enum {
    OPTION_FILE = 256,
    OPTION_KIND,
    OPTION_SUITE,
    OPTION_CHECK,
    OPTION_JSON,
    OPTION_SANITIZER
};

static const struct argp_option options[] = {
    {"model", 'm', "NAME", 0, "The model; that of --model-file by default", 0},
    {"model-file", OPTION_FILE, "FILE", 0, "A shared object with a model", 0},
    {"kind", OPTION_KIND, "KIND", 0, "Only suites of this kind of work", 0},
    {"suite", OPTION_SUITE, "SUITE", 0,
     "counting, connections, faults, sleeping or relay", 0},
    {"check", OPTION_CHECK, "TEXT", 0, "Only checks whose name has it", 0},
    {"jobs", 'j', "N", 0, "Checks at once, 4 by default", 0},
    {"patience", 'p', "SECONDS", 0,
     "A run that takes longer hangs: 10 s by default, 20 s for connections, "
     "three times as long with a sanitizer",
     0},
    {"sanitizer", OPTION_SANITIZER, "SANITIZERS", 0,
     "With the program that was built with -fsanitize=SANITIZERS, as FILE was: "
     "thread, or address,undefined",
     0},
    {"json", OPTION_JSON, NULL, 0, "A line of JSON for each check", 0},
    {0},
};

/* As it stands in the names of tests. */
static char *check_of(const char *text)
{
    char *own = strdup(text);

    for (char *c = own; c && *c; c++)
        *c = *c == ' ' ? '_' : *c;
    return own;
}

static void read_number(struct argp_state *state, const char *text,
                        uint64_t *ret)
{
    if (text_u64(text, ret) || *ret == 0 || *ret > 3600)
        argp_error(state, "'%s' is no number from 1 to 3600", text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case 'm':
        asked.model = argument;
        return 0;
    case OPTION_FILE:
        asked.file = argument;
        return 0;
    case OPTION_KIND:
        asked.kind = argument;
        return 0;
    case OPTION_SUITE:
        asked.suite = argument;
        return 0;
    case OPTION_CHECK:
        asked.view.only = check_of(argument);
        return 0;
    case 'j':
        read_number(state, argument, &asked.jobs);
        return 0;
    case 'p':
        read_number(state, argument, &asked.patience_s);
        return 0;
    case OPTION_SANITIZER:
        asked.sanitizer = argument;
        return 0;
    case OPTION_JSON:
        asked.json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "there is no argument '%s'", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The one that is asked for, or the first of the file. */
static const struct model *find_model(void)
{
    size_t built = n_models;
    char why[512] = "";
    const struct model *m;

    if (asked.file && model_load(asked.file, why, sizeof(why))) {
        fprintf(stderr, "%s: %s\n", asked.file, why);
        return NULL;
    }
    if (!asked.model && !asked.file)
        fputs("--model or --model-file is missing\n", stderr);
    if (!asked.model)
        return asked.file ? models[built] : NULL;
    m = model_find(asked.model);
    if (!m)
        fprintf(stderr, "there is no model '%s'\n", asked.model);
    return m;
}

static bool is_asked(size_t i)
{
    return (!asked.suite || strcmp(asked.suite, suites[i].name) == 0) &&
           (!asked.kind || strcmp(asked.kind, suites[i].kind) == 0);
}

static void run_suite(size_t i, char *argv[])
{
    unsigned kits = kit_patience_s;

    kit_patience_s =
        asked.patience_s ? (unsigned)asked.patience_s : kits / suites[i].part;
    asked.view.limit_s = UINT64_C(3) * kit_patience_s;
    suites[i].main(1, argv);
    kit_patience_s = kits;
}

int main(int argc, char *argv[])
{
    const struct argp argp = {
        options, parse, NULL, "Runs the conformance checks of one model.",
        0,       0,     0};
    const char *why;
    unsigned ran = 0;

    argp_err_exit_status = EXIT_USAGE;
    asked = (struct asked){.jobs = 4};
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    why = asked.sanitizer ? sanitizer_become(asked.sanitizer, argv) : NULL;
    if (why) {
        fprintf(stderr, "no checks with this sanitizer: %s\n", why);
        return EXIT_BROKEN;
    }
    asked.view.model = find_model();
    if (!asked.view.model)
        return EXIT_USAGE;
    asked.view.most_at_once = asked.jobs;
    asked.view.show = show;
    suite_view = &asked.view;
    for (size_t i = 0; i < COUNT(suites); i++)
        if (is_asked(i) && ++ran)
            run_suite(i, argv);
    if (!ran) {
        fputs("no suite has this name and this kind\n", stderr);
        return EXIT_USAGE;
    }
    show_totals();
    return totals.failed ? EXIT_FINDING : EXIT_DONE;
}
