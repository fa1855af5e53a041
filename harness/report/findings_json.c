/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings as objects for programs. */
#include <math.h>
#include <stdlib.h>

#include "harness/report/figures.h"
#include "harness/report/findings.h"
#include "harness/report/matrix.h"

/* A number that JSON has no word for is left out. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : NULL;
}

static json_t *models_of(const struct finding *f)
{
    json_t *names = json_array();

    for (size_t i = 0; f->matrix && i < f->matrix->n_models; i++)
        json_array_append_new(names, json_string(f->matrix->models[i]));
    for (size_t i = 0; i < f->n_overlaps; i++)
        json_array_append_new(names, json_string(f->overlaps[i].model));
    if (f->a)
        json_array_append_new(names, json_string(f->a->model));
    if (f->b && f->b != f->a)
        json_array_append_new(names, json_string(f->b->model));
    return names;
}

static json_t *estimate_of(const struct estimate *e, double noise)
{
    bool has = estimate_has_interval(e);

    return json_pack("{s:o*, s:I, s:o*, s:o*, s:o*, s:o*}", "estimate",
                     number(e->median), "rounds", (json_int_t)e->n, "low",
                     has ? number(e->low) : NULL, "high",
                     has ? number(e->high) : NULL, "coverage",
                     has ? number(e->coverage) : NULL, "noise",
                     noise > 0 ? number(noise) : NULL);
}

/* Of each traced sample: how many were begun, and ran, at once. */
static json_t *overlaps_of(const struct finding *f)
{
    json_t *begun = json_array(), *running = json_array();

    for (size_t i = 0; i < f->n_overlaps; i++) {
        json_array_append_new(begun, json_integer(f->overlaps[i].begun));
        json_array_append_new(running,
                              f->overlaps[i].running
                                  ? json_integer(f->overlaps[i].running)
                                  : json_null());
    }
    return json_pack("{s:o, s:o}", "begun", begun, "running", running);
}

/* What only findings of its kind have. */
static void add_details(json_t *object, const struct finding *f)
{
    if (f->kind == FINDING_RATIO)
        json_object_update_new(object,
                               json_pack("{s:s, s:b}", "base", f->b->model,
                                         "within_noise", f->within_noise));
    if (f->kind == FINDING_CROSSOVER)
        json_object_update_new(
            object, json_pack("{s:f, s:f}", "from", f->low, "to", f->high));
    else if (f->estimate.n || f->kind == FINDING_NOISE)
        json_object_update_new(object, estimate_of(&f->estimate, f->noise));
    if (f->kind == FINDING_RANGE)
        json_object_set_new(object, "most", estimate_of(&f->most, 0));
    if (f->kind == FINDING_OVERLAP)
        json_object_update_new(object, overlaps_of(f));
    if (f->kind == FINDING_MAP)
        json_object_update_new(
            object, json_pack("{s:s, s:I, s:I, s:I}", "down", f->down, "cells",
                              (json_int_t)f->cells, "fastest",
                              (json_int_t)f->won, "even", (json_int_t)f->even));
}

static json_t *object_of(const struct finding *f, const struct table *t)
{
    static const char *const kinds[] = {
        [FINDING_RATIO] = "ratio",     [FINDING_CROSSOVER] = "crossover",
        [FINDING_GROWTH] = "exponent", [FINDING_SITES] = "sites",
        [FINDING_CELL] = "cell",       [FINDING_RANGE] = "range",
        [FINDING_NOISE] = "noise",     [FINDING_OVERLAP] = "overlap",
        [FINDING_SPREAD] = "spread",   [FINDING_MAP] = "map"};
    static const struct claim none = {0};
    const struct claim *c = f->claim ? f->claim : &none;
    struct wording words;
    json_t *object;

    if (finding_words(f, t, SIZE_MAX, &words))
        return NULL;
    object = json_pack(
        "{s:s*, s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:o, s:b, s:s}",
        "claim", c->id, "kind",
        f->claim ? statistic_names[c->statistic] : kinds[f->kind], "over",
        f->claim ? c->over : f->over, "metric", c->metric, "figure", c->figure,
        "lesson", c->lesson, "workload", f->a ? f->a->workload : f->workload,
        "parameters", f->a ? f->a->parameters : f->parameters, "models",
        models_of(f), "wrong", f->wrong, "text", words.text);
    add_details(object, f);
    free(words.text);
    return object;
}

/* Percentiles of right samples; other metrics of all that were measured. */
static struct estimate metric_of(const struct metric *m, const struct entry *e)
{
    if (m->permille)
        return finding_is_timed(e) ? finding_percentile(e, m->name)
                                   : (struct estimate){0};
    return table_estimate_metric(e->by_round, e->meant, m->name, true);
}

static void add_metrics(json_t *array, const struct entry *e)
{
    const struct workload *w = workload_find(e->workload);

    for (size_t i = 0; w && i < w->kind->n_metrics; i++) {
        const struct metric *m = &w->kind->metrics[i];
        struct finding f = {.a = e, .estimate = metric_of(m, e)};
        json_t *object;

        if (!f.estimate.n)
            continue;
        object = json_pack("{s:s, s:s, s:s, s:s, s:o}", "kind",
                           m->permille ? "percentile" : "metric", "metric",
                           m->name, "workload", e->workload, "parameters",
                           e->parameters, "models", models_of(&f));
        json_object_update_new(object, estimate_of(&f.estimate, 0));
        json_array_append_new(array, object);
    }
}

/* What figures show that no other finding says. */
static void add_shown(json_t *array, const struct drawings *d,
                      const struct table *t)
{
    for (size_t i = 0; d && i < d->n; i++) {
        const struct finding *f = &d->items[i].shown;
        json_t *object;

        if (f->kind < FINDING_RANGE)
            continue;
        object = object_of(f, t);
        json_object_set_new(object, "figure", json_string(d->items[i].name));
        json_array_append_new(array, object);
    }
}

json_t *findings_json(const struct finding_list *f, const struct table *t,
                      const struct drawings *d)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n; i++)
        json_array_append_new(array, object_of(&f->items[i], t));
    for (size_t i = 0; i < t->n; i++)
        if (!t->entries[i].twin)
            add_metrics(array, &t->entries[i]);
    add_shown(array, d, t);
    return array;
}
