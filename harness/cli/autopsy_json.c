/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>

#include "harness/cli/autopsy.h"
#include "harness/results/json.h"
#include "harness/results/names.h"

static json_t *rows_json(const struct outcomes *o)
{
    struct outcome_row rows[OUTCOME_ROWS];
    size_t n = outcomes_rows(o, rows);
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(array,
                              json_pack("{s:I, s:I, s:I, s:s}", "low",
                                        (json_int_t)rows[i].low, "high",
                                        (json_int_t)rows[i].high, "runs",
                                        (json_int_t)rows[i].runs, "verdict",
                                        outcome_verdict_name(rows[i].verdict)));
    return array;
}

static json_t *runs_json(const struct outcomes *o, uint64_t ns)
{
    return json_pack("{s:I, s:f, s:I, s:f, s:o}", "runs", (json_int_t)o->n,
                     "seconds", (double)ns / 1e9, "nothing_lost",
                     (json_int_t)outcomes_exact(o), "mean_loss",
                     outcomes_mean_loss(o), "rows", rows_json(o));
}

/* Tasks are numbered from 1, as they are printed. */
static json_t *moment_json(const struct autopsy *a,
                           const struct moment_of_task *m)
{
    uint64_t from = a->erasures.worst.read.ticks;

    return json_pack("{s:I, s:f, s:I}", "task", (json_int_t)m->task + 1, "us",
                     (double)(m->ticks - from) / a->ticks_per_us, "value",
                     (json_int_t)m->value);
}

static json_t *erasure_json(const struct autopsy *a)
{
    const struct erasure *e = &a->erasures.worst;

    if (!a->erasures.n)
        return NULL;
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o?, s:I, s:I, s:I}", "kind",
        a->run.workload->split ? "yielded" : "stopped", "read",
        moment_json(a, &e->read), "first", moment_json(a, &e->first), "over",
        moment_json(a, &e->over), "store", moment_json(a, &e->store), "again",
        e->read_again ? moment_json(a, &e->again) : NULL, "others",
        (json_int_t)e->others, "stores", (json_int_t)e->stores, "erased",
        (json_int_t)e->erased);
}

static json_t *beside_json(const struct autopsy *a)
{
    const struct episode *e = &a->beside.worst;

    if (!a->beside.n)
        return NULL;
    return json_pack(
        "{s:I, s:I, s:[I,I], s:I, s:f, s:I, s:I}", "episodes",
        (json_int_t)a->beside.n, "lost", (json_int_t)a->beside.lost, "tasks",
        (json_int_t)e->tasks[0] + 1, (json_int_t)e->tasks[1] + 1, "at_once",
        (json_int_t)e->n, "us", (double)(e->end - e->begin) / a->ticks_per_us,
        "increments", (json_int_t)e->increments, "grown", (json_int_t)e->grown);
}

static json_t *log_json(const struct autopsy *a)
{
    json_t *log;

    if (!a->logged.n)
        return NULL;
    log = runs_json(&a->logged, a->logged_ns);
    json_object_set_new(log, "clock",
                        json_string(a->ticks ? "tsc" : "clock_gettime"));
    json_object_set_new(log, "event_ns", json_real(a->event_ns));
    json_object_set_new(log, "erasures",
                        json_integer((json_int_t)a->erasures.n));
    json_object_set_new(log, "number", json_integer((json_int_t)a->number));
    json_object_set_new(log, "final", json_integer((json_int_t)a->final));
    return log;
}

static json_t *pair_json(const struct autopsy *a)
{
    uint64_t values[OUTCOME_FEW];
    size_t n = outcomes_unseen(&a->pairs, values, OUTCOME_FEW);
    json_t *pair, *unseen = json_array();

    for (size_t i = 0; i < n && i < OUTCOME_FEW; i++)
        json_array_append_new(unseen, json_integer((json_int_t)values[i]));
    pair = runs_json(&a->pairs, a->pair_ns);
    json_object_set_new(pair, "not_seen", unseen);
    json_object_set_new(pair, "cpus",
                        json_pack("[i, i]", a->pair.cpus[0], a->pair.cpus[1]));
    return pair;
}

char *autopsy_json(const struct autopsy *a)
{
    char parameters[SAMPLE_PARAMETERS];

    cell_parameters(a->run.workload, a->run.setup.values, parameters,
                    sizeof(parameters));
    return json_line(
        json_pack(
            "{s:s, s:s, s:s, s:s, s:I, s:o, s:o?, s:o?, s:o?, s:o?, s:s?}",
            "made_by", "baton " BATON_VERSION, "workload",
            a->run.workload->name, "model", a->model->name, "parameters",
            parameters, "expected", (json_int_t)a->items, "runs",
            runs_json(&a->runs, a->runs_ns), "log", log_json(a), "erasure",
            erasure_json(a), "side_by_side", beside_json(a), "pair",
            a->pairs.n ? pair_json(a) : NULL, "nothing_can_be_lost",
            a->why[0] ? a->why : NULL),
        JSON_INDENT(2));
}
