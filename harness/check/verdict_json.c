/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>

#include "harness/check/verdict.h"
#include "harness/results/json.h"

/* NULL, which json_pack() leaves out by "o*": without any pair. */
static json_t *json_of_estimate(const struct estimate *e)
{
    bool whole = estimate_has_interval(e);

    return e->n == 0 ? NULL
                     : json_pack("{so* so* so* so* sI}", "median",
                                 json_real(e->median), "low",
                                 whole ? json_real(e->low) : NULL, "high",
                                 whole ? json_real(e->high) : NULL, "coverage",
                                 whole ? json_real(e->coverage) : NULL, "pairs",
                                 (json_int_t)e->n);
}

/* JSON has no infinity: what is not finite has no json_real(). */
static json_t *json_of_cell(const struct checked *c)
{
    bool between = c->spread.freedom > 0;

    return json_pack(
        "{so ss so so* sI sI so* so* sI sI so* so* si sb so* so* sI so* so* "
        "so* sb si so so so* so*}",
        "name", json_text(c->name), "ruling", ruling_name(c->ruling), "why",
        json_text(c->why), "ratio", json_of_estimate(&c->ratio), "slower",
        (json_int_t)c->slower, "faster", (json_int_t)c->faster, "p",
        json_real(c->p), "p_bound",
        c->p_bound > 0 ? json_real(c->p_bound) : NULL, "far_slower",
        (json_int_t)c->far_slower, "far_faster", (json_int_t)c->far_faster,
        "far_p", json_real(c->far_p), "far_mean", json_real(c->far_mean),
        "stage", (int)c->stage, "suspect", c->suspect, "base_ns",
        json_real(c->base_ns), "cand_ns", json_real(c->cand_ns), "items",
        (json_int_t)c->items, "detectable", json_real(c->detectable),
        "budget_ns",
        c->budget_ns ? json_integer((json_int_t)c->budget_ns) : NULL, "control",
        json_of_estimate(&c->control), "disturbed", c->disturbed, "missing",
        (int)c->missing, "failure", json_text(c->failure), "events",
        json_text(c->events), "deviation",
        between ? json_real(c->spread.deviation) : NULL, "variants_needed",
        between && c->spread.needed ? json_integer(c->spread.needed) : NULL);
}

static json_t *json_of_rules(const struct rules *r)
{
    return json_pack("{so* so* so* so*}", "threshold", json_real(r->threshold),
                     "screen", json_real(r->screen), "alpha",
                     json_real(r->alpha), "control", json_real(r->control));
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
        unsigned planned = v->rounds[i].planned;

        json_array_append_new(
            stages,
            json_pack("{si so*}", "done", (int)v->rounds[i].done, "planned",
                      planned ? json_integer(planned) : NULL));
    }
    return stages;
}

static json_t *json_of_verdict(const struct verdict *v)
{
    json_t *cells = json_array();

    for (size_t i = 0; i < v->n; i++)
        json_array_append_new(cells, json_of_cell(&v->cells[i]));
    return json_pack(
        "{si ss si si so so so sI sI so so so so* sb sb sb so so*}", "schema",
        1, "ruling", ruling_name(v->ruling), "status", v->status,
        "strict_status", v->strict_status, "reason", json_text(v->reason),
        "base", json_text(v->base), "cand", json_text(v->cand), "seed",
        (json_int_t)v->seed, "elapsed_ns", (json_int_t)v->elapsed_ns, "rounds",
        json_of_rounds(v), "rules", json_of_rules(&v->rules), "counts",
        json_of_counts(v), "control", json_of_estimate(&v->control),
        "disturbed", v->disturbed, "untested", v->untested, "cut", v->cut,
        "cells", cells, "variants",
        v->variants ? json_integer(v->variants) : NULL);
}

char *verdict_json(const struct verdict *v)
{
    /* 17 digits are those from which the same number is read again. */
    return json_line(json_of_verdict(v),
                     JSON_INDENT(2) | JSON_REAL_PRECISION(17));
}
