/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/formats.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/clean.h"
#include "harness/results/names.h"
#include "harness/results/statistics.h"

const char *const format_names[FORMAT_N] = {
    [FORMAT_GBENCH_CELLS] = "gbench-cells",
    [FORMAT_BENCHER] = "bencher",
    [FORMAT_BENCHSTAT] = "benchstat",
    [FORMAT_CSV] = "csv",
};

enum { MAX_NAME = 512 };

bool format_is_of_cells(enum format format)
{
    return format == FORMAT_GBENCH_CELLS || format == FORMAT_BENCHER;
}

bool recording_has_arms(const struct recording *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].arm[0])
            return true;
    return false;
}

/* The samples of one cell; of a check, those of one arm of it. */
struct group {
    const struct sample *first;  /* of any kind */
    const struct sample **right; /* in run order */
    size_t n, wrong, missing;
    const char *why; /* of the first that was wrong or missing */
};

struct groups {
    struct group **items; /* in the order in which they first appear */
    size_t n;
    void *tree; /* of the same, for a self-test has thousands */
};

static int compare(const void *a, const void *b)
{
    const struct sample *x = ((const struct group *)a)->first;
    const struct sample *y = ((const struct group *)b)->first;
    int order = (x->trial > y->trial) - (x->trial < y->trial);

    if (!order)
        order = (x->twin > y->twin) - (x->twin < y->twin);
    if (!order)
        order = strcmp(x->arm, y->arm);
    if (!order)
        order = strcmp(x->model, y->model);
    if (!order)
        order = strcmp(x->workload, y->workload);
    return order ? order : strcmp(x->parameters, y->parameters);
}

static struct group *find(const struct groups *g, const struct sample *s)
{
    struct group like = {.first = s};
    struct group **found = tfind(&like, &g->tree, compare);

    return found ? *found : NULL;
}

static struct group *add_group(struct groups *g, const struct sample *s)
{
    struct group **grown = realloc(g->items, (g->n + 1) * sizeof(*grown));
    struct group *group = calloc(1, sizeof(*group));

    if (grown)
        g->items = grown;
    if (group)
        *group = (struct group){.first = s, .why = ""};
    if (!grown || !group || !tsearch(group, &g->tree, compare)) {
        free(group);
        return NULL;
    }
    g->items[g->n++] = group;
    return group;
}

static bool is_right(const struct sample *s)
{
    return s->round > 0 && s->status == STATUS_OK && s->iterations > s->extra &&
           isfinite(s->real_ns) && s->real_ns > 0 && isfinite(s->cpu_ns);
}

static int add_sample(struct group *g, const struct sample *s)
{
    if (s->round == 0)
        return 0;
    if (is_right(s)) {
        const struct sample **grown =
            realloc(g->right, (g->n + 1) * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        g->right = grown;
        g->right[g->n++] = s;
        return 0;
    }
    if (!g->why[0])
        g->why = s->text;
    if (s->status == STATUS_WRONG)
        g->wrong++;
    else
        g->missing++;
    return 0;
}

static int collect(struct groups *g, const struct recording *r, const char *arm,
                   bool of_cells)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];
        struct group *group;

        /* A twin is its cell once more. */
        if ((arm && strcmp(s->arm, arm) != 0) || (of_cells && s->twin))
            continue;
        group = find(g, s);
        if (!group)
            group = add_group(g, s);
        if (!group || add_sample(group, s))
            return -ENOMEM;
    }
    return 0;
}

static void keep(void *group)
{
    (void)group;
}

static void groups_finish(struct groups *g)
{
    tdestroy(g->tree, keep);
    for (size_t i = 0; i < g->n; i++) {
        free(g->items[i]->right);
        free(g->items[i]);
    }
    free(g->items);
}

static bool is_shown(const struct group *g)
{
    return g->n > 0 && g->wrong == 0;
}

static void print_left_out(const struct groups *groups, FILE *out)
{
    for (size_t i = 0; i < groups->n; i++) {
        const struct group *g = groups->items[i];
        const struct sample *s = g->first;
        size_t all = g->n + g->wrong + g->missing;
        char name[MAX_NAME], why[sizeof(s->text)];

        if (!g->wrong && !g->missing)
            continue;
        sample_cell_name(s, name, sizeof(name));
        fprintf(out, "%s%s%s%s: ", name, s->twin ? " (twin)" : "",
                s->arm[0] ? " of " : "", s->arm);
        if (g->wrong)
            fprintf(out, "left out, for it was wrong in %zu of %zu samples",
                    g->wrong, all);
        else
            fprintf(out, "%zu of %zu samples measured nothing", g->missing,
                    all);
        clean_text(g->why, false, why, sizeof(why));
        fprintf(out, "%s%s\n", why[0] ? ": " : "", why);
    }
}

/*
 * Where a self-test has injected iterations, a time is that of the others with
 * what was injected, as the check itself has it.
 */
static double per_iteration(const struct sample *s, double value)
{
    return value * (double)s->iterations / (double)(s->iterations - s->extra);
}

