/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/traces.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/text.h"

/* A file with larger numbers was not written by Baton. */
enum { MOST_LANES = 1 << 20, MOST_CPUS = 1 << 16 };

static const char *const names[TRACE_WHAT_N] = {
    [TRACE_START] = "start",   [TRACE_DIAL] = "dial",
    [TRACE_WAIT] = "wait",     [TRACE_TURN] = "turn",
    [TRACE_OPENED] = "opened", [TRACE_RECEIVED] = "received",
    [TRACE_ENDED] = "ended",   [TRACE_EXPIRED] = "expired",
    [TRACE_PAUSE] = "pause",   [TRACE_WORK] = "work",
    [TRACE_DONE] = "done",     [TRACE_ON] = "on",
    [TRACE_OFF] = "off",       [TRACE_CUT] = "cut",
    [TRACE_GONE] = "gone",
};

const char *trace_what_name(enum trace_what what)
{
    return (unsigned)what < TRACE_WHAT_N ? names[what] : "unknown";
}

/* From the memory of the sample. */

/* Of two that came at once, the one that was noted first. */
static int by_time(const void *a, const void *b)
{
    const struct trace_event *x = *(const struct trace_event *const *)a;
    const struct trace_event *y = *(const struct trace_event *const *)b;

    if (x->ns != y->ns)
        return x->ns < y->ns ? -1 : 1;
    /* A thread is switched to before it does anything. */
    if ((x->what == TRACE_ON) != (y->what == TRACE_ON))
        return x->what == TRACE_ON ? -1 : 1;
    return (x > y) - (x < y);
}

/* Kernel ids become 0, 1, 2, ... */
struct numbers {
    uint32_t *ids;
    size_t n;
};

static int number_of(struct numbers *numbers, uint32_t id, uint32_t *ret)
{
    for (size_t i = 0; i < numbers->n; i++)
        if (numbers->ids[i] == id) {
            *ret = (uint32_t)i;
            return 0;
        }
    if (!ARRAY_ROOM(numbers->ids, numbers->n))
        return -ENOMEM;
    numbers->ids[numbers->n] = id;
    *ret = (uint32_t)numbers->n++;
    return 0;
}

static int number_threads(struct traced *t, uint32_t main_thread)
{
    struct numbers numbers = {0};
    uint32_t number;
    int error = number_of(&numbers, main_thread, &number);

    for (size_t i = 0; i < t->n && !error; i++) {
        error = number_of(&numbers, t->events[i].thread, &number);
        t->events[i].thread = number;
    }
    t->threads = (unsigned)numbers.n;
    free(numbers.ids);
    return error;
}

/*
 * Where some are missing, what the others imply would be wrong: nothing is
 * kept from there on.
 */
static uint64_t whole_until(const struct trace *trace)
{
    uint64_t until = trace->end_ns, overflow = trace->overflow_ns;

    if (trace->n > trace->capacity && overflow < until)
        until = overflow;
    if (trace->switches_lost && trace->switches_lost_ns < until)
        until = trace->switches_lost_ns;
    return until > trace->begin_ns ? until : trace->begin_ns;
}

/* Those that are kept, in order; returns how many. */
static size_t choose_events(const struct trace *trace, struct traced *t,
                            const struct trace_event **chosen)
{
    uint64_t room = trace->capacity, noted = trace->n < room ? trace->n : room;
    uint64_t until = whole_until(trace);
    size_t n = 0;

    t->whole_ns = until - trace->begin_ns;
    t->dropped = trace->n - noted;
    if (trace->switches_lost && trace->switches_lost_ns < trace->end_ns)
        t->dropped += trace->switches_lost;
    for (uint64_t i = 0; i < room + trace->switches; i++) {
        const struct trace_event *e = &trace->events[i];

        if ((i >= noted && i < room) || e->ns < trace->begin_ns ||
            e->ns > trace->end_ns || e->what >= TRACE_WHAT_N)
            continue;
        if (e->ns <= until)
            chosen[n++] = e;
        else
            t->dropped++;
    }
    qsort(chosen, n, sizeof(chosen[0]), by_time);
    return n;
}

static int copy_events(const struct trace *trace, struct traced *t)
{
    size_t most = (size_t)trace->capacity + trace->switches;
    const struct trace_event **chosen = calloc(most + 1, sizeof(chosen[0]));

    if (!chosen)
        return -ENOMEM;
    t->n = choose_events(trace, t, chosen);
    t->events = calloc(t->n + 1, sizeof(*t->events));
    for (size_t i = 0; i < t->n && t->events; i++) {
        t->events[i] = *chosen[i];
        t->events[i].ns -= trace->begin_ns;
    }
    free(chosen);
    return t->events ? 0 : -ENOMEM;
}

int traces_add(struct traces *t, const struct sample *s,
               const struct trace *trace)
{
    struct traced *item = ARRAY_NEXT(t->items, t->n);
    int error;

    if (!item)
        return -ENOMEM;
    snprintf(item->workload, sizeof(item->workload), "%s", s->workload);
    snprintf(item->model, sizeof(item->model), "%s", s->model);
    snprintf(item->parameters, sizeof(item->parameters), "%s", s->parameters);
    /* One that did not get to its end has none. */
    item->duration_ns =
        trace->end_ns > trace->begin_ns ? trace->end_ns - trace->begin_ns : 0;
    item->switches_error = trace->switches_error;
    error = copy_events(trace, item);
    if (!error)
        error = number_threads(item, trace->main_thread);
    if (error)
        free(item->events);
    else
        t->n++;
    return error;
}

