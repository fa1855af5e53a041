/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "harness/origin/origin.h"
#include "harness/results/array.h"
#include "harness/results/names.h"
#include "harness/sample/machine.h"
#include "harness/sample/references.h"
#include "workloads/clock.h"

/*
 * What a first iteration costs besides (page faults, late binding) is below a
 * millisecond: less than 0.4 % of an iteration this long.  A second one would
 * double the time of the sample.
 */
static const uint64_t cold_ns = 250 * NS_PER_MS;

bool cell_is_cold(const struct cell *cell)
{
    return cell->iterations && cell->iteration_ns >= cold_ns && !cell->warm;
}

static bool same_values(const struct workload *w, const uint64_t a[],
                        const uint64_t b[])
{
    return memcmp(a, b, w->n_parameters * sizeof(a[0])) == 0;
}

long plan_find(const struct plan *plan, const char *workload, const char *model,
               const uint64_t values[])
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct cell *c = &plan->cells[i];

        if (!c->twin && strcmp(c->workload->name, workload) == 0 &&
            strcmp(c->model->name, model) == 0 &&
            same_values(c->workload, c->setup.values, values))
            return (long)i;
    }
    return -1;
}

/* A model's gap is the same at all parameters; a machine's limit is not. */
static int add_gap(struct plan *plan, const struct workload *w,
                   const struct model *m, const struct setup *s,
                   const char *why, bool by_limit)
{
    for (size_t i = 0; i < plan->n_gaps; i++) {
        const struct gap *gap = &plan->gaps[i];

        if (gap->workload == w && gap->model == m &&
            gap->by_limit == by_limit &&
            (!by_limit || same_values(w, gap->setup.values, s->values)))
            return by_limit;
    }
    if (!ARRAY_ROOM(plan->gaps, plan->n_gaps))
        return -ENOMEM;
    plan->gaps[plan->n_gaps] = (struct gap){
        .workload = w, .model = m, .setup = *s, .by_limit = by_limit};
    snprintf(plan->gaps[plan->n_gaps++].why, sizeof(plan->gaps->why), "%s",
             why);
    return by_limit;
}

static int add_cell(struct plan *plan, const struct workload *w,
                    const struct model *m, const struct setup *s)
{
    struct cell cell = {.workload = w, .model = m, .setup = *s};
    int error = 0;

    if (!ARRAY_ROOM(plan->cells, plan->n))
        return -ENOMEM;
    /* Models that do the same work share the expected result. */
    for (size_t i = 0; i < plan->n && !cell.borrowed; i++)
        if (plan->cells[i].workload == w &&
            memcmp(&plan->cells[i].setup, s, sizeof(*s)) == 0) {
            cell.expected = plan->cells[i].expected;
            cell.borrowed = true;
        }
    if (!cell.borrowed && w->expect)
        error = w->expect(s, &cell.expected);
    if (error)
        return error;
    plan->cells[plan->n++] = cell;
    return 0;
}

/* What a model says of itself, at whatever number of tasks. */
static int refuse_model(const struct model *m, const struct kind *kind,
                        bool foreign, char *why, size_t size)
{
    const char *gap = model_gap(m, kind);
    int error = gap ? 0 : model_probe(m);

    if (!gap && foreign && model_ability(m, kind).in_memory)
        gap = "it has no network I/O";
    if (error)
        snprintf(why, size, "this machine refuses it: %s", strerror(-error));
    else if (gap)
        snprintf(why, size, "%s", gap);
    return error || gap ? -ENOTSUP : 0;
}

int plan_refusal(const struct model *m, const struct kind *kind, uint64_t tasks,
                 uint64_t workers, bool foreign, char *why, size_t size)
{
    struct ability a = model_ability(m, kind);
    const struct demand demand = {.tasks = ability_at_once(&a, tasks, workers),
                                  .sockets = kind->served && !a.in_memory,
                                  .addresses = foreign ? 1 : ORIGIN_ADDRESSES};
    int error = refuse_model(m, kind, foreign, why, size);
    struct limits limits;

    if (error)
        return error;
    if (a.most_tasks && tasks > a.most_tasks) {
        snprintf(why, size, "at most %zu tasks: %s", a.most_tasks, a.most_why);
        return -E2BIG;
    }
    machine_limits(&limits);
    return machine_allows(&limits, &demand, a.unit, why, size);
}

