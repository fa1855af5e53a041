/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/sample.h"

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

const char *status_name(enum status status)
{
    return (unsigned)status < STATUS_N ? status_names[status] : "unknown";
}

#define COLUMN(member, column_type, words)                                     \
    {                                                                          \
        .name = #member, .type = column_type,                                  \
        .offset = offsetof(struct sample, member),                             \
        .size = sizeof(((struct sample *)0)->member), .help = words            \
    }
#define LATER(member, column_type, words)                                      \
    {                                                                          \
        .name = #member, .type = column_type,                                  \
        .offset = offsetof(struct sample, member),                             \
        .size = sizeof(((struct sample *)0)->member), .help = words,           \
        .later = true                                                          \
    }

const struct column sample_columns[] = {
    COLUMN(round, COLUMN_U32, "from 1; 0 is the calibration"),
    COLUMN(slot, COLUMN_U32, "place within the round, in run order"),
    COLUMN(workload, COLUMN_TEXT, "what was done"),
    COLUMN(model, COLUMN_TEXT, "how it was run"),
    COLUMN(parameters, COLUMN_TEXT, "name=value, separated by commas"),
    COLUMN(status, COLUMN_STATUS, "ok, wrong, failed, crashed, hung"),
    COLUMN(start_ns, COLUMN_U64, "since the run began"),
    COLUMN(wall_ns, COLUMN_U64, "from spawning the process to reaping it"),
    COLUMN(inside_ns, COLUMN_U64, "warm-up and timed iterations"),
    COLUMN(iterations, COLUMN_U64, "timed ones"),
    COLUMN(items, COLUMN_U64, "increments or pages in one iteration"),
    COLUMN(real_ns, COLUMN_REAL, "an iteration, by Google Benchmark"),
    COLUMN(cpu_ns, COLUMN_REAL, "CPU of the process tree, an iteration"),
    COLUMN(clock_ns, COLUMN_REAL, "an iteration, by our own clock"),
    COLUMN(inner_ns, COLUMN_REAL, "gate's opening to the last increment"),
    COLUMN(wrong_iterations, COLUMN_U64, "of the timed ones"),
    COLUMN(broken_iterations, COLUMN_U64, "wrong beyond any promise"),
    COLUMN(lost_updates, COLUMN_U64, "sum over the timed iterations"),
    COLUMN(errors, COLUMN_U64, "pages that failed, sum"),
    COLUMN(voluntary, COLUMN_U64, "context switches while timed"),
    COLUMN(involuntary, COLUMN_U64, "context switches while timed"),
    COLUMN(peak_rss_bytes, COLUMN_U64, "VmHWM less the result pages"),
    COLUMN(threads_peak, COLUMN_U64, "counted in the last warm-up"),
    COLUMN(fds_peak, COLUMN_U64, "descriptors, counted there too"),
    COLUMN(peak, COLUMN_U64, "tasks or lanes inside at once"),
    COLUMN(origin_peak, COLUMN_U64, "requests the origin saw at once"),
    COLUMN(origin_requests, COLUMN_U64, "requests the origin answered"),
    COLUMN(origin_delay_us, COLUMN_U64, "median delay it really made"),
    COLUMN(origin_cpu_ns, COLUMN_U64, "CPU the origin took"),
    COLUMN(steal_ticks, COLUMN_U64, "stolen from the machine meanwhile"),
    COLUMN(load1, COLUMN_REAL, "load average before the sample"),
    COLUMN(labels, COLUMN_TEXT, "origin-bound, serialised"),
    COLUMN(text, COLUMN_TEXT, "what was wrong, in words"),
    /* What came later stands behind what every version has. */
    LATER(twin, COLUMN_U32, "1: the same cell once more, for the noise"),
    LATER(begun, COLUMN_U64, "pages or sites that were turned to, sum"),
    LATER(succeeded, COLUMN_U64, "of these, with a result"),
    LATER(cancelled, COLUMN_U64, "of these, without any end"),
    LATER(classes, COLUMN_TEXT, "of the other ones: class=how many"),
    LATER(threads_left, COLUMN_U64, "more than before, at the end"),
    LATER(fds_left, COLUMN_U64, "descriptors, likewise"),
    LATER(heap_left_bytes, COLUMN_U64, "allocated more than before"),
    LATER(most_rounds, COLUMN_U32, "the last it was to be in; 0: not said"),
    {.name = "arm",
     .type = COLUMN_TEXT,
     .later = true,
     .offset = offsetof(struct sample, side),
     .size = sizeof(((struct sample *)0)->side),
     .help = "of a check: base, cand, or base's copy"},
    LATER(cell, COLUMN_U32, "of a check: which one, from 0"),
    LATER(stage, COLUMN_U32, "of a check: 1 screens, 2 confirms"),
    LATER(trial, COLUMN_U32, "of a self-test, from 1"),
    LATER(extra, COLUMN_U64, "injected iterations, of the timed ones"),
};
const size_t n_sample_columns =
    sizeof(sample_columns) / sizeof(sample_columns[0]);

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

static int parse_field(const struct column *c, const char *text, void *at)
{
    switch (c->type) {
    case COLUMN_U32:
        return text_u32(text, at);
    case COLUMN_U64:
        return text_u64(text, at);
    case COLUMN_REAL:
        return text_real(text, at);
    case COLUMN_STATUS:
        return parse_status(text, at);
    case COLUMN_TEXT:
        break;
    }
    /* It is empty where there is nothing to tell. */
    return *text ? text_copy(text, at, c->size) : 0;
}

static const struct column *find_column(const char *name)
{
    for (size_t i = 0; i < n_sample_columns; i++)
        if (strcmp(sample_columns[i].name, name) == 0)
            return &sample_columns[i];
    return NULL;
}

static bool has_column(const struct layout *l, const struct column *c)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->columns[i] == c)
            return true;
    return false;
}

int sample_layout(const char *names, struct layout *ret)
{
    struct layout l = {0};
    char *copy = strdup(names), *rest = copy, *name;
    int error = copy ? 0 : -ENOMEM;

    while (!error && (name = strsep(&rest, "\t"))) {
        if (l.n == MAX_COLUMNS)
            error = -EINVAL;
        else
            l.columns[l.n++] = find_column(name);
    }
    free(copy);
    for (size_t i = 0; i < n_sample_columns && !error; i++)
        if (!sample_columns[i].later && !has_column(&l, &sample_columns[i]))
            error = -EINVAL;
    if (!error)
        *ret = l;
    return error;
}

int sample_parse(const char *line, const struct layout *layout,
                 struct sample *ret)
{
    size_t n = layout ? layout->n : n_sample_columns;
    struct sample sample = {0};
    char *copy = strdup(line), *rest = copy;
    int error = copy ? 0 : -ENOMEM;

    for (size_t i = 0; i < n && !error; i++) {
        const struct column *c =
            layout ? layout->columns[i] : &sample_columns[i];
        char *field = strsep(&rest, "\t");

        if (!field)
            error = -EINVAL;
        else if (c)
            error = parse_field(c, field, (char *)&sample + c->offset);
    }
    /* More rounds than anybody runs are a broken line. */
    if (!error &&
        (rest || sample.round > 1000000 ||
         (sample.status <= STATUS_WRONG &&
          (!sample.items || (sample.round > 0 && !sample.iterations)))))
        error = -EINVAL;
    free(copy);
    if (!error)
        *ret = sample;
    return error;
}
