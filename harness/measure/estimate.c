/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/estimate.h"

#include "harness/sample/sampler.h"
#include "workloads/clock.h"

/* Spawning the process, and its end. */
static const uint64_t process_ns = 4 * NS_PER_MS;
/* What an item costs where nothing is waited for. */
static const uint64_t memory_ns = 20000;

static uint64_t iteration_ns(const struct cell *c)
{
    struct ability a = model_ability(c->model, c->workload->kind);
    const uint64_t *values = c->setup.values;
    uint64_t at_once;

    if (a.in_memory)
        return c->workload->expected_ns(&c->setup, 1) <
                       c->workload->items(&c->setup) * memory_ns
                   ? c->workload->expected_ns(&c->setup, 1)
                   : c->workload->items(&c->setup) * memory_ns;
    at_once = ability_at_once(&a, c->workload->tasks(&c->setup),
                              workload_workers(c->workload, values));
    return c->workload->expected_ns(&c->setup, at_once ? at_once : 1);
}

/* A calibration ends early where an iteration is long enough by itself. */
uint64_t estimate_calibration_ns(const struct cell *cell, uint64_t target_ns)
{
    uint64_t ns = iteration_ns(cell);
    uint64_t bursts_ns = ns < target_ns ? target_ns / 5 + 3 * ns : 0;

    return process_ns + (cell->workload->group ? 2 : 1) * ns + bursts_ns;
}

uint64_t estimate_sample_ns(const struct cell *cell, uint64_t target_ns)
{
    struct cell calibrated = *cell;
    uint64_t ns = iteration_ns(cell) + 1;

    /* As many as take a tenth more than the target, and one to warm up. */
    calibrated.iteration_ns = ns;
    calibrated.iterations =
        ns >= target_ns ? 1 : (target_ns + target_ns / 10 + ns - 1) / ns;
    return process_ns +
           ns * (calibrated.iterations + !cell_is_cold(&calibrated));
}

uint64_t estimate_run_ns(const struct plan *plan, const struct plan *traced,
                         unsigned rounds)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < plan->n; i++) {
        const struct cell *c = &plan->cells[i];
        unsigned most =
            c->most_rounds && c->most_rounds < rounds ? c->most_rounds : rounds;

        if (!c->twin)
            sum += estimate_calibration_ns(c, SAMPLER_TARGET_NS);
        sum += most * estimate_sample_ns(c, SAMPLER_TARGET_NS);
    }
    for (size_t i = 0; traced && i < traced->n; i++)
        sum += process_ns + 2 * iteration_ns(&traced->cells[i]);
    return sum;
}
