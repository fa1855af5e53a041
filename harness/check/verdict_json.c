/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <math.h>

#include "harness/check/verdict.h"
#include "harness/results/json.h"

/* JSON has no infinity: what is not finite is not there. */
static void set_real(json_t *to, const char *key, double value)
{
    if (isfinite(value))
        json_object_set_new(to, key, json_real(value));
}

static void set_estimate(json_t *to, const char *key, const struct estimate *e)
{
    json_t *object;

    if (e->n == 0)
        return;
    object = json_object();
    set_real(object, "median", e->median);
    if (estimate_has_interval(e)) {
        set_real(object, "low", e->low);
        set_real(object, "high", e->high);
        set_real(object, "coverage", e->coverage);
    }
    json_set_u64(object, "pairs", e->n);
    json_object_set_new(to, key, object);
}

static json_t *json_of_cell(const struct checked *c)
{
    json_t *cell = json_object();

    json_set_text(cell, "name", c->name);
    json_set_text(cell, "ruling", ruling_name(c->ruling));
    json_set_text(cell, "why", c->why);
    set_estimate(cell, "ratio", &c->ratio);
    json_set_u64(cell, "slower", c->slower);
    json_set_u64(cell, "faster", c->faster);
    set_real(cell, "p", c->p);
    if (c->p_bound > 0)
        set_real(cell, "p_bound", c->p_bound);
    json_set_u64(cell, "far_slower", c->far_slower);
    json_set_u64(cell, "far_faster", c->far_faster);
    set_real(cell, "far_p", c->far_p);
    set_real(cell, "far_mean", c->far_mean);
    json_set_u64(cell, "stage", c->stage);
    json_object_set_new(cell, "suspect", json_boolean(c->suspect));
    set_real(cell, "base_ns", c->base_ns);
    set_real(cell, "cand_ns", c->cand_ns);
    json_set_u64(cell, "items", c->items);
    set_real(cell, "detectable", c->detectable);
    if (c->budget_ns)
        json_set_u64(cell, "budget_ns", c->budget_ns);
    set_estimate(cell, "control", &c->control);
    json_object_set_new(cell, "disturbed", json_boolean(c->disturbed));
    json_set_u64(cell, "missing", c->missing);
    json_set_text(cell, "failure", c->failure);
    json_set_text(cell, "events", c->events);
    return cell;
}

static json_t *json_of_rules(const struct rules *rules)
{
    json_t *object = json_object();

    set_real(object, "threshold", rules->threshold);
    set_real(object, "screen", rules->screen);
    set_real(object, "alpha", rules->alpha);
    set_real(object, "control", rules->control);
    return object;
}

static json_t *json_of_counts(const struct verdict *v)
{
    json_t *object = json_object();

    for (int i = 0; i < RULING_N; i++)
        json_set_u64(object, ruling_name((enum ruling)i), v->count[i]);
    return object;
}

static json_t *json_of_rounds(const struct verdict *v)
{
    json_t *stages = json_array();

    for (int i = 0; i < 2; i++) {
        json_t *stage = json_object();

        json_set_u64(stage, "done", v->rounds[i].done);
        if (v->rounds[i].planned)
            json_set_u64(stage, "planned", v->rounds[i].planned);
        json_array_append_new(stages, stage);
    }
    return stages;
}

static json_t *json_of_verdict(const struct verdict *v)
{
    json_t *root = json_object(), *cells = json_array();

    json_set_u64(root, "schema", 1);
    json_set_text(root, "ruling", ruling_name(v->ruling));
    json_set_u64(root, "status", (uint64_t)v->status);
    json_set_u64(root, "strict_status", (uint64_t)v->strict_status);
    json_set_text(root, "reason", v->reason);
    json_set_text(root, "base", v->base);
    json_set_text(root, "cand", v->cand);
    json_set_u64(root, "seed", v->seed);
    json_set_u64(root, "elapsed_ns", v->elapsed_ns);
    json_object_set_new(root, "rounds", json_of_rounds(v));
    json_object_set_new(root, "rules", json_of_rules(&v->rules));
    json_object_set_new(root, "counts", json_of_counts(v));
    set_estimate(root, "control", &v->control);
    json_object_set_new(root, "disturbed", json_boolean(v->disturbed));
    json_object_set_new(root, "untested", json_boolean(v->untested));
    json_object_set_new(root, "cut", json_boolean(v->cut));
    for (size_t i = 0; i < v->n; i++)
        json_array_append_new(cells, json_of_cell(&v->cells[i]));
    json_object_set_new(root, "cells", cells);
    return root;
}

char *verdict_json(const struct verdict *v)
{
    /* 17 digits are those from which the same number is read again. */
    return json_line(json_of_verdict(v),
                     JSON_INDENT(2) | JSON_REAL_PRECISION(17));
}
