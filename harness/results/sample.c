/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/sample.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/text.h"

static const char *const status_names[STATUS_N] = {
    [STATUS_OK] = "ok",         [STATUS_WRONG] = "wrong",
    [STATUS_FAILED] = "failed", [STATUS_CRASHED] = "crashed",
    [STATUS_HUNG] = "hung",
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
    for (int i = 0; i < SIDE_N; i++)
        if (strcmp(name, side_names[i]) == 0)
            return i;
    return -1;
}

static const char metric[] = "metric.";

const char *status_name(enum status status)
{
    return (unsigned)status < STATUS_N ? status_names[status] : "unknown";
}

#define AT(member)                                                             \
    .offset = offsetof(struct sample, member),                                 \
    .size = sizeof(((struct sample *)0)->member)
/* A column of every file, one that is new or was renamed, and a metric. */
#define NEEDED(member, column_type, words)                                     \
    {                                                                          \
        .name = #member, .old = #member, .type = column_type, AT(member),      \
        .needed = true, .help = words                                          \
    }
#define COLUMN(member, column_name, old_name, column_type, words)              \
    {                                                                          \
        .name = column_name, .old = old_name, .type = column_type, AT(member), \
        .help = words                                                          \
    }
#define METRIC(member, column_type, words)                                     \
    {                                                                          \
        .name = "metric." #member, .old = #member, .type = column_type,        \
        AT(member), .help = words                                              \
    }

static const struct column fixed[] = {
    COLUMN(host, "host", NULL, COLUMN_TEXT, "which machine measured it"),
    COLUMN(part, "part", NULL, COLUMN_U32, "of the experiment, from 1"),
    NEEDED(workload, COLUMN_TEXT, "what was done"),
    NEEDED(model, COLUMN_TEXT, "how it was run"),
    NEEDED(parameters, COLUMN_TEXT, "name=value, separated by commas"),
    COLUMN(side, "side", "arm", COLUMN_TEXT,
           "of a check: base, cand, or base's copy"),
    COLUMN(cell, "cell", "cell", COLUMN_U32, "of a check: which one, from 0"),
    COLUMN(stage, "stage", "stage", COLUMN_U32,
           "of a check: 1 screens, 2 confirms"),
    COLUMN(trial, "trial", "trial", COLUMN_U32, "of a self-test, from 1"),
    COLUMN(twin, "aa", "twin", COLUMN_U32, "1: the second of an A/A pair"),
    NEEDED(round, COLUMN_U32, "from 1; 0 is the calibration"),
    NEEDED(slot, COLUMN_U32, "place within the round, in run order"),
    COLUMN(most_rounds, "most_rounds", "most_rounds", COLUMN_U32,
           "the last it was to be in; 0: not said"),
    NEEDED(status, COLUMN_STATUS, "ok, wrong, failed, crashed, hung"),
    COLUMN(audit, "audit", "labels", COLUMN_AUDIT,
           "overlapping, serialised, origin-bound"),
    NEEDED(text, COLUMN_TEXT, "what was wrong, in words"),
    NEEDED(start_ns, COLUMN_U64, "since the run began"),
    NEEDED(wall_ns, COLUMN_U64, "from spawning the process to reaping it"),
    NEEDED(inside_ns, COLUMN_U64, "warm-up and timed iterations"),
    NEEDED(iterations, COLUMN_U64, "timed ones"),
    COLUMN(extra, "extra", "extra", COLUMN_U64,
           "injected iterations, of the timed ones"),
    NEEDED(items, COLUMN_U64, "increments or pages in one iteration"),
    NEEDED(real_ns, COLUMN_REAL, "an iteration, by Google Benchmark"),
    NEEDED(cpu_ns, COLUMN_REAL, "CPU of the process tree, an iteration"),
    NEEDED(clock_ns, COLUMN_REAL, "an iteration, by our own clock"),
    NEEDED(steal_ticks, COLUMN_U64, "stolen from the machine meanwhile"),
    NEEDED(load1, COLUMN_REAL, "load average before the sample"),
    METRIC(inner_ns, COLUMN_REAL, "gate's opening to the last increment"),
    METRIC(wrong_iterations, COLUMN_U64, "of the timed ones"),
    METRIC(broken_iterations, COLUMN_U64, "wrong beyond any promise"),
    METRIC(lost_updates, COLUMN_U64, "sum over the timed iterations"),
    METRIC(errors, COLUMN_U64, "pages that failed, sum"),
    COLUMN(tally.begun, "metric.begun", "begun", COLUMN_U64,
           "pages or sites that were turned to, sum"),
    COLUMN(tally.by[OUTCOME_OK], "metric.succeeded", "succeeded", COLUMN_U64,
           "of these, with a result"),
    COLUMN(tally.cancelled, "metric.cancelled", "cancelled", COLUMN_U64,
           "of these, without any end"),
    {.name = "metric.outcomes",
     .old = "classes",
     .type = COLUMN_OUTCOMES,
     .offset = offsetof(struct sample, tally.by[OUTCOME_OK + 1]),
     .size = sizeof(uint64_t) * (OUTCOME_N - 1),
     .help = "of the other ones: outcome=how many"},
    METRIC(voluntary, COLUMN_U64, "context switches while timed"),
    METRIC(involuntary, COLUMN_U64, "context switches while timed"),
    METRIC(peak_rss_bytes, COLUMN_U64, "VmHWM less the result pages"),
    METRIC(children_bytes, COLUMN_U64, "of these, child processes' own"),
    METRIC(threads_peak, COLUMN_U64, "counted in the last warm-up"),
    METRIC(fds_peak, COLUMN_U64, "descriptors, counted there too"),
    METRIC(peak, COLUMN_U64, "tasks or lanes inside at once"),
    METRIC(origin_peak, COLUMN_U64, "requests the origin saw at once"),
    METRIC(origin_requests, COLUMN_U64, "requests the origin answered"),
    METRIC(origin_delay_us, COLUMN_U64, "median delay it really made"),
    METRIC(origin_cpu_ns, COLUMN_U64, "CPU the origin took"),
    METRIC(threads_left, COLUMN_U64, "more than before, at the end"),
    METRIC(fds_left, COLUMN_U64, "descriptors, likewise"),
    METRIC(children_left, COLUMN_U64, "child processes, likewise"),
    METRIC(heap_left_bytes, COLUMN_U64, "allocated more than before"),
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
            const struct metric *m = &kind_list[i]->metrics[j];

            assert(n < MAX_METRICS);
            snprintf(names[n], sizeof(names[n]), "%s%s", metric, m->name);
            sample_columns[FIXED + n] = (struct column){
                .name = names[n],
                .type = COLUMN_REAL,
                .offset = offsetof(struct sample, metrics) + n * sizeof(double),
                .size = sizeof(double),
                .help = m->help,
            };
        }
    n_sample_columns = FIXED + n;
}

