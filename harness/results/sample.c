/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/sample.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/clean.h"
#include "harness/results/histogram.h"
#include "harness/results/text.h"

static const char *const status_names[STATUS_N] = {
    [STATUS_OK] = "ok",         [STATUS_WRONG] = "wrong",
    [STATUS_FAILED] = "failed", [STATUS_CRASHED] = "crashed",
    [STATUS_HUNG] = "hung",     [STATUS_DISTURBED] = "disturbed",
};

static const struct {
    enum audit bit;
    const char *name;
} audits[] = {
    {AUDIT_OVERLAPPING, "overlapping"},
    {AUDIT_SERIALISED, "serialised"},
    {AUDIT_ORIGIN_BOUND, "origin-bound"},
};
enum { N_AUDITS = sizeof(audits) / sizeof(audits[0]) };

const char *const side_names[SIDE_N] = {
    [SIDE_BASE] = "base", [SIDE_CAND] = "cand", [SIDE_COPY] = "copy"};

int side_find(const char *name)
{
    return text_index(side_names, SIDE_N, name);
}

static const char metric[] = "metric.";

const char *status_name(enum status status)
{
    return (unsigned)status < STATUS_N ? status_names[status] : "unknown";
}

#define AT(member) COLUMN_AT(struct sample, member)
/* A column of every file, one that is new or was renamed, and a metric. */
#define NEEDED(member, column_type)                                            \
    {                                                                          \
        .name = #member, .old = #member, .type = COLUMN_##column_type,         \
        AT(member), .needed = true                                             \
    }
#define COLUMN(member, column_name, old_name, column_type)                     \
    {                                                                          \
        .name = column_name, .old = old_name, .type = COLUMN_##column_type,    \
        AT(member)                                                             \
    }
#define METRIC(member, column_type)                                            \
    COLUMN(member, "metric." #member, #member, column_type)

static const struct column fixed[] = {
    COLUMN(host, "host", NULL, TEXT),
    COLUMN(part, "part", NULL, U32),
    NEEDED(workload, TEXT),
    NEEDED(model, TEXT),
    NEEDED(parameters, TEXT),
    COLUMN(side, "side", "arm", TEXT),
    COLUMN(cell, "cell", "cell", U32),
    COLUMN(stage, "stage", "stage", U32),
    COLUMN(trial, "trial", "trial", U32),
    COLUMN(twin, "aa", "twin", U32),
    NEEDED(round, U32),
    NEEDED(slot, U32),
    COLUMN(most_rounds, "most_rounds", "most_rounds", U32),
    NEEDED(status, STATUS),
    COLUMN(audit, "audit", "labels", AUDIT),
    NEEDED(text, TEXT),
    NEEDED(start_ns, U64),
    NEEDED(wall_ns, U64),
    NEEDED(inside_ns, U64),
    NEEDED(iterations, U64),
    COLUMN(extra, "extra", "extra", U64),
    NEEDED(items, U64),
    NEEDED(real_ns, REAL),
    NEEDED(cpu_ns, REAL),
    NEEDED(clock_ns, REAL),
    NEEDED(steal_ticks, U64),
    NEEDED(load1, REAL),
    METRIC(inner_ns, REAL),
    METRIC(wrong_iterations, U64),
    METRIC(broken_iterations, U64),
    METRIC(lost_updates, U64),
    METRIC(errors, U64),
    COLUMN(tally.begun, "metric.begun", "begun", U64),
    COLUMN(tally.by[OUTCOME_OK], "metric.succeeded", "succeeded", U64),
    COLUMN(tally.cancelled, "metric.cancelled", "cancelled", U64),
    {.name = "metric.outcomes", /* those that did not succeed */
     .old = "classes",
     .type = COLUMN_OUTCOMES,
     .offset = offsetof(struct sample, tally.by[OUTCOME_OK + 1]),
     .size = sizeof(uint64_t) * (OUTCOME_N - 1)},
    METRIC(voluntary, U64),
    METRIC(involuntary, U64),
    METRIC(peak_rss_bytes, U64),
    METRIC(children_bytes, U64),
    METRIC(threads_peak, U64),
    METRIC(fds_peak, U64),
    METRIC(peak, U64),
    METRIC(origin_peak, U64),
    METRIC(origin_requests, U64),
    METRIC(origin_delay_us, U64),
    METRIC(origin_cpu_ns, U64),
    METRIC(threads_left, U64),
    METRIC(fds_left, U64),
    METRIC(children_left, U64),
    METRIC(heap_left_bytes, U64),
    METRIC(latency_histogram, HISTOGRAM),
    METRIC(first_byte_histogram, HISTOGRAM),
    METRIC(heap_growth_bytes, REAL),
    METRIC(late_ns, U64),
    METRIC(cpu_wait_ns, U64),
    METRIC(sink_cpu_ns, REAL),
    METRIC(own_ns, REAL),
    METRIC(stopped_cpu_ns, U64),
    METRIC(repeats, U64),
    COLUMN(variant, "metric.variant", NULL, U32),
};
enum { FIXED = sizeof(fixed) / sizeof(fixed[0]) };

struct column sample_columns[FIXED + MAX_METRICS];
size_t n_sample_columns;

/* Each kind's metrics have places of their own behind the fixed columns. */
__attribute__((constructor)) static void add_metrics(void)
{
    static char names[MAX_METRICS][32];
    size_t n = 0;

    memcpy(sample_columns, fixed, sizeof(fixed));
    for (size_t i = 0; i < n_kinds; i++)
        for (size_t j = 0; j < kind_list[i]->n_metrics; j++, n++) {
            assert(n < MAX_METRICS);
            snprintf(names[n], sizeof(names[n]), "%s%s", metric,
                     kind_list[i]->metrics[j].name);
            sample_columns[FIXED + n] = (struct column){
                .name = names[n],
                .type = COLUMN_REAL,
                .offset = offsetof(struct sample, metrics) + n * sizeof(double),
                .size = sizeof(double),
            };
        }
    n_sample_columns = FIXED + n;
}

void sample_clean(struct sample *s)
{
    for (size_t i = 0; i < n_sample_columns; i++)
        if (sample_columns[i].type == COLUMN_TEXT)
            clean_line((char *)s + sample_columns[i].offset);
}

double *sample_metrics(struct sample *s, const struct kind *kind)
{
    double *at = s->metrics;

    for (size_t i = 0; kind_list[i] != kind; i++)
        at += kind_list[i]->n_metrics;
    return at;
}

const char *column_key(const struct column *c)
{
    size_t len = strlen(metric);

    return c->name + (strncmp(c->name, metric, len) == 0 ? len : 0);
}

const struct column *sample_column(const char *name)
{
    for (size_t i = 0; i < n_sample_columns; i++) {
        const struct column *c = &sample_columns[i];

        if (strcmp(c->name, name) == 0 || strcmp(column_key(c), name) == 0 ||
            (c->old && strcmp(c->old, name) == 0))
            return c;
    }
    return NULL;
}

/* Lists of words: the audit's, and how often each outcome was. */

static int format_audit(uint32_t audit, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < N_AUDITS; i++)
        if (audit & audits[i].bit)
            text_add(out, size, "%s%s", *out ? " " : "", audits[i].name);
    return (int)strlen(out);
}

