/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/sleeping.h"

static struct ability ability(const void *own)
{
    const struct sleeping_ability *a = own;

    return (struct ability){
        .runs = a->run,
        .gap = a->gap,
        .at_once = a->at_once,
        .unit = a->unit,
        .keeps_threads = a->keeps_threads,
        .in_memory = a->in_memory,
    };
}

static int run(const void *own, void *job)
{
    const struct sleeping_ability *a = own;

    return a->run(job);
}

static int run_empty(const void *own)
{
    struct gate gate = {0};
    struct sleeping nothing = {.gate = &gate};

    return run(own, &nothing);
}

static const struct caveat caveats[] = {
    {"A wake waits for a processor, too.",
     "Lateness is from the deadline to the moment when the task runs: the "
     "kernel's timer, its scheduler, and all tasks that were woken before it "
     "are in it. Of many deadlines at one moment the last wake is as late as "
     "all wakes together take."},
};

static const struct item_times times = {
    .name = "Lateness",
    .span = "from the deadline to the wake",
    .text = "From its deadline to the moment when it is awake.",
    .most = "are late by at most",
    .more = "is late by more than",
};

static const struct metric metrics[] = {
    [LATENESS_P50_NS] = {"lateness_p50_ns", "ns",
                         "a wake after its deadline: median", .permille = 500},
    [LATENESS_P90_NS] = {"lateness_p90_ns", "ns",
                         "a wake after its deadline: 90th percentile",
                         .permille = 900},
    [LATENESS_P99_NS] = {"lateness_p99_ns", "ns",
                         "a wake after its deadline: 99th percentile",
                         .permille = 990},
    [LATENESS_MAX_NS] = {"lateness_max_ns", "ns",
                         "a wake after its deadline: the longest",
                         .permille = 1000},
    [SLEEPER_BYTES] = {"sleeper_bytes", "bytes",
                       "memory of each task that sleeps, the kernel's included",
                       .words = "memory of a sleeper", .growth = GROWTH_ALL},
    [SLEEPER_KERNEL_BYTES] = {"kernel_bytes", "bytes",
                              "the kernel's part of it",
                              .growth = GROWTH_KERNEL},
};

const struct kind kind_sleeping = {
    .name = "sleeping",
    .paced = true,
    .ability = ability,
    .run = run,
    .run_empty = run_empty,
    .caveats = caveats,
    .n_caveats = sizeof(caveats) / sizeof(caveats[0]),
    .times = &times,
    .metrics = metrics,
    .n_metrics = sizeof(metrics) / sizeof(metrics[0]),
};