static double real_of(const struct sample *s)
{
    return per_iteration(s, s->real_ns);
}

static double cpu_of(const struct sample *s)
{
    return per_iteration(s, s->cpu_ns);
}

static int estimate(const struct group *g,
                    double (*value)(const struct sample *),
                    struct estimate *ret)
{
    double *values = calloc(g->n, sizeof(*values));

    if (!values)
        return -ENOMEM;
    for (size_t i = 0; i < g->n; i++)
        values[i] = value(g->right[i]);
    *ret = estimate_median(values, g->n);
    free(values);
    return 0;
}

static uint64_t count_iterations(const struct group *g)
{
    uint64_t all = 0;

    for (size_t i = 0; i < g->n; i++)
        all += g->right[i]->iterations - g->right[i]->extra;
    return all;
}

/* JSON. */

/*
 * The name by which a history knows the cell, so the arm is not in it.  What
 * another program gave as a name may be no text.
 */
static void name_of(const struct sample *s, const char *suffix, char *out,
                    size_t size)
{
    char name[MAX_NAME];
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

static void set_integer(json_t *row, const char *key, uint64_t value)
{
    json_object_set_new(row, key, json_integer((json_int_t)value));
}

/* As Google Benchmark's reporter has it, and then what it does not know. */
static json_t *google_row(const struct group *g, size_t index)
{
    struct estimate real, cpu;
    char name[MAX_NAME + 32];
    json_t *row = json_object();

    if (!row || estimate(g, real_of, &real) || estimate(g, cpu_of, &cpu)) {
        json_decref(row);
        return NULL;
    }
    /* Readers take a time for one of the wall clock by this suffix. */
    name_of(g->first, "/real_time", name, sizeof(name));
    json_object_set_new(row, "name", json_string(name));
    set_integer(row, "family_index", index);
    set_integer(row, "per_family_instance_index", 0);
    json_object_set_new(row, "run_name", json_string(name));
    json_object_set_new(row, "run_type", json_string("iteration"));
    set_integer(row, "repetitions", 1);
    set_integer(row, "repetition_index", 0);
    set_integer(row, "threads", 1);
    set_integer(row, "iterations", count_iterations(g));
    json_object_set_new(row, "real_time", json_real(real.median));
    json_object_set_new(row, "cpu_time", json_real(cpu.median));
    json_object_set_new(row, "time_unit", json_string("ns"));
    set_integer(row, "baton_samples", g->n);
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
            set_integer(context, "num_cpus", strtoull(text, NULL, 10));
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
        if (is_shown(groups->items[i]))
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

    if (!metric || estimate(g, real_of, &real)) {
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
        char name[MAX_NAME + 32];

        if (!is_shown(g))
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

/* Go's benchmark text. */

/* Which CPUs the samples could run on: what GOMAXPROCS is in a name. */
static unsigned count_cpus(const struct recording *r)
{
    char text[256], *rest = text, *item;
    unsigned long n = 0, first, last;

    recording_key(r, "pin", text, sizeof(text));
    if (!text[0])
        recording_key(r, "cpus_allowed", text, sizeof(text));
    while ((item = strsep(&rest, ","))) {
        if (!isdigit((unsigned char)item[0]))
            continue;
        first = strtoul(item, &item, 10);
        last = *item == '-' ? strtoul(item + 1, NULL, 10) : first;
        if (last >= first && last - first < 65536)
            n += last - first + 1;
    }
    return n ? (unsigned)n : 1;
}

/* "Linux 6.1.0 x86_64" in Go's words. */
static void print_system(const struct recording *r, FILE *out)
{
    static const char *const known[][2] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"i686", "386"}};
    char kernel[256], cpu[256];
    const char *machine;

    recording_key(r, "kernel", kernel, sizeof(kernel));
    recording_key(r, "cpu", cpu, sizeof(cpu));
    machine = strrchr(kernel, ' ');
    machine = machine ? machine + 1 : "";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(machine, known[i][0]) == 0)
            machine = known[i][1];
    if (strncmp(kernel, "Linux ", 6) == 0)
        fputs("goos: linux\n", out);
    if (machine[0])
        fprintf(out, "goarch: %s\n", machine);
    fputs("pkg: baton\n", out);
    if (cpu[0])
        fprintf(out, "cpu: %s\n",
                clean_text(cpu, true, kernel, sizeof(kernel)));
}

/* "counter-split" as "CounterSplit". */
static void print_base(const char *workload, FILE *out)
{
    bool start = true;

    for (; *workload; workload++) {
        if (*workload != '-')
            fputc(start ? toupper((unsigned char)*workload) : *workload, out);
        start = *workload == '-';
    }
}

/* What would end the name, or this part of it, becomes '_'. */
static void print_value(const char *text, FILE *out)
{
    char clean[256];

    clean_text(text, true, clean, sizeof(clean));
    for (const char *at = clean; *at; at++)
        fputc(*at == ' ' || *at == '/' ? '_' : *at, out);
}

/*
 * All parameters are in it, so that each is a key for -col and -row.  So is
 * the number behind the dash, even of one CPU: without it, a name that ends
 * in one would be taken for another number of CPUs.
 */