/* `by` begins behind OUTCOME_OK. */
static int format_outcomes(const uint64_t by[], char *out, size_t size)
{
    out[0] = '\0';
    for (int i = OUTCOME_OK + 1; i < OUTCOME_N; i++)
        if (by[i - 1])
            text_add(out, size, "%s%s=%" PRIu64, *out ? " " : "",
                     outcome_name((enum outcome)i), by[i - 1]);
    return (int)strlen(out);
}

/* A word that this version does not know is passed over. */
static uint32_t parse_audit(const char *text)
{
    uint32_t audit = 0;
    struct item item;

    while (text_next(&text, ' ', &item))
        for (size_t i = 0; i < N_AUDITS; i++)
            if (item_is(&item, audits[i].name))
                audit |= audits[i].bit;
    return audit;
}

/* OUTCOME_OTHER where this version does not know it. */
static enum outcome outcome_of(const struct item *item)
{
    for (int i = OUTCOME_OK + 1; i < OUTCOME_N; i++)
        if (item_is(item, outcome_name((enum outcome)i)))
            return (enum outcome)i;
    return OUTCOME_OTHER;
}

static void parse_outcomes(const char *text, uint64_t by[])
{
    struct item item;
    uint64_t n;

    memset(by, 0, sizeof(*by) * (OUTCOME_N - 1));
    while (text_next(&text, ' ', &item))
        if (!item_u64(&item, &n))
            by[outcome_of(&item) - 1] += n;
}

static int format_field(const struct column *c, const void *at, char *out,
                        size_t size)
{
    double real;

    switch (c->type) {
    case COLUMN_U32:
        return snprintf(out, size, "%" PRIu32, *(const uint32_t *)at);
    case COLUMN_U64:
        return snprintf(out, size, "%" PRIu64, *(const uint64_t *)at);
    case COLUMN_HEX:
        return snprintf(out, size, "%016" PRIx64, *(const uint64_t *)at);
    case COLUMN_REAL:
        real = *(const double *)at;
        return snprintf(out, size, "%.17g", isfinite(real) ? real : 0);
    case COLUMN_STATUS:
        return snprintf(out, size, "%s", status_name(*(const uint32_t *)at));
    case COLUMN_AUDIT:
        return format_audit(*(const uint32_t *)at, out, size);
    case COLUMN_OUTCOMES:
        return format_outcomes(at, out, size);
    case COLUMN_HISTOGRAM:
        at = *(const char *const *)at ? *(const char *const *)at : "";
        break;
    case COLUMN_TEXT:
        break;
    }
    return snprintf(out, size, "%s", (const char *)at);
}

