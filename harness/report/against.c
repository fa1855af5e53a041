/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/against.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/prose.h"
#include "harness/results/array.h"
#include "harness/results/formats.h"
#include "harness/results/json.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

static bool has_workload(const struct recording *r, const char *workload)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->samples[i].workload, workload) == 0)
            return true;
    return false;
}

static bool share_workload(const struct recording *a, const struct recording *b)
{
    for (size_t i = 0; i < a->n; i++)
        if ((i == 0 ||
             strcmp(a->samples[i].workload, a->samples[i - 1].workload) != 0) &&
            has_workload(b, a->samples[i].workload))
            return true;
    return false;
}

char *against_refusal(const struct recording *now, const struct recording *then,
                      const char *name)
{
    uint64_t schemas[] = {recording_u64(now, "schema"),
                          recording_u64(then, "schema")};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    if (recording_has_sides(now) || recording_has_sides(then))
        fprintf(out,
                "%s is a recording of `baton check`, which compares two sides "
                "itself: its verdict is in verdict.json",
                recording_has_sides(then) ? name : "this run");
    else if (schemas[0] != schemas[1])
        fprintf(out,
                "%s has schema %u and this run schema %u, whose columns were "
                "not measured alike: measure the earlier version again",
                name, (unsigned)schemas[1], (unsigned)schemas[0]);
    else if (then->n == 0 || now->n == 0)
        fprintf(out, "%s has no samples", then->n ? "this run" : name);
    else if (!share_workload(now, then))
        fprintf(out,
                "%s measured another workload (%s; this run: %s): there is no "
                "cell in both",
                name, then->samples[0].workload, now->samples[0].workload);
    return text_close(out, &text);
}

static const struct {
    const char *about, *keys;
} groups[] = {
    {"machine", "host cpu cpus_online cpus_allowed memory kernel governor "
                "clocksource aslr transparent_hugepages congestion busy"},
    {"version", "version compiler flags benchmark libuv"},
    {"experiment", "asked budget_s base pin pin_origin url cells"},
};
enum { N_GROUPS = sizeof(groups) / sizeof(groups[0]) };

static size_t group_of(const struct item *key)
{
    static const char library[] = "library.";
    struct item word;

    if (strncmp(key->key, library, strlen(library)) == 0)
        return 1;
    for (size_t i = 0; i < N_GROUPS; i++)
        for (const char *at = groups[i].keys; text_next(&at, ' ', &word);)
            if (word.key_len == key->key_len &&
                memcmp(word.key, key->key, word.key_len) == 0)
                return i;
    return N_GROUPS;
}

static int add_difference(struct against *a, const char *about,
                          const struct item *key, const struct recording *now)
{
    struct against_difference d = {.about = about};

    snprintf(d.key, sizeof(d.key), "%.*s", (int)key->key_len, key->key);
    recording_key(now, d.key, d.now, sizeof(d.now));
    recording_key(a->recording, d.key, d.then, sizeof(d.then));
    if (strcmp(d.now, d.then) == 0)
        return 0;
    if (strcmp(d.key, "cells") == 0) { /* a hash, of which nothing is seen */
        strcpy(d.key, "command");
        recording_key(now, d.key, d.now, sizeof(d.now));
        recording_key(a->recording, d.key, d.then, sizeof(d.then));
    }
    for (size_t i = 0; i < a->n_differences; i++)
        if (strcmp(a->differences[i].key, d.key) == 0)
            return 0;
    if (!ARRAY_ROOM(a->differences, a->n_differences))
        return -ENOMEM;
    a->differences[a->n_differences++] = d;
    return 0;
}

/* The keys of either header, group by group. */
static int add_differences(struct against *a, const struct recording *now)
{
    const struct recording *both[] = {now, a->recording};
    struct item key;
    int error = 0;

    for (size_t i = 0; i < 2 * N_GROUPS; i++)
        for (const char *at = NULL; recording_next(both[i % 2], &at, &key);)
            if (!error && group_of(&key) == i / 2)
                error = add_difference(a, groups[i / 2].about, &key, now);
    return error;
}

static const char *why_not(const struct entry *now, const struct entry *then)
{
    if (!now || !then)
        return now ? "not in the earlier run" : "not in this run";
    if (!now->measured || !then->measured)
        return now->measured ? "not measured in the earlier run"
                             : "not measured in this run";
    if (fact_breaks_promise(now) || fact_breaks_promise(then))
        return fact_breaks_promise(now) ? "broke its promise in this run"
                                        : "broke its promise earlier";
    return "";
}

