/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Google Benchmark's JSON, with samples or cells as rows, and Bencher's. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/clean.h"
#include "harness/results/format_parts.h"
#include "harness/results/formats.h"
#include "harness/results/json.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

enum {
    NAME_SIZE = CELL_NAME_SIZE + 64,
    LAYOUT = JSON_INDENT(2) | JSON_REAL_PRECISION(15)
};

/* The suffix by which readers of the format know a wall-clock time. */
static const char real_time[] = "/real_time";

/*
 * The name by which a history knows the cell.  What another program gave as a
 * name may be no text.
 */
static void name_of(const struct sample *s, const char *suffix, char *out)
{
    char name[CELL_NAME_SIZE], trial[24] = "";

    sample_cell_name(s, name, sizeof(name));
    if (s->trial)
        snprintf(trial, sizeof(trial), "/trial:%" PRIu32, s->trial);
    clean_text(name, false, out, CELL_NAME_SIZE);
    strcat(strcat(out, trial), suffix);
}

/* JSON has no infinity and no NaN; jansson refuses them. */
static double finite_of(double value)
{
    return isfinite(value) ? value : 0;
}

/* As Google Benchmark's reporter writes it; members of our own follow. */
static json_t *google_row(const char *name, size_t family, unsigned repetitions,
                          unsigned repetition, uint64_t iterations,
                          double real_ns, double cpu_ns)
{
    return json_pack(
        "{s:s, s:I, s:i, s:s, s:s, s:I, s:I, s:i, s:I, s:f, s:f, s:s}", "name",
        name, "family_index", (json_int_t)family, "per_family_instance_index",
        0, "run_name", name, "run_type", "iteration", "repetitions",
        (json_int_t)repetitions, "repetition_index", (json_int_t)repetition,
        "threads", 1, "iterations", (json_int_t)iterations, "real_time",
        finite_of(real_ns), "cpu_time", finite_of(cpu_ns), "time_unit", "ns");
}

/* A row for each sample. */

static bool is_row(const struct sample *s)
{
    return s->round > 0 && s->iterations > 0 &&
           (s->status == STATUS_OK || s->status == STATUS_WRONG);
}

static void add_parameters(json_t *row, const struct sample *s)
{
    const char *list = s->parameters;
    struct item item;
    uint64_t value;

    if (strcmp(s->workload, SAMPLE_COMMAND) == 0) {
        json_set_text(row, "arguments", s->parameters);
        return;
    }
    while (text_next(&list, ',', &item)) {
        char key[sizeof(s->parameters)];

        if (item_u64(&item, &value))
            continue;
        snprintf(key, sizeof(key), "%.*s", (int)item.key_len, item.key);
        json_set_u64(row, key, value);
    }
}

/*
 * Of the kind; percentiles of whole items are of many samples, and stand in the
 * findings.
 */
static void add_metrics(json_t *row, const struct sample *s)
{
    const struct workload *w = workload_find(s->workload);
    struct sample copy = *s;
    const double *values = w ? sample_metrics(&copy, w->kind) : NULL;

    for (size_t i = 0; w && i < w->kind->n_metrics; i++)
        if ((!w->kind->metrics[i].permille || w->kind->metrics[i].noticed) &&
            values[i] > 0)
            json_object_set_new(row, w->kind->metrics[i].name,
                                json_real(finite_of(values[i])));
}

static json_t *row_of(const struct sample *s, const struct entry *e,
                      size_t index, unsigned *repetition)
{
    char name[NAME_SIZE], suffix[48];
    json_t *row;

    /* Filters use it, so that the sides of a check are not mixed. */
    snprintf(suffix, sizeof(suffix), "%s%s%s%s", s->twin ? "/twin" : "",
             s->side[0] ? "/arm:" : "", s->side, real_time);
    name_of(s, suffix, name);
    row = google_row(name, index, e->measured, (*repetition)++, s->iterations,
                     s->real_ns, s->cpu_ns);
    json_object_set_new(
        row, "items_per_second",
        json_real(finite_of((double)s->items * 1e9 / s->real_ns)));
    json_set_text(row, "workload", s->workload);
    json_set_text(row, "model", s->model);
    add_parameters(row, s);
    json_set_u64(row, "lost_updates", s->lost_updates);
    json_set_u64(row, "wrong_iterations", s->wrong_iterations);
    json_set_u64(row, "context_switches_voluntary", s->voluntary);
    json_set_u64(row, "context_switches_involuntary", s->involuntary);
    json_set_u64(row, "peak_rss_bytes", s->peak_rss_bytes);
    json_set_u64(row, "errors", s->errors);
    add_metrics(row, s);
    json_set_u64(row, "round", s->round);
    return row;
}

static json_t *rows_of(const struct recording *r, const struct table *t)
{
    unsigned *repetitions = calloc(t->n + 1, sizeof(*repetitions));
    json_t *rows = repetitions ? json_array() : NULL;

    for (size_t i = 0; rows && i < r->n; i++) {
        const struct sample *s = &r->samples[i];
        const struct entry *e = table_entry_of(t, s);
        size_t index = (size_t)(e - t->entries);

        if (is_row(s))
            json_array_append_new(rows,
                                  row_of(s, e, index, &repetitions[index]));
    }
    free(repetitions);
    return rows;
}

/*
 * Own keys have a prefix, and the library's stay as they are.  Those that
 * stand in several lines, as gaps do, are joined.
 */
