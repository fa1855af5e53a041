/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/text.h"

enum { MOST_PARTS = 10000 };

int shard_read(const char *text, struct shard *ret)
{
    uint64_t part, parts;
    const char *rest;

    if (text_u64_unit(text, &part, &rest) || *rest != '/' ||
        text_u64(rest + 1, &parts) || part < 1 || part > parts ||
        parts > MOST_PARTS)
        return -EINVAL;
    *ret = (struct shard){(unsigned)part, (unsigned)parts};
    return 0;
}

/* The groups that were met, each as one of its cells. */
struct groups {
    const struct cell **cells; /* [n], with room for all */
    size_t n;
};

static size_t group_of(struct groups *g, const struct cell *cell)
{
    const struct workload *w = cell->workload;
    size_t size = w->n_parameters * sizeof(*cell->setup.values), i = 0;

    while (i < g->n &&
           (g->cells[i]->workload != w ||
            memcmp(g->cells[i]->setup.values, cell->setup.values, size) != 0))
        i++;
    if (i == g->n)
        g->cells[g->n++] = cell;
    return i;
}

/* Of each cell, whether it stays. */
static void choose(const struct shard *s, struct groups *g,
                   const struct plan *plan, bool stays[])
{
    for (size_t i = 0; i < plan->n; i++)
        stays[i] = group_of(g, &plan->cells[i]) % s->parts == s->part - 1;
}

int shard_cut(const struct shard *s, struct plan *plan, struct plan *traced)
{
    struct groups g = {.cells =
                           calloc(plan->n + traced->n + 1, sizeof(*g.cells))};
    bool *stays = calloc(plan->n + traced->n + 1, sizeof(*stays));
    int error = g.cells && stays ? 0 : -ENOMEM;

    if (!error) {
        choose(s, &g, plan, stays);
        choose(s, &g, traced, stays + plan->n);
        plan_keep(traced, stays + plan->n);
        plan_keep(plan, stays);
    }
    free(g.cells);
    free(stays);
    return error;
}