/* Waits add up where few wait at once; simulated ones take no time. */
static int refuse_long(const struct model *m, const struct workload *w,
                       const struct setup *s, char *why, size_t size)
{
    struct ability a = model_ability(m, w->kind);
    uint64_t at_once =
        ability_at_once(&a, w->tasks(s), workload_workers(w, s->values));
    uint64_t ns = w->expected_ns(s, at_once);

    if (!w->longest_ns || a.in_memory || ns <= w->longest_ns)
        return 0;
    snprintf(why, size,
             "an iteration would take %.4g s, with %" PRIu64
             " at once; the limit is %.4g s",
             (double)ns / 1e9, at_once, (double)w->longest_ns / 1e9);
    return -ETIME;
}

static int refuse_offload(const struct model *m, const struct workload *w,
                          const struct setup *s, char *why, size_t size)
{
    if (!workload_offloads(w, s->values) ||
        model_ability(m, w->kind).can_offload)
        return 0;
    snprintf(why, size, "it hands no work to other threads");
    return -ENOSYS;
}

int plan_add(struct plan *plan, const struct workload *w, const struct model *m,
             const struct setup *s)
{
    char why[256];
    int error, added;

    if (plan_find(plan, w->name, m->name, s->values) >= 0)
        return 0;
    error = reference_offer(m) ? reference_refuse(m, w, s, why, sizeof(why))
                               : plan_refusal(m, w->kind, w->tasks(s),
                                              workload_workers(w, s->values),
                                              s->path, why, sizeof(why));
    if (!error)
        error = refuse_offload(m, w, s, why, sizeof(why));
    if (!error)
        error = refuse_long(m, w, s, why, sizeof(why));
    if (!error)
        return add_cell(plan, w, m, s);
    added = add_gap(plan, w, m, s, why, error != -ENOTSUP);
    return added < 0 ? added : error == -EDQUOT;
}

long plan_add_twin(struct plan *plan, size_t index)
{
    struct cell original = plan->cells[index];
    int error =
        add_cell(plan, original.workload, original.model, &original.setup);

    if (error)
        return error;
    plan->cells[plan->n - 1].twin = true;
    plan->cells[plan->n - 1].most_rounds = original.most_rounds;
    return (long)plan->n - 1;
}

void plan_keep(struct plan *plan, const bool stays[])
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n; i++)
        if (stays[i])
            plan->cells[n++] = plan->cells[i];
        else if (!plan->cells[i].borrowed)
            free(plan->cells[i].expected);
    plan->n = n;
}

static void hash_cells(const struct plan *plan, XXH3_state_t *state)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct cell *c = &plan->cells[i];
        char parameters[256], line[384];
        int len;

        cell_parameters(c->workload, c->setup.values, parameters,
                        sizeof(parameters));
        len = snprintf(line, sizeof(line), "%s\t%s\t%s\t%d\n",
                       c->workload->name, c->model->name, parameters, c->twin);
        XXH3_64bits_update(state, line, (size_t)len);
    }
}

uint64_t plan_hash(const struct plan *plan, const struct plan *other)
{
    XXH3_state_t *state = XXH3_createState();
    uint64_t hash;

    if (!state)
        return 0;
    XXH3_64bits_reset(state);
    hash_cells(plan, state);
    if (other)
        hash_cells(other, state);
    hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return hash;
}

void plan_finish(struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++)
        if (!plan->cells[i].borrowed)
            free(plan->cells[i].expected);
    free(plan->cells);
    free(plan->gaps);
    *plan = (struct plan){0};
}