/* Compared, and not ranked. */
static bool is_wrong(const struct against_cell *c)
{
    return !c->why[0] && (fact_is_wrong(c->now) || fact_is_wrong(c->then));
}

static int add_cell(struct against *a, const struct entry *now,
                    const struct entry *then)
{
    struct against_cell cell = {now, then, {0}, why_not(now, then)};

    if (!cell.why[0])
        cell.ratio = table_unpaired_ratio(now, a->now->rounds, then,
                                          a->then.rounds, value_real_ns);
    if (!ARRAY_ROOM(a->cells, a->n_cells))
        return -ENOMEM;
    a->cells[a->n_cells++] = cell;
    if (!estimate_has_interval(&cell.ratio) || is_wrong(&cell))
        return 0;
    a->not_separated += estimate_spans(&cell.ratio, 1);
    a->slower += cell.ratio.low > 1;
    a->faster += cell.ratio.high < 1;
    return 0;
}

/* Those of this run in its order, then those of the earlier run only. */
static int add_cells(struct against *a)
{
    int error = 0;

    for (size_t i = 0; i < a->now->n && !error; i++) {
        const struct entry *now = &a->now->entries[i];

        if (!now->twin)
            error = add_cell(a, now, table_entry_of(&a->then, now->first));
    }
    for (size_t i = 0; i < a->then.n && !error; i++) {
        const struct entry *then = &a->then.entries[i];

        if (!then->twin && !table_entry_of(a->now, then->first))
            error = add_cell(a, NULL, then);
    }
    return error;
}

int against_make(const struct results *now, const struct recording *then,
                 const char *name, struct against *ret)
{
    int error;

    *ret = (struct against){.name = name, .recording = then, .now = now->table};
    error = table_build(&ret->then, then->samples, then->n);
    if (!error)
        error = add_differences(ret, now->recording);
    return error ? error : add_cells(ret);
}

void against_finish(struct against *a)
{
    free(a->cells);
    free(a->differences);
    table_finish(&a->then);
    *a = (struct against){0};
}

const char *against_word(const struct against_cell *c)
{
    if (c->why[0])
        return c->why;
    if (is_wrong(c))
        return "wrong results";
    if (!estimate_has_interval(&c->ratio))
        return "no interval";
    if (estimate_spans(&c->ratio, 1))
        return "not significant";
    return c->ratio.median > 1 ? "slower" : "faster";
}

static json_t *json_of_cell(const struct against_cell *c)
{
    const struct entry *e = c->now ? c->now : c->then;
    json_t *cell = json_object();
    char name[CELL_NAME_SIZE];

    sample_cell_name(e->first, name, sizeof(name));
    json_set_text(cell, "cell", name);
    json_set_text(cell, "workload", e->workload);
    json_set_text(cell, "model", e->model);
    json_set_text(cell, "parameters", e->parameters);
    json_set_u64(cell, "rounds_now", c->now ? c->now->measured : 0);
    json_set_u64(cell, "rounds_earlier", c->then ? c->then->measured : 0);
    json_set_text(cell, "result", against_word(c));
    if (!c->why[0])
        json_object_set_new(cell, "ratio", json_real(c->ratio.median));
    if (estimate_has_interval(&c->ratio))
        json_object_update_new(
            cell, json_pack("{s:f, s:f, s:f}", "low", c->ratio.low, "high",
                            c->ratio.high, "coverage", c->ratio.coverage));
    return cell;
}

static json_t *json_of_difference(const struct against_difference *d)
{
    json_t *difference = json_object();

    json_set_text(difference, "about", d->about);
    json_set_text(difference, "key", d->key);
    json_set_text(difference, "earlier", d->then);
    json_set_text(difference, "now", d->now);
    return difference;
}

json_t *against_json(const struct against *a)
{
    json_t *cells = json_array(), *differences = json_array();
    json_t *root = json_object();

    for (size_t i = 0; i < a->n_differences; i++)
        json_array_append_new(differences,
                              json_of_difference(&a->differences[i]));
    for (size_t i = 0; i < a->n_cells; i++)
        json_array_append_new(cells, json_of_cell(&a->cells[i]));
    json_set_text(root, "earlier", a->name);
    json_object_set_new(root, "paired", json_false());
    json_set_text(root, "method", prose_find("unpaired"));
    json_set_u64(root, "slower", a->slower);
    json_set_u64(root, "faster", a->faster);
    json_set_u64(root, "not_separated", a->not_separated);
    json_object_set_new(root, "differences", differences);
    json_object_set_new(root, "cells", cells);
    return root;
}