void traces_finish(struct traces *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->items[i].events);
    free(t->items);
    *t = (struct traces){0};
}

/* The file. */

static const char trace_head[] = "# trace",
                  event_columns[] = "ns\tthread\tlane\twhat\tvalue";

#define AT(member) COLUMN_AT(struct traced, member)
static const struct column head[] = {
    {.name = "workload", .type = COLUMN_TEXT, AT(workload)},
    {.name = "model", .type = COLUMN_TEXT, AT(model)},
    {.name = "parameters", .type = COLUMN_TEXT, AT(parameters)},
    {.name = "duration_ns", .type = COLUMN_U64, AT(duration_ns)},
    {.name = "whole_ns", .type = COLUMN_U64, AT(whole_ns)},
    {.name = "dropped", .type = COLUMN_U64, AT(dropped)},
    {.name = "switches_error", .type = COLUMN_U32, AT(switches_error)},
    {.name = "threads", .type = COLUMN_U32, AT(threads)},
};
enum { N_HEAD = sizeof(head) / sizeof(head[0]) };

static void write_trace(const struct traced *t, FILE *out)
{
    fputs(trace_head, out);
    for (size_t i = 0; i < N_HEAD; i++) {
        char value[SAMPLE_PARAMETERS + 1];
        int len = columns_format(&head[i], 1, t, value, sizeof(value));

        fprintf(out, " %s=%.*s", head[i].name, len - 1, value);
    }
    fprintf(out, "\n%s\n", event_columns);
    for (size_t i = 0; i < t->n; i++) {
        const struct trace_event *e = &t->events[i];
        char lane[16] = "-";

        if (e->lane != TRACE_NO_LANE)
            snprintf(lane, sizeof(lane), "%" PRIu32, e->lane);
        fprintf(out, "%" PRIu64 "\t%" PRIu32 "\t%s\t%s\t%" PRIu32 "\n", e->ns,
                e->thread, lane, trace_what_name(e->what), e->value);
    }
    fputc('\n', out);
}

void traces_write(const void *traces, FILE *out)
{
    const struct traces *t = traces;

    for (size_t i = 0; i < t->n; i++)
        write_trace(&t->items[i], out);
}

static int set_key(struct traced *t, const struct item *item)
{
    char value[SAMPLE_PARAMETERS];

    for (size_t i = 0; i < N_HEAD; i++)
        if (item_is(item, head[i].name))
            return item_copy(item, value, sizeof(value)) ||
                           column_set(&head[i], value, t)
                       ? -EINVAL
                       : 0;
    return -EINVAL;
}

static int parse_head(const char *words, struct traced *t)
{
    struct item item;

    while (text_next(&words, ' ', &item))
        if (set_key(t, &item))
            return -EINVAL;
    return t->workload[0] && t->model[0] && t->threads &&
                   t->threads <= MOST_LANES && t->switches_error >= 0 &&
                   t->whole_ns <= t->duration_ns
               ? 0
               : -EINVAL;
}

/* A thread's events are of no lane, and all others of one. */
static int parse_lane(const char *text, uint32_t what, uint32_t *ret)
{
    uint64_t lane = TRACE_NO_LANE;

    if (what < TRACE_ON && (text_u64(text, &lane) || lane > MOST_LANES))
        return -EINVAL;
    *ret = (uint32_t)lane;
    return what < TRACE_ON || strcmp(text, "-") == 0 ? 0 : -EINVAL;
}

static int parse_event(char *line, struct trace_event *ret)
{
    char *fields[5];
    int what;

    if (text_fields(line, fields, 5))
        return -EINVAL;
    what = text_index(names, TRACE_WHAT_N, fields[3]);
    ret->what = (uint32_t)what;
    return what < 0 || text_u64(fields[0], &ret->ns) ||
                   text_u32(fields[1], &ret->thread) ||
                   parse_lane(fields[2], ret->what, &ret->lane) ||
                   text_u32(fields[4], &ret->value) ||
                   (ret->what >= TRACE_ON && ret->value > MOST_CPUS)
               ? -EINVAL
               : 0;
}

/* Events come in the order of time, or Baton did not write the file. */
static int add_event(struct traced *t, char *line)
{
    struct trace_event event;
    int error = parse_event(line, &event);

    if (error || event.thread >= t->threads || event.ns > t->whole_ns ||
        (t->n > 0 && event.ns < t->events[t->n - 1].ns))
        return -EINVAL;
    if (!ARRAY_ROOM(t->events, t->n))
        return -ENOMEM;
    t->events[t->n++] = event;
    return 0;
}

static int add_line(void *data, char *line, size_t len)
{
    const size_t head_len = sizeof(trace_head) - 1;
    struct traces *t = data;

    if (strlen(line) != len)
        return -EINVAL;
    if (strncmp(line, trace_head, head_len) == 0) {
        struct traced *item = ARRAY_NEXT(t->items, t->n);
        int error = item ? parse_head(line + head_len, item) : -ENOMEM;

        t->n += !error;
        return error;
    }
    if (!t->n)
        return -EINVAL;
    if (!*line || strcmp(line, event_columns) == 0)
        return 0;
    return add_event(&t->items[t->n - 1], line);
}

int traces_read(const char *dir, struct traces *ret)
{
    int error;

    *ret = (struct traces){0};
    error = text_read_part(dir, "events.tsv", add_line, ret);
    if (error)
        traces_finish(ret);
    return error == -ENOENT ? 0 : error;
}