double *sample_metrics(struct sample *s, const struct kind *kind)
{
    double *at = s->metrics;

    for (size_t i = 0; kind_list[i] != kind; i++)
        at += kind_list[i]->n_metrics;
    return at;
}

static bool is_metric(const char *name)
{
    return strncmp(name, metric, strlen(metric)) == 0;
}

const char *column_key(const struct column *c)
{
    return c->name + (is_metric(c->name) ? strlen(metric) : 0);
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
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < N_AUDITS && len < size; i++)
        if (audit & audits[i].bit)
            len += (size_t)snprintf(out + len, size - len, "%s%s",
                                    len ? " " : "", audits[i].name);
    return (int)len;
}

/* `by` begins behind OUTCOME_OK. */
static int format_outcomes(const uint64_t by[], char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (int i = OUTCOME_OK + 1; i < OUTCOME_N && len < size; i++)
        if (by[i - 1])
            len += (size_t)snprintf(out + len, size - len, "%s%s=%" PRIu64,
                                    len ? " " : "",
                                    outcome_name((enum outcome)i), by[i - 1]);
    return (int)len;
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
    case COLUMN_REAL:
        real = *(const double *)at;
        return snprintf(out, size, "%.17g", isfinite(real) ? real : 0);
    case COLUMN_STATUS:
        return snprintf(out, size, "%s", status_name(*(const uint32_t *)at));
    case COLUMN_AUDIT:
        return format_audit(*(const uint32_t *)at, out, size);
    case COLUMN_OUTCOMES:
        return format_outcomes(at, out, size);
    case COLUMN_TEXT:
        break;
    }
    return snprintf(out, size, "%s", (const char *)at);
}

