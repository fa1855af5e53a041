/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/connections.h"

static struct ability ability(const void *own)
{
    const struct connections_ability *a = own;

    return (struct ability){
        .runs = a->run,
        .gap = a->gap,
        .at_once = a->at_once,
        .unit = a->unit,
        .in_memory = a->in_memory,
    };
}

static int run(const void *own, void *job)
{
    const struct connections_ability *a = own;

    return a->run(job);
}

static int run_empty(const void *own)
{
    struct connections nothing = {0};

    return run(own, &nothing);
}

const struct kind kind_connections = {
    .name = "connections",
    .served = true,
    .ability = ability,
    .run = run,
    .run_empty = run_empty,
};