static void print_name(const struct sample *s, unsigned cpus, FILE *out)
{
    char parameters[sizeof(s->parameters)], *rest = parameters, *item;

    fputs("Benchmark", out);
    print_base(s->workload, out);
    fputs("/model=", out);
    print_value(s->model, out);
    strcpy(parameters, s->parameters);
    while ((item = strsep(&rest, ",")) && *item) {
        fputc('/', out);
        print_value(item, out);
    }
    if (s->arm[0]) {
        fputs("/arm=", out);
        print_value(s->arm, out);
    }
    if (s->twin)
        fputs("/twin=yes", out);
    if (s->trial)
        fprintf(out, "/trial=%" PRIu32, s->trial);
    fprintf(out, "-%u", cpus);
}

/*
 * Of the lines "key: value" only those that `go test` writes too, for files
 * that differ in any of them are not compared.
 */
static void print_go(const struct recording *r, const struct groups *groups,
                     FILE *out)
{
    unsigned cpus = count_cpus(r);

    print_system(r, out);
    fputs("Unit ns/op better=lower\n"
          "Unit cpu-ns/op better=lower\n"
          "Unit vol-switches/op better=lower\n\n",
          out);
    for (size_t i = 0; i < groups->n; i++) {
        const struct group *g = groups->items[i];

        for (size_t j = 0; j < g->n && is_shown(g); j++) {
            const struct sample *s = g->right[j];

            print_name(s, cpus, out);
            fprintf(out,
                    "\t%" PRIu64 "\t%.15g ns/op\t%.15g cpu-ns/op\t%.15g "
                    "vol-switches/op\n",
                    s->iterations - s->extra, real_of(s), cpu_of(s),
                    (double)s->voluntary / (double)(s->iterations - s->extra));
        }
    }
}

/* RFC 4180. */

static bool is_last(const struct column *c)
{
    return strcmp(c->name, "parameters") == 0 || strcmp(c->name, "text") == 0;
}

static void print_field(const char *text, bool quoted, FILE *out)
{
    if (!quoted && !strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* `fields` are in the order of sample_columns; NULL: their names. */
static void print_record(char *const fields[], FILE *out)
{
    bool more = false;

    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < n_sample_columns; i++) {
            if (is_last(&sample_columns[i]) != last)
                continue;
            if (more)
                fputc(',', out);
            print_field(fields ? fields[i] : sample_columns[i].name,
                        fields && last, out);
            more = true;
        }
    fputs("\r\n", out);
}

static int print_csv(const struct recording *r, const struct groups *groups,
                     FILE *out)
{
    print_record(NULL, out);
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];
        const struct group *g = is_right(s) ? find(groups, s) : NULL;
        char line[4096], *rest = line, *fields[MAX_COLUMNS];
        int len;

        if (!g || !is_shown(g))
            continue;
        len = sample_format(s, line, sizeof(line));
        if (len < 0)
            return len;
        line[len - 1] = '\0';
        for (size_t k = 0; k < n_sample_columns; k++)
            fields[k] = strsep(&rest, "\t");
        print_record(fields, out);
    }
    return 0;
}

/* The whole. */

static int print(enum format format, const struct recording *r,
                 const struct groups *groups, FILE *out)
{
    switch (format) {
    case FORMAT_GBENCH_CELLS:
        return print_json(google(r, groups), out);
    case FORMAT_BENCHER:
        return print_json(bencher(groups), out);
    case FORMAT_BENCHSTAT:
        print_go(r, groups, out);
        return 0;
    default:
        return print_csv(r, groups, out);
    }
}

static int print_all(enum format format, const struct recording *r,
                     const struct groups *groups, struct formatted *f)
{
    size_t size;
    FILE *out = open_memstream(&f->left_out, &size);
    int error;

    if (!out)
        return -ENOMEM;
    print_left_out(groups, out);
    error = fclose(out) ? -ENOMEM : 0;
    for (size_t i = 0; i < groups->n; i++)
        if (is_shown(groups->items[i]))
            f->rows += format_is_of_cells(format) ? 1 : groups->items[i]->n;
    if (error || f->rows == 0)
        return error;
    out = open_memstream(&f->text, &size);
    if (!out)
        return -ENOMEM;
    error = print(format, r, groups, out);
    return fclose(out) && !error ? -ENOMEM : error;
}

int format_recording(enum format format, const struct recording *r,
                     const char *arm, struct formatted *ret)
{
    bool of_cells = format_is_of_cells(format);
    struct formatted f = {0};
    struct groups groups = {0};
    int error;

    if (!arm && of_cells && recording_has_arms(r))
        arm = "cand";
    error = collect(&groups, r, arm, of_cells);
    if (!error)
        error = print_all(format, r, &groups, &f);
    groups_finish(&groups);
    if (error)
        formatted_finish(&f);
    else
        *ret = f;
    return error;
}

void formatted_finish(struct formatted *f)
{
    free(f->text);
    free(f->left_out);
    *f = (struct formatted){0};
}
