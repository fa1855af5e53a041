/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Google Benchmark's JSON and Bencher's: a row for each cell. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/clean.h"
#include "harness/results/format_parts.h"
#include "harness/results/json.h"
#include "harness/results/names.h"

/*
 * The name by which a history knows the cell, so the side is not in it.  What
 * another program gave as a name may be no text.
 */
static void name_of(const struct sample *s, const char *suffix, char *out,
                    size_t size)
{
    char name[CELL_NAME_SIZE];
    size_t len;

    sample_cell_name(s, name, sizeof(name));
    clean_text(name, false, out, size);
    len = strlen(out);
    if (s->trial) {
        snprintf(out + len, size - len, "/trial:%" PRIu32, s->trial);
        len = strlen(out);
    }
    snprintf(out + len, size - len, "%s", suffix);
}

static uint64_t count_iterations(const struct group *g)
{
    uint64_t all = 0;

    for (size_t i = 0; i < g->n; i++)
        all += sample_iterations(g->right[i]);
    return all;
}

/* As Google Benchmark's reporter has it, and then what it does not know. */
static json_t *google_row(const struct group *g, size_t index)
{
    struct estimate real, cpu;
    char name[CELL_NAME_SIZE + 32];
    json_t *row = json_object();

    if (!row || group_estimate(g, sample_real_ns, &real) ||
        group_estimate(g, sample_cpu_ns, &cpu)) {
        json_decref(row);
        return NULL;
    }
    /* Readers take a time for one of the wall clock by this suffix. */
    name_of(g->first, "/real_time", name, sizeof(name));
    json_object_set_new(row, "name", json_string(name));
    json_set_u64(row, "family_index", index);
    json_set_u64(row, "per_family_instance_index", 0);
    json_object_set_new(row, "run_name", json_string(name));
    json_object_set_new(row, "run_type", json_string("iteration"));
    json_set_u64(row, "repetitions", 1);
    json_set_u64(row, "repetition_index", 0);
    json_set_u64(row, "threads", 1);
    json_set_u64(row, "iterations", count_iterations(g));
    json_object_set_new(row, "real_time", json_real(real.median));
    json_object_set_new(row, "cpu_time", json_real(cpu.median));
    json_object_set_new(row, "time_unit", json_string("ns"));
    json_set_u64(row, "baton_samples", g->n);
    if (estimate_has_interval(&real)) {
        json_object_set_new(row, "baton_real_time_low", json_real(real.low));
        json_object_set_new(row, "baton_real_time_high", json_real(real.high));
    }
    return row;
}

/* What a reader insists on; the machine is described where it is known. */
static json_t *google_context(const struct recording *r)
{
    static const struct {
        const char *ours, *google;
    } keys[] = {{"date", "date"},
                {"cpus_online", "num_cpus"},
                {"cpu", "baton_cpu"},
                {"kernel", "baton_kernel"},
                {"command", "baton_command"},
                {"seed", "baton_seed"}};
    json_t *context = json_object();
    char text[1024], clean[1024];

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        recording_key(r, keys[i].ours, text, sizeof(text));
        clean_text(text, false, clean, sizeof(clean));
        if (!text[0])
            continue;
        if (strcmp(keys[i].google, "num_cpus") == 0)
            json_set_u64(context, "num_cpus", recording_u64(r, keys[i].ours));
        else
            json_object_set_new(context, keys[i].google, json_string(clean));
    }
    json_object_set_new(context, "executable", json_string("baton"));
    json_object_set_new(context, "caches", json_array());
    return context;
}

static json_t *google(const struct recording *r, const struct groups *groups)
{
    json_t *root = json_object(), *rows = json_array();
    size_t index = 0;
    bool failed = false;

    for (size_t i = 0; i < groups->n && !failed; i++)
        if (group_is_shown(groups->items[i]))
            failed = json_array_append_new(
                rows, google_row(groups->items[i], index++));
    json_object_set_new(root, "context", google_context(r));
    if (json_object_set_new(root, "benchmarks", rows) || failed) {
        json_decref(root);
        return NULL;
    }
    return root;
}

/* lower_value and upper_value are optional, and come together. */
static json_t *bencher_metric(const struct group *g)
{
    struct estimate real;
    json_t *metric = json_object();

    if (!metric || group_estimate(g, sample_real_ns, &real)) {
        json_decref(metric);
        return NULL;
    }
    json_object_set_new(metric, "value", json_real(real.median));
    if (estimate_has_interval(&real)) {
        json_object_set_new(metric, "lower_value", json_real(real.low));
        json_object_set_new(metric, "upper_value", json_real(real.high));
    }
    return json_pack("{so}", "latency", metric);
}

static json_t *bencher(const struct groups *groups)
{
    json_t *root = json_object();

    for (size_t i = 0; i < groups->n; i++) {
        const struct group *g = groups->items[i];
        char name[CELL_NAME_SIZE + 32];

        if (!group_is_shown(g))
            continue;
        name_of(g->first, "", name, sizeof(name));
        if (json_object_set_new(root, name, bencher_metric(g))) {
            json_decref(root);
            return NULL;
        }
    }
    return root;
}

static int print_json(json_t *root, FILE *out)
{
    int error =
        root ? json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15))
             : -1;

    fputc('\n', out);
    json_decref(root);
    return error ? -ENOMEM : 0;
}

int format_gbench_cells(const struct recording *r, const struct groups *groups,
                        FILE *out)
{
    return print_json(google(r, groups), out);
}

int format_bencher(const struct recording *r, const struct groups *groups,
                   FILE *out)
{
    (void)r;
    return print_json(bencher(groups), out);
}
