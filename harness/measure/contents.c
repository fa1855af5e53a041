/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/contents.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/results/array.h"

struct contents {
    const struct claims *claims;
    enum claim_flag flag;
    bool only;
    uint64_t seed;
    struct plan *plan, *traced;
};

/* One claim may need more rounds of a cell than another. */
static void limit_rounds(struct cell *cell, bool is_new, uint32_t rounds)
{
    if (is_new || !rounds || (cell->most_rounds && cell->most_rounds < rounds))
        cell->most_rounds = rounds;
}

static int add_cell(const struct contents *c, const struct claim *claim,
                    const struct model *m, const struct setup *setup)
{
    size_t before = c->plan->n;
    long at;

    if (claim->flags & CLAIM_TRACE)
        return model_is_in_memory(m) || m->family == FAMILY_REFERENCES ||
                       plan_add(c->traced, claim->workload, m, setup) >= 0
                   ? 0
                   : -ENOMEM;
    if (plan_add(c->plan, claim->workload, m, setup) < 0)
        return -ENOMEM;
    at = plan_find(c->plan, claim->workload->name, m->name, setup->values);
    if (at >= 0)
        limit_rounds(&c->plan->cells[at], c->plan->n > before, claim->rounds);
    return 0;
}

static int add_cells(const struct contents *c, const struct claim *claim,
                     const struct model *const chosen[], size_t n)
{
    const struct numbers *over = c->flag == CLAIM_QUICK && claim->quick_values.n
                                     ? &claim->quick_values
                                     : &claim->values;
    struct setup setup = {.seed = c->seed};
    size_t i = 0;
    int error = 0;

    do {
        claim_values(claim, over, i, setup.values);
        for (size_t j = 0; j < n && !error; j++)
            if (!c->only || claims_core_holds(c->claims, chosen[j]))
                error = add_cell(c, claim, chosen[j], &setup);
    } while (++i < over->n && !error);
    return error;
}

static int add_claim(const struct contents *c, const struct claim *claim)
{
    const struct model **chosen = calloc(model_count(), sizeof(*chosen));
    struct claim needed = *claim;
    size_t n;
    int error;

    if (!chosen)
        return -ENOMEM;
    if (c->flag == CLAIM_QUICK)
        needed.beside.n = 0; /* six rounds are to fit into its 15 s */
    claim_models(c->claims, &needed, chosen, &n);
    error = add_cells(c, claim, chosen, n);
    free(chosen);
    return error;
}

static int add_aa_pairs(struct plan *plan, const struct claim *claim)
{
    uint64_t values[MAX_PARAMETERS];
    int error = 0;

    claim_values(claim, &claim->values, 0, values);
    for (size_t i = 0; i < claim->aa.n && !error; i++) {
        long at =
            plan_find(plan, claim->workload->name, claim->aa.items[i], values);

        if (at >= 0 && plan_add_twin(plan, (size_t)at) < 0)
            error = -ENOMEM;
    }
    return error;
}

int contents_plan(const struct claims *claims, enum claim_flag flag, bool only,
                  uint64_t seed, struct plan *plan, struct plan *traced)
{
    const struct contents c = {claims, flag, only, seed, plan, traced};
    int error = 0;

    /* Those of several values first: tables have them in their order. */
    for (int over = 1; over >= 0; over--)
        for (size_t i = 0; i < claims->n && !error; i++)
            if ((claims->items[i].flags & flag) &&
                (claims->items[i].over != NULL) == over)
                error = add_claim(&c, &claims->items[i]);
    for (size_t i = 0; i < claims->n && !error; i++)
        if (claims->items[i].flags & flag)
            error = add_aa_pairs(plan, &claims->items[i]);
    return error;
}

struct pairs {
    struct pair *items;
    size_t n;
};

static int add_pair(struct pairs *pairs, long a, long b)
{
    if (a < 0 || b < 0 || a == b)
        return 0;
    if (!ARRAY_ROOM(pairs->items, pairs->n))
        return -ENOMEM;
    pairs->items[pairs->n++] = (struct pair){(size_t)a, (size_t)b};
    return 0;
}

static int add_compared(struct pairs *pairs, const struct claim *claim,
                        const struct plan *plan)
{
    size_t i = 0;
    int error = 0;

    do {
        uint64_t values[MAX_PARAMETERS];

        claim_values(claim, &claim->values, i, values);
        for (size_t j = 0; j < claim->pairs.n && !error; j++) {
            const struct model *a, *b;

            claim_pair(claim, j, &a, &b);
            error = add_pair(
                pairs, plan_find(plan, claim->workload->name, a->name, values),
                plan_find(plan, claim->workload->name, b->name, values));
        }
    } while (++i < claim->values.n && !error);
    return error;
}

/* The cell with the work of cell `i`, of that model. */
static long beside(const struct plan *plan, size_t i, const struct model *m)
{
    const struct cell *c = &plan->cells[i];

    return plan_find(plan, c->workload->name, m->name, c->setup.values);
}

int contents_pairs(const struct claims *claims, const struct plan *plan,
                   const struct model *base, struct pair **ret, size_t *ret_n)
{
    struct pairs pairs = {0};
    int error = 0;

    for (size_t i = 0; i < claims->n && !error; i++)
        error = add_compared(&pairs, &claims->items[i], plan);
    for (size_t i = 0; i < plan->n && !error; i++)
        if (plan->cells[i].twin)
            error = add_pair(&pairs, beside(plan, i, plan->cells[i].model),
                             (long)i);
    for (size_t i = 0; base && i < plan->n && !error; i++)
        if (!plan->cells[i].twin)
            error = add_pair(&pairs, beside(plan, i, base), (long)i);
    if (error) {
        free(pairs.items);
        return error;
    }
    *ret = pairs.items;
    *ret_n = pairs.n;
    return 0;
}
