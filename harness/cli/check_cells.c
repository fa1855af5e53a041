/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which cells a check is of. */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/check.h"
#include "harness/results/names.h"

/*
 * No latency, so that nothing hides behind waiting; an iteration is short, so
 * that one process takes 20 ms and one percent of it is an iteration, too.
 */
static const char *const suite[] = {
    "counter/sequential/tasks:100/increments:1000",
    "counter/thread-per-socket/tasks:20/increments:1000",
    "counter/locked/tasks:20/increments:1000",
    "counter/libuv/tasks:100/increments:1000",
    "download/null/n:30",
    "download/sequential/n:10/latency_ms:0",
    "download/thread-per-socket/n:10/latency_ms:0",
    "download/libuv/n:10/latency_ms:0",
    "titles/sequential/n:3/latency_ms:0",
    "titles/libuv/n:3/latency_ms:0",
};
enum { SUITE = sizeof(suite) / sizeof(suite[0]) };

static int refuse(const char *text, const char *why)
{
    complain("'%s' is no cell: %s", text, why);
    return EXIT_USAGE;
}

/* "tasks:100" */
static int read_value(const struct workload *w, char *word, uint64_t values[])
{
    char *colon = strchr(word, ':');

    if (!colon)
        return -EINVAL;
    *colon = '\0';
    for (size_t i = 0; i < w->n_parameters; i++) {
        char key[48];

        parameter_key(&w->parameters[i], key, sizeof(key));
        if (strcmp(key, word) == 0)
            return read_parameter(&w->parameters[i], colon + 1, &values[i]);
    }
    return -EINVAL;
}

/* A model that this machine cannot run is a reason to stop: no silent gap. */
static int add(struct plan *plan, const struct workload *w,
               const struct model *m, const struct setup *setup,
               const char *text)
{
    size_t gaps = plan->n_gaps, n = plan->n;
    char why[256];

    if (w->check(setup, why, sizeof(why)))
        return refuse(text, why);
    if (plan_add(plan, w, m, setup) < 0) {
        complain("%s", strerror(ENOMEM));
        return EXIT_BROKEN;
    }
    if (plan->n_gaps > gaps) {
        complain("not applicable: %s: %s", text, plan->gaps[gaps].why);
        return EXIT_USAGE;
    }
    if (plan->n == n)
        return refuse(text, "it is there twice");
    return EXIT_DONE;
}

/* "counter/locked/tasks:100/increments:1000" */
static int add_cell(struct plan *plan, const char *text, uint64_t seed)
{
    struct setup setup = {.seed = seed};
    const struct workload *w;
    const struct model *m;
    char copy[256], *rest = copy, *word;

    if (strlen(text) >= sizeof(copy))
        return refuse(text, "too long");
    strcpy(copy, text);
    if (read_workload(strsep(&rest, "/"), &w))
        return EXIT_USAGE;
    word = strsep(&rest, "/");
    if (!word)
        return refuse(text, "it is written WORKLOAD/MODEL/PARAMETER:N/..., as "
                            "counter/locked/tasks:100");
    m = read_model(word);
    workload_presets(w, setup.values);
    while ((word = strsep(&rest, "/")))
        if (read_value(w, word, setup.values)) {
            complain("'%s' in '%s' is no parameter of %s with a value that it "
                     "takes; `baton run %s --help` lists them",
                     word, text, w->name, w->name);
            return EXIT_USAGE;
        }
    return add(plan, w, m, &setup, text);
}

/* Whether a model is there is the build's; the suite is what is left. */
static bool is_there(const char *text)
{
    char copy[256], *rest = copy;
    const struct model *m;

    strcpy(copy, text);
    strsep(&rest, "/");
    m = model_find(strsep(&rest, "/"));
    return m && !m->absent;
}

static int add_matches(struct plan *plan, const char *pattern, uint64_t seed,
                       size_t *ret_n)
{
    *ret_n = 0;
    for (size_t i = 0; i < SUITE; i++) {
        int status;

        if (fnmatch(pattern, suite[i], 0) != 0 || !is_there(suite[i]))
            continue;
        status = add_cell(plan, suite[i], seed);
        if (status)
            return status;
        ++*ret_n;
    }
    return EXIT_DONE;
}

static int no_match(const char *pattern)
{
    complain("no cell of the suite matches '%s'; there are:", pattern);
    for (size_t i = 0; i < SUITE; i++)
        fprintf(stderr, "       %s\n", suite[i]);
    return EXIT_USAGE;
}

static int add_patterns(struct plan *plan, const char *text, uint64_t seed)
{
    char *copy = strdup(text), *rest = copy, *word;
    int status = copy ? EXIT_DONE : EXIT_BROKEN;

    while (!status && (word = strsep(&rest, ","))) {
        size_t n = 0;

        if (strpbrk(word, "*?[")) {
            status = add_matches(plan, word, seed, &n);
            if (!status && n == 0)
                status = no_match(word);
        } else {
            status = add_cell(plan, word, seed);
        }
    }
    free(copy);
    return status;
}

/* Of one workload: the first parameter that makes it other work, or -1. */
static int find_other_work(const struct cell *a, const struct cell *b)
{
    for (size_t i = 0; i < a->workload->n_parameters; i++)
        if (a->workload->parameters[i].served &&
            a->setup.values[i] != b->setup.values[i])
            return (int)i;
    return -1;
}

static int refuse_other_work(const struct comparison *asked,
                             const struct cell *base, const struct cell *cand)
{
    static const char nothing[] = "their times say nothing about each other";
    uint64_t a = base->workload->items(&base->setup);
    uint64_t b = cand->workload->items(&cand->setup);
    int other;

    if (base->workload != cand->workload || a != b) {
        complain("%s and %s do not do the same work (%" PRIu64 " and %" PRIu64
                 " operations an iteration): %s",
                 asked->base_cell, asked->cand_cell, a, b, nothing);
        return EXIT_USAGE;
    }
    other = find_other_work(base, cand);
    if (other < 0)
        return EXIT_DONE;
    complain("%s and %s do not do the same work (%s is %" PRIu64 " and %" PRIu64
             "): %s",
             asked->base_cell, asked->cand_cell,
             base->workload->parameters[other].name, base->setup.values[other],
             cand->setup.values[other], nothing);
    return EXIT_USAGE;
}

static int plan_two_cells(const struct comparison *asked, struct plan *base,
                          struct plan *cand)
{
    int status = add_cell(base, asked->base_cell, asked->seed);

    if (!status)
        status = add_cell(cand, asked->cand_cell, asked->seed);
    if (status)
        return status;
    return refuse_other_work(asked, &base->cells[0], &cand->cells[0]);
}

int comparison_plan(const struct comparison *asked, struct plan *base,
                    struct plan *cand)
{
    size_t n;

    if (asked->base_cell)
        return plan_two_cells(asked, base, cand);
    if (asked->cells)
        return add_patterns(base, asked->cells, asked->seed);
    return add_matches(base, "*", asked->seed, &n);
}
