/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_TESTS_UNIT_VISITS_H
#define BATON_TESTS_UNIT_VISITS_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/names.h"
#include "harness/results/sites.h"
#include "workloads/web/fault.h"
#include "workloads/kinds/outcome.h"

/* Sites of samples as a model meets them that does all of it right. */

static inline void set_class(struct site *s, enum outcome outcome)
{
    snprintf(s->class, sizeof(s->class), "%s", outcome_name(outcome));
}

static inline struct site right_site(size_t i)
{
    struct site s = {
        .index = (uint32_t)i,
        .status = faults[i].status,
        .dials = 1,
        .bytes = 1000 + i,
        .hash = UINT64_C(0xfedcba9876543210) + i,
        .elapsed_us = 10000 + 100 * i,
    };

    snprintf(s.name, sizeof(s.name), "%s", faults[i].name);
    set_class(&s, faults[i].outcome);
    return s;
}

/* One site of each kind; `parameters` are those not at their preset. */
static inline struct visit *add_visit(struct sites *s, const char *model,
                                      const char *parameters, uint32_t round)
{
    const struct workload *w = workload_find("faults");
    uint64_t values[MAX_PARAMETERS];
    struct visit *v;

    s->items = realloc(s->items, (s->n + 1) * sizeof(*s->items));
    assert_non_null(s->items);
    v = &s->items[s->n++];
    *v = (struct visit){.round = round, .slot = 3, .n = n_faults};
    assert_int_equal(cell_values(w, parameters, values), 0);
    cell_parameters(w, values, v->parameters, sizeof(v->parameters));
    snprintf(v->workload, sizeof(v->workload), "faults");
    snprintf(v->model, sizeof(v->model), "%s", model);
    v->sites = calloc(v->n, sizeof(*v->sites));
    assert_non_null(v->sites);
    for (size_t i = 0; i < v->n; i++)
        v->sites[i] = right_site(i);
    return v;
}

static inline struct site *site_of(struct visit *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->sites[i].name, name) == 0)
            return &v->sites[i];
    fail_msg("no site %s", name);
    return NULL;
}

/* The sample of that model and round. */
static inline struct visit *visit_of(struct sites *s, const char *model,
                                     uint32_t round)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->items[i].model, model) == 0 && s->items[i].round == round)
            return &s->items[i];
    fail_msg("no sample of %s", model);
    return NULL;
}

/* Rounds 1..n of each of the four models that can meet sites. */
static inline void add_visits(struct sites *s, unsigned n)
{
    static const char *const names[] = {"libuv", "null", "sequential",
                                        "thread-per-socket"};

    for (uint32_t round = 1; round <= n; round++)
        for (size_t i = 0; i < COUNT(names); i++)
            add_visit(s, names[i], "", round);
}

#endif
