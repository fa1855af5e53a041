/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts as objects for programs. */
#include <math.h>
#include <stdlib.h>

#include "harness/report/verdicts.h"

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : NULL;
}

static json_t *decided_json(const struct claim *c, const struct decided *d)
{
    const struct estimate *e = &d->estimate;
    bool has = estimate_has_interval(e);

    return json_pack("{s:o*, s:o*, s:s, s:f, s:I, s:o*, s:o*, s:o*}", "at",
                     c->over ? number(d->at) : NULL, "to",
                     d->to > d->at ? number(d->to) : NULL, "verdict",
                     decision_names[d->decision], "estimate", e->median,
                     "rounds", (json_int_t)e->n, "low",
                     has ? number(e->low) : NULL, "high",
                     has ? number(e->high) : NULL, "coverage",
                     has ? number(e->coverage) : NULL);
}

static json_t *rule_json(const struct rule *r)
{
    static const char *const names[] = {
        [RULE_NONE] = "none",
        [RULE_AT_LEAST] = "at-least",
        [RULE_AT_MOST] = "at-most",
        [RULE_BETWEEN] = "between",
    };

    return json_pack("{s:s, s:o*, s:o*}", "kind", names[r->kind], "low",
                     number(r->low), "high", number(r->high));
}

static void add_effect(json_t *object, const struct setting_verdict *s)
{
    struct effect e = verdict_effect(s);

    if (s->decision != UNDECIDED || !estimate_has_interval(&s->whole.estimate))
        return;
    json_object_set_new(object, "detectable",
                        json_pack("{s:o*, s:o*, s:o*, s:o*}", "supported_from",
                                  number(e.low), "supported_to", number(e.high),
                                  "refuted_to", number(e.refuted_to),
                                  "refuted_from", number(e.refuted)));
}

static json_t *setting_json(const struct setting_verdict *s,
                            const struct verdicts *v)
{
    static const char *const obstacles[] = {
        [OBSTACLE_ABSENT] = "absent",
        [OBSTACLE_MISSING] = "missing samples",
        [OBSTACLE_BROKEN] = "broken",
        [OBSTACLE_FEW] = "few rounds",
        [OBSTACLE_DISTURBED] = "disturbed",
    };
    const struct claim *c = s->claim;
    json_t *values = json_array(), *object;
    char *text = verdict_sentence(s, v);

    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(values, decided_json(c, &s->values[i]));
    object = json_pack(
        "{s:s, s:s, s:b, s:s, s:s, s:s*, s:s, s:s*, s:s*, s:s*, s:s*, s:o, "
        "s:s, s:s*}",
        "entry", c->id, "setting", verdict_setting(c), "own", c->own, "verdict",
        decision_names[s->decision], "statistic", statistic_names[c->statistic],
        "metric", c->metric, "workload", c->workload->name, "parameters",
        s->a ? s->a->parameters : NULL, "model", s->a ? s->a->model : NULL,
        "base", s->b ? s->b->model : NULL, "over", c->over, "rule",
        rule_json(&c->rule), "text", text ? text : "", "obstacle",
        obstacles[s->obstacle]);
    free(text);
    if (s->a)
        json_object_set_new(object, "whole", decided_json(c, &s->whole));
    json_object_set_new(object, "values", values);
    if (s->decision == DEPENDS)
        json_object_update_new(
            object, json_pack("{s:f, s:f, s:o*}", "from", s->low, "to", s->high,
                              "crossover",
                              s->crossover > 0 ? number(s->crossover) : NULL));
    add_effect(object, s);
    return object;
}

json_t *verdicts_json(const struct verdicts *v)
{
    json_t *array = json_array();

    for (size_t i = 0; i < v->n; i++) {
        const struct claim_verdict *c = &v->items[i];
        json_t *settings = json_array();

        for (size_t j = 0; j < c->n; j++)
            json_array_append_new(settings, setting_json(&c->settings[j], v));
        json_array_append_new(
            array,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "claim", c->id,
                      "verdict", decision_names[c->head->decision], "quote",
                      c->words->quote, "source", c->words->source, "headline",
                      verdict_setting(c->head->claim), "settings", settings));
    }
    return array;
}

json_t *verdicts_document(const struct results *r)
{
    static const char *const keys[] = {"version", "command",     "date", "host",
                                       "cpu",     "cpus_online", "seed"};
    json_t *of = json_object();

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char value[256];

        recording_key(r->recording, keys[i], value, sizeof(value));
        json_object_set_new(of, keys[i], json_string(value));
    }
    return json_pack("{s:o, s:I, s:f, s:o}", "run", of, "rounds",
                     (json_int_t)r->table->rounds, "disturbed",
                     r->verdicts->disturbed, "verdicts",
                     verdicts_json(r->verdicts));
}
