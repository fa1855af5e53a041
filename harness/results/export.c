/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/export.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/groups.h"
#include "harness/results/json.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

/* Samples of one cell, which is a family of Google Benchmark's. */
struct cell_family {
    unsigned repetitions, next;
};

static bool is_row(const struct sample *s)
{
    return s->round > 0 && s->iterations > 0 &&
           (s->status == STATUS_OK || s->status == STATUS_WRONG);
}

/* jansson refuses what is not finite; so do the readers of JSON. */
static json_t *real(double value)
{
    return json_real(isfinite(value) ? value : 0);
}

/* The name that a filter can rely on; the sides of a check are not mixed up. */
static void run_name(const struct sample *s, char *out, size_t size)
{
    size_t len;

    sample_cell_name(s, out, size);
    len = strlen(out);
    /* The suffix by which readers of the format know a wall-clock time. */
    snprintf(out + len, size - len, "%s%s%s/real_time", s->twin ? "/twin" : "",
             s->side[0] ? "/arm:" : "", s->side);
}

static void add_parameters(json_t *row, const struct sample *s)
{
    const char *list = s->parameters;
    struct item item;
    uint64_t value;

    while (text_next(&list, ',', &item)) {
        char key[sizeof(s->parameters)];

        if (item_u64(&item, &value))
            continue;
        snprintf(key, sizeof(key), "%.*s", (int)item.key_len, item.key);
        json_set_u64(row, key, value);
    }
}

static void add_google_keys(json_t *row, const struct sample *s,
                            struct cell_family *family, size_t index)
{
    char name[512];

    run_name(s, name, sizeof(name));
    json_object_set_new(row, "name", json_string(name));
    json_set_u64(row, "family_index", index);
    json_set_u64(row, "per_family_instance_index", 0);
    json_object_set_new(row, "run_name", json_string(name));
    json_object_set_new(row, "run_type", json_string("iteration"));
    json_set_u64(row, "repetitions", family->repetitions);
    json_set_u64(row, "repetition_index", family->next++);
    json_set_u64(row, "threads", 1);
    json_set_u64(row, "iterations", s->iterations);
    json_object_set_new(row, "real_time", real(s->real_ns));
    json_object_set_new(row, "cpu_time", real(s->cpu_ns));
    json_object_set_new(row, "time_unit", json_string("ns"));
    json_object_set_new(row, "items_per_second",
                        real((double)s->items * 1e9 / s->real_ns));
}

static json_t *row_of(const struct sample *s, struct cell_family *family,
                      size_t index)
{
    json_t *row = json_object();

    if (!row)
        return NULL;
    add_google_keys(row, s, family, index);
    json_object_set_new(row, "workload", json_string(s->workload));
    json_object_set_new(row, "model", json_string(s->model));
    add_parameters(row, s);
    json_set_u64(row, "lost_updates", s->lost_updates);
    json_set_u64(row, "wrong_iterations", s->wrong_iterations);
    json_set_u64(row, "context_switches_voluntary", s->voluntary);
    json_set_u64(row, "context_switches_involuntary", s->involuntary);
    json_set_u64(row, "peak_rss_bytes", s->peak_rss_bytes);
    json_set_u64(row, "errors", s->errors);
    json_set_u64(row, "round", s->round);
    return row;
}

/* Keys that stand in several lines, as gaps do, are joined. */
static void add_text(json_t *context, const char *key, const char *text)
{
    const char *before = json_string_value(json_object_get(context, key));
    json_t *value =
        before ? json_sprintf("%s; %s", before, text) : json_string(text);

    json_object_set_new(context, key, value);
}

static void add_header(json_t *context, const struct recording *r)
{
    char *copy = strdup(r->header ? r->header : ""), *rest = copy, *line;

    while (rest && (line = strsep(&rest, "\n"))) {
        char *equals = strchr(line, '='), key[96];

        if (strncmp(line, "# ", 2) != 0 || !equals)
            continue;
        *equals = '\0';
        /* Own keys are told from the library's, which stay as they are. */
        snprintf(key, sizeof(key), "baton_%s", line + 2);
        add_text(context, key, equals + 1);
    }
    free(copy);
}

static json_t *context_of(const struct recording *r, const char *text)
{
    json_t *context = json_loads(text ? text : "{}", 0, NULL);
    uint64_t dropped = 0;

    if (!json_is_object(context)) {
        json_decref(context);
        return NULL;
    }
    /* A reader of the format insists on it. */
    if (!json_object_get(context, "caches"))
        json_object_set_new(context, "caches", json_array());
    for (size_t i = 0; i < r->n; i++)
        dropped += r->samples[i].round > 0 && !is_row(&r->samples[i]);
    json_set_u64(context, "dropped_samples", dropped);
    add_header(context, r);
    return context;
}

static json_t *rows_of(const struct recording *r, const struct groups *groups)
{
    struct cell_family *families = calloc(groups->n + 1, sizeof(*families));
    json_t *rows = families ? json_array() : NULL;

    for (size_t i = 0; rows && i < r->n; i++)
        families[groups_find(groups, &r->samples[i])->index].repetitions +=
            is_row(&r->samples[i]);
    for (size_t i = 0; rows && i < r->n; i++) {
        const struct sample *s = &r->samples[i];
        size_t index = groups_find(groups, s)->index;

        if (is_row(s))
            json_array_append_new(rows, row_of(s, &families[index], index));
    }
    free(families);
    return rows;
}

char *export_benchmark_json(const struct recording *r, const char *context,
                            json_t *findings)
{
    struct groups groups = {0};
    json_t *root, *about = context_of(r, context);

    if (!about || groups_collect(&groups, r, NULL, true)) {
        json_decref(about);
        json_decref(findings);
        return NULL;
    }
    root = json_object();
    json_object_set_new(root, "context", about);
    json_object_set_new(root, "benchmarks", rows_of(r, &groups));
    if (findings)
        json_object_set_new(root, "findings", findings);
    groups_finish(&groups);
    return json_line(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
}
