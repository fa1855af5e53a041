/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/counting.h"

#include "workloads/clock.h"
#include "workloads/kinds/kind.h"

void counter_spin(uint64_t ns)
{
    uint64_t end_ns = clock_ns() + ns;

    while (clock_ns() < end_ns) {
    }
}

/* It cannot hand over: a model that does never calls counter_run(). */
void counter_run_slowly(const struct counting *work, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        counter_put(work, counter_take(work));
}

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
        .most_tasks = a->most_tasks,
        .most_why = a->most_why,
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

/*
 * The index of R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure of Fairness
 * and Discrimination for Resource Allocation in Shared Computer Systems", DEC
 * Research Report TR-301, 1984: of n shares x, (sum x)^2 / (n * sum x^2).
 */
static const struct metric metrics[] = {
    [COUNTING_FAIRNESS] = {"fairness", NULL,
                           "Jain's index of the tasks' shares of their work "
                           "when the first one finishes: 1/tasks to 1",
                           .mean = true},
    [COUNTING_LEAST_SHARE] = {"least_share", NULL,
                              "the smallest of these shares: 0 to 1",
                              .mean = true},
};

const struct kind kind_counting = {
    .name = "counting",
    .loses = true,
    .ability = ability,
    .run = run,
    .run_empty = run_empty,
    .caveats = caveats,
    .n_caveats = sizeof(caveats) / sizeof(caveats[0]),
    .metrics = metrics,
    .n_metrics = sizeof(metrics) / sizeof(metrics[0]),
};