static void add_header(json_t *context, const struct recording *r)
{
    struct item item;

    for (const char *at = NULL; recording_next(r, &at, &item);) {
        const char *before;
        char key[96];

        if (!item.value)
            continue;
        snprintf(key, sizeof(key), "baton_%.*s", (int)item.key_len, item.key);
        before = json_string_value(json_object_get(context, key));
        json_object_set_new(context, key,
                            json_sprintf("%s%s%.*s", before ? before : "",
                                         before ? "; " : "",
                                         (int)item.value_len, item.value));
    }
}

/* Of what schema 1 recorded, readers know the CPUs of the machine. */
static void set_cpus(json_t *context, const struct recording *r)
{
    uint64_t cpus = recording_u64(r, "schema") > 1
                        ? format_cpus(r)
                        : recording_u64(r, "cpus_online");

    if (cpus)
        json_set_u64(context, "num_cpus", cpus);
}

static json_t *context_of(const struct recording *r, const char *text)
{
    json_t *context = json_loads(text ? text : "{}", 0, NULL);
    uint64_t dropped = 0;
    char early[128];

    if (!json_is_object(context)) {
        json_decref(context);
        return NULL;
    }
    /* Readers of the format require it. */
    if (!json_object_get(context, "caches"))
        json_object_set_new(context, "caches", json_array());
    for (size_t i = 0; i < r->n; i++)
        dropped += r->samples[i].round > 0 && !is_row(&r->samples[i]);
    json_set_u64(context, "dropped_samples", dropped);
    if (recording_ended_early(r, early, sizeof(early)))
        json_set_text(context, "baton_ended_early", early);
    set_cpus(context, r);
    add_header(context, r);
    return context;
}

char *export_benchmark_json(const struct recording *r, const char *context,
                            json_t *findings)
{
    json_t *root = NULL, *about = context_of(r, context);
    struct table table = {0};

    if (about && table_build(&table, r->samples, r->n) == 0)
        root = json_pack("{s:O, s:o}", "context", about, "benchmarks",
                         rows_of(r, &table));
    if (root && findings)
        json_object_set(root, "findings", findings);
    table_finish(&table);
    json_decref(about);
    json_decref(findings);
    return json_line(root, LAYOUT);
}

/* A row for each cell. */

static uint64_t count_iterations(const struct entry *e)
{
    uint64_t all = 0;

    for (size_t i = 0; i < e->n_right; i++)
        all += sample_iterations(e->right[i]);
    return all;
}

/* Low and high come together, or not at all. */
static void add_interval(json_t *to, const struct estimate *e, const char *low,
                         const char *high)
{
    if (estimate_has_interval(e))
        json_object_update_new(
            to, json_pack("{sf sf}", low, e->low, high, e->high));
}

static json_t *cell_row(const struct entry *e, size_t index)
{
    struct estimate real = table_estimate_right(e, value_real_ns);
    struct estimate cpu = table_estimate_right(e, value_cpu_ns);
    char name[NAME_SIZE];
    json_t *row;

    name_of(e->first, real_time, name);
    row = google_row(name, index, 1, 0, count_iterations(e), real.median,
                     cpu.median);
    json_set_u64(row, "baton_samples", e->n_right);
    add_interval(row, &real, "baton_real_time_low", "baton_real_time_high");
    return row;
}

/* Members that readers require; the machine is described if it is known. */
static json_t *cells_context(const struct recording *r)
{
    static const struct {
        const char *ours, *google;
    } keys[] = {{"date", "date"},
                {"cpu", "baton_cpu"},
                {"kernel", "baton_kernel"},
                {"command", "baton_command"},
                {"seed", "baton_seed"}};
    json_t *context = json_object();
    char text[1024];

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        recording_key(r, keys[i].ours, text, sizeof(text));
        if (text[0])
            json_set_text(context, keys[i].google, text);
    }
    set_cpus(context, r);
    if (recording_ended_early(r, text, sizeof(text)))
        json_set_text(context, "baton_ended_early", text);
    json_object_set_new(context, "executable", json_string("baton"));
    json_object_set_new(context, "caches", json_array());
    return context;
}

static int print_json(json_t *root, FILE *out)
{
    char *text = json_line(root, LAYOUT);
    int error = text ? 0 : -ENOMEM;

    fputs(text ? text : "", out);
    free(text);
    return error;
}

int format_gbench_cells(const struct selection *s, FILE *out)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < s->table.n; i++)
        if (selection_shows(s, &s->table.entries[i]))
            json_array_append_new(
                rows, cell_row(&s->table.entries[i], json_array_size(rows)));
    return print_json(json_pack("{s:o, s:o}", "context",
                                cells_context(s->recording), "benchmarks",
                                rows),
                      out);
}

int format_bencher(const struct selection *s, FILE *out)
{
    json_t *root = json_object();

    for (size_t i = 0; i < s->table.n; i++) {
        const struct entry *e = &s->table.entries[i];
        struct estimate real;
        char name[NAME_SIZE];
        json_t *metric;

        if (!selection_shows(s, e))
            continue;
        real = table_estimate_right(e, value_real_ns);
        metric = json_pack("{s:f}", "value", real.median);
        add_interval(metric, &real, "lower_value", "upper_value");
        name_of(e->first, "", name);
        json_object_set_new(root, name, json_pack("{s:o}", "latency", metric));
    }
    return print_json(root, out);
}
