/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/counting.h"

#include "workloads/kinds/kind.h"

static struct ability ability(const void *own)
{
    const struct counting_ability *a = own;

    return (struct ability){
        .runs = a->run,
        .label = a->label,
        .gap = a->gap,
        .plain = a->plain,
        .split = a->split,
        .at_once = a->at_once,
        .unit = a->unit,
        .keeps_threads = a->keeps_threads,
    };
}

static int run(const void *own, void *job)
{
    const struct counting_ability *a = own;

    return a->run(job);
}

static int run_empty(const void *own)
{
    _Atomic(uint64_t) counter = 0;
    struct gate gate = {0};
    struct counting nothing = {.counter = &counter, .gate = &gate};

    return run(own, &nothing);
}

static const struct caveat caveats[] = {
    {"An increment has no single cost.",
     "On some processors the same instructions take several times longer in "
     "one process than in the next, depending on how a store is forwarded to "
     "the load behind it. Both are real, and the usual reason for wide "
     "intervals of the fastest counters."},
};

const struct kind kind_counting = {
    .name = "counting",
    .loses = true,
    .ability = ability,
    .run = run,
    .run_empty = run_empty,
    .caveats = caveats,
    .n_caveats = sizeof(caveats) / sizeof(caveats[0]),
};