int sample_format(const struct sample *s, char *out, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < n_sample_columns; i++) {
        const struct column *c = &sample_columns[i];
        int n =
            format_field(c, (const char *)s + c->offset, out + len, size - len);

        if (n < 0 || (size_t)n + 1 >= size - len)
            return -ENOSPC;
        for (char *p = out + len; *p; p++)
            if (*p == '\t' || *p == '\n' || *p == '\r')
                *p = ' ';
        len += (size_t)n;
        out[len++] = i + 1 < n_sample_columns ? '\t' : '\n';
    }
    if (len == size)
        return -ENOSPC;
    out[len] = '\0';
    return (int)len;
}

static int parse_status(const char *text, uint32_t *ret)
{
    for (uint32_t i = 0; i < STATUS_N; i++)
        if (strcmp(text, status_names[i]) == 0) {
            *ret = i;
            return 0;
        }
    return -EINVAL;
}

int sample_set(struct sample *s, const struct column *c, const char *text)
{
    void *at = (char *)s + c->offset;

    switch (c->type) {
    case COLUMN_U32:
        return text_u32(text, at);
    case COLUMN_U64:
        return text_u64(text, at);
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
    case COLUMN_TEXT:
        break;
    }
    /* It is empty where there is nothing to tell. */
    *(char *)at = '\0';
    return *text ? text_copy(text, at, c->size) : 0;
}

static bool has_column(const struct layout *l, const struct column *c)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->columns[i] == c)
            return true;
    return false;
}

static bool is_complete(const struct layout *l)
{
    for (size_t i = 0; i < n_sample_columns; i++)
        if (sample_columns[i].needed && !has_column(l, &sample_columns[i]))
            return false;
    return true;
}

static size_t count_fields(const char *line)
{
    size_t n = 1;

    for (; *line; line++)
        n += *line == '\t';
    return n;
}

/* "\tname" at the end of *text; 0 or -ENOMEM. */
static int append_field(char **text, const char *field)
{
    size_t len = *text ? strlen(*text) : 0;
    char *grown = realloc(*text, len + strlen(field) + 2);

    if (!grown)
        return -ENOMEM;
    *text = grown;
    sprintf(grown + len, "\t%s", field);
    return 0;
}

static int add_columns(char *names, struct layout *l)
{
    int error = 0;

    for (char *name; !error && (name = strsep(&names, "\t")); l->n++) {
        l->columns[l->n] = sample_column(name);
        l->kept[l->n] = !l->columns[l->n] && is_metric(name);
        if (l->kept[l->n])
            error = append_field(&l->unknown, name);
    }
    return error;
}

int sample_layout(const char *names, struct layout *ret)
{
    size_t n = count_fields(names);
    struct layout l = {.columns = calloc(n, sizeof(*l.columns)),
                       .kept = calloc(n, sizeof(*l.kept))};
    char *copy = strdup(names);
    int error = copy && l.columns && l.kept ? add_columns(copy, &l) : -ENOMEM;

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
    free(l->kept);
    free(l->unknown);
    *l = (struct layout){0};
}

static bool is_possible(const struct sample *s)
{
    bool measured = s->status <= STATUS_WRONG;

    /* More rounds than anybody runs are a broken line. */
    return s->round <= 1000000 && (!measured || s->items) &&
           (!measured || s->round == 0 || s->iterations);
}

static int parse_fields(char *rest, const struct layout *layout,
                        struct sample *s, char **unknown)
{
    size_t n = layout ? layout->n : n_sample_columns;
    int error = 0;

    for (size_t i = 0; i < n && !error; i++) {
        const struct column *c =
            layout ? layout->columns[i] : &sample_columns[i];
        const char *field = strsep(&rest, "\t");

        if (!field)
            return -EINVAL;
        if (c)
            error = sample_set(s, c, field);
        else if (layout->kept[i])
            error = append_field(unknown, field);
    }
    return error || rest ? error ? error : -EINVAL : 0;
}

int sample_parse(const char *line, const struct layout *layout,
                 struct sample *ret, char **ret_unknown)
{
    struct sample sample = {0};
    char *copy = strdup(line), *unknown = NULL;
    int error = copy ? parse_fields(copy, layout, &sample, &unknown) : -ENOMEM;

    free(copy);
    if (!error && !is_possible(&sample))
        error = -EINVAL;
    if (error) {
        free(unknown);
        return error;
    }
    *ret = sample;
    *ret_unknown = unknown;
    return 0;
}

int sample_metric(const struct sample *s, const char *name, double *ret)
{
    const struct column *c = sample_column(name);
    const void *at = c ? (const char *)s + c->offset : NULL;

    if (!c)
        return -EINVAL;
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