int columns_format(const struct column columns[], size_t n_columns,
                   const void *from, char *out, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < n_columns; i++) {
        const void *at = (const char *)from + columns[i].offset;
        int n = format_field(&columns[i], at, out + len, size - len);

        if (n < 0 || (size_t)n + 1 >= size - len)
            return -ENOSPC;
        for (char *p = out + len; *p; p++)
            if (*p == '\t' || *p == '\n' || *p == '\r')
                *p = ' ';
        len += (size_t)n;
        out[len++] = i + 1 < n_columns ? '\t' : '\n';
    }
    if (len == size)
        return -ENOSPC;
    out[len] = '\0';
    return (int)len;
}

int sample_format(const struct sample *s, char *out, size_t size)
{
    return columns_format(sample_columns, n_sample_columns, s, out, size);
}

static int parse_status(const char *text, uint32_t *ret)
{
    int status = text_index(status_names, STATUS_N, text);

    if (status < 0)
        return -EINVAL;
    *ret = (uint32_t)status;
    return 0;
}

int column_set(const struct column *c, const char *text, void *to)
{
    void *at = (char *)to + c->offset;

    switch (c->type) {
    case COLUMN_U32:
        return text_u32(text, at);
    case COLUMN_U64:
        return text_u64(text, at);
    case COLUMN_HEX:
        return text_hex(text, at);
    case COLUMN_REAL:
        return text_real(text, at);
    case COLUMN_STATUS:
        return parse_status(text, at);
    case COLUMN_AUDIT:
        *(uint32_t *)at = parse_audit(text);
        return 0;
    case COLUMN_OUTCOMES:
        parse_outcomes(text, at);
        return 0;
    case COLUMN_HISTOGRAM:
        *(const char **)at = histogram_keep_text(text);
        return 0;
    case COLUMN_TEXT:
        break;
    }
    /* Most samples have no text. */
    *(char *)at = '\0';
    return *text ? text_copy(text, at, c->size) : 0;
}

static bool is_complete(const struct layout *l)
{
    for (size_t i = 0, at; i < n_sample_columns; i++) {
        for (at = 0; at < l->n && l->columns[at] != &sample_columns[i];)
            at++;
        if (sample_columns[i].needed && at == l->n)
            return false;
    }
    return true;
}

static size_t count_fields(const char *line)
{
    size_t n = 1;

    for (; *line; line++)
        n += *line == '\t';
    return n;
}

int sample_layout(const char *names, struct layout *ret)
{
    struct layout l = {.columns =
                           calloc(count_fields(names), sizeof(*l.columns))};
    char *copy = strdup(names), *rest = copy, *name;
    int error = copy && l.columns ? 0 : -ENOMEM;

    while (!error && (name = strsep(&rest, "\t")))
        l.columns[l.n++] = sample_column(name);
    free(copy);
    if (!error && !is_complete(&l))
        error = -EINVAL;
    if (error)
        layout_finish(&l);
    else
        *ret = l;
    return error;
}

void layout_finish(struct layout *l)
{
    free(l->columns);
    *l = (struct layout){0};
}

static bool is_possible(const struct sample *s)
{
    bool measured = s->status <= STATUS_WRONG;

    /* A line with more rounds than any run can have is broken. */
    return s->round <= 1000000 && (!measured || s->items) &&
           (!measured || s->round == 0 || s->iterations);
}

int sample_parse(char *line, const struct layout *layout, struct sample *ret)
{
    struct sample sample = {0};

    for (size_t i = 0; i < layout->n; i++) {
        const struct column *c = layout->columns[i];
        const char *field = strsep(&line, "\t");

        if (!field || (c && column_set(c, field, &sample)))
            return -EINVAL;
    }
    if (line || !is_possible(&sample))
        return -EINVAL;
    sample_clean(&sample);
    *ret = sample;
    return 0;
}

int column_number(const struct column *c, const struct sample *s, double *ret)
{
    const void *at = (const char *)s + c->offset;

    if (c->type == COLUMN_U32)
        *ret = *(const uint32_t *)at;
    else if (c->type == COLUMN_U64)
        *ret = (double)*(const uint64_t *)at;
    else if (c->type == COLUMN_REAL)
        *ret = *(const double *)at;
    else
        return -EINVAL;
    return 0;
}
