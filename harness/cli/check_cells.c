/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the cells of a check. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/check.h"
#include "harness/results/names.h"

static int refuse(const char *text, const char *why)
{
    return complain_usage("'%s' is no cell: %s", text, why);
}

/* With the nearest name, where one is unknown. */
static int refuse_name(const char *text, const struct cell_parts *parts,
                       const char *why)
{
    char *copy = strdup(text), *rest = copy;
    const struct workload *w;
    char *workload = copy ? strsep(&rest, "/") : NULL;
    char *model = copy ? strsep(&rest, "/") : NULL;

    if (workload && !parts->workload)
        read_workload(workload, &w);
    else if (model && !parts->model)
        complain_model(model);
    else
        refuse(text, why);
    free(copy);
    return EXIT_USAGE;
}

/* A model that this machine cannot run is a reason to stop: no silent gap. */
static int add_cell(struct plan *plan, const char *text, uint64_t seed)
{
    struct setup setup = {.seed = seed};
    struct cell_parts parts;
    size_t before = plan->n;
    char why[256];
    int status;

    if (cell_read(text, &parts, why, sizeof(why)))
        return refuse_name(text, &parts, why);
    if (parts.model->family == FAMILY_REFERENCES)
        return refuse(text, "a check compares builds of Baton, and a reference "
                            "program is in none");
    memcpy(setup.values, parts.values, sizeof(setup.values));
    status = choose_cell(plan, &parts, &setup, true);
    return status || plan->n > before ? status
                                      : refuse(text, "it is there twice");
}

/* Whether a model is there is the build's; the suite is what is left. */
static bool is_there(const char *text)
{
    struct cell_parts parts;
    char why[256];

    return cell_read(text, &parts, why, sizeof(why)) == 0 &&
           !parts.model->absent && parts.model->family != FAMILY_REFERENCES;
}

static int no_match(const struct name_list *suite, const char *pattern)
{
    complain("no cell of the suite matches '%s'; there are:", pattern);
    for (size_t i = 0; i < suite->n; i++)
        fprintf(stderr, "       %s\n", suite->items[i]);
    return EXIT_USAGE;
}

/* A cell, or those of the suite that match a pattern. */
static int add_pattern(struct plan *plan, const struct name_list *suite,
                       const char *word, uint64_t seed)
{
    size_t before = plan->n;
    int status = EXIT_DONE;

    if (!strpbrk(word, "*?["))
        return add_cell(plan, word, seed);
    for (size_t i = 0; i < suite->n && !status; i++)
        if (fnmatch(word, suite->items[i], 0) == 0 && is_there(suite->items[i]))
            status = add_cell(plan, suite->items[i], seed);
    return status || plan->n > before ? status : no_match(suite, word);
}

static int add_patterns(struct plan *plan, const struct name_list *suite,
                        const char *text, uint64_t seed)
{
    char *copy = strdup(text), *rest = copy, *word;
    int status = copy ? EXIT_DONE : EXIT_BROKEN;

    while (!status && (word = strsep(&rest, ",")))
        status = add_pattern(plan, suite, word, seed);
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
    uint64_t a = base->workload->items(&base->setup);
    uint64_t b = cand->workload->items(&cand->setup);
    const char *what = "the number of operations";
    bool same = base->workload == cand->workload && a == b;
    int other = same ? find_other_work(base, cand) : -1;

    if (same && other < 0)
        return EXIT_DONE;
    if (other >= 0) {
        what = base->workload->parameters[other].name;
        a = base->setup.values[other];
        b = cand->setup.values[other];
    }
    return complain_usage("%s and %s do not do the same work (%s is %" PRIu64
                          " and %" PRIu64 "): their times cannot be compared",
                          asked->base_cell, asked->cand_cell, what, a, b);
}

static int plan_two_cells(const struct comparison *asked, struct plan *base,
                          struct plan *cand)
{
    int status = add_cell(base, asked->base_cell, asked->asked.seed);

    if (!status)
        status = add_cell(cand, asked->cand_cell, asked->asked.seed);
    if (status)
        return status;
    return refuse_other_work(asked, &base->cells[0], &cand->cells[0]);
}

int comparison_plan(const struct comparison *asked, struct plan *base,
                    struct plan *cand)
{
    struct claims claims;
    int status;

    if (asked->base_cell)
        return plan_two_cells(asked, base, cand);
    status = read_claims(asked->asked.claims, &claims);
    if (!status)
        status =
            add_patterns(base, &claims.suite, asked->cells ? asked->cells : "*",
                         asked->asked.seed);
    claims_finish(&claims);
    return status;
}
