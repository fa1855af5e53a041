/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/chrome.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/json.h"

/*
 * Rows are grouped by "process", and none of these are the kernel's.  A row's
 * number is its group's and its own: no two are the same, for that is what
 * Perfetto names them by, and the first one leads its group.
 */
enum { LANES = 1 };

/* Events as they are found. */
struct event {
    uint64_t order; /* 0: of a row; 1 + ns: of that time */
    size_t at;      /* of two at once, the one that was found first leads */
    json_t *json;
};

struct events {
    struct event *items;
    size_t n;
    bool failed;
};

/* `json` is taken over. */
static void add_event(struct events *events, uint64_t order, json_t *json)
{
    if (json && ARRAY_ROOM(events->items, events->n)) {
        events->items[events->n] = (struct event){order, events->n, json};
        events->n++;
        return;
    }
    json_decref(json);
    events->failed = true;
}

static uint32_t threads_of(const struct timeline *t)
{
    return LANES + t->lanes + 1;
}

static double microseconds(uint64_t ns)
{
    return (double)ns / 1000;
}

/* `value`, a name or a place, is taken over. */
static void describe_row(struct events *events, const char *what,
                         uint32_t group, uint32_t row, const char *key,
                         json_t *value)
{
    add_event(events, 0,
              json_pack("{s:s, s:I, s:I, s:s, s:{s:o}}", "ph", "M", "pid",
                        (json_int_t)group, "tid", (json_int_t)group + row,
                        "name", what, "args", key, value));
}

/* Groups and rows stand in this order, and not in that of their names. */
static void name_group(struct events *events, uint32_t group, const char *name)
{
    describe_row(events, "process_name", group, 0, "name", json_string(name));
    describe_row(events, "process_sort_index", group, 0, "sort_index",
                 json_integer(group));
}

static void name_row(struct events *events, uint32_t group, uint32_t row,
                     const char *what)
{
    describe_row(events, "thread_name", group, row, "name",
                 json_sprintf("%s %" PRIu32, what, row));
    describe_row(events, "thread_sort_index", group, row, "sort_index",
                 json_integer(row));
}

/* `name` and `args`, which may be NULL, are taken over. */
static void add_span(struct events *events, uint32_t group, uint32_t row,
                     json_t *name, const char *category, uint64_t begin_ns,
                     uint64_t end_ns, json_t *args)
{
    add_event(events, 1 + begin_ns,
              json_pack("{s:s, s:I, s:I, s:o, s:s, s:f, s:f, s:o*}", "ph", "X",
                        "pid", (json_int_t)group, "tid",
                        (json_int_t)group + row, "name", name, "cat", category,
                        "ts", microseconds(begin_ns), "dur",
                        microseconds(end_ns - begin_ns), "args", args));
}

/* Counting has tasks, connections have lanes. */
static const char *unit_of(const struct traced *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->events[i].what == TRACE_TURN)
            return "task";
        else if (t->events[i].what == TRACE_DIAL)
            return "lane";
    return "task";
}

/* Only a thread is preempted: a task that hands over is ready. */
static const char *state_name(const struct slice *s)
{
    return s->state == SLICE_READY && s->cause == TRACE_CUT
               ? "preempted"
               : slice_state_name(s->state);
}

static void add_lane(struct events *events, const struct slice *s)
{
    json_t *args = json_pack(
        "{s:s, s:I, s:o*}", "since", trace_what_name(s->cause), "thread",
        (json_int_t)s->thread, "cpu", s->cpu < 0 ? NULL : json_integer(s->cpu));

    add_span(events, LANES, s->lane, json_string(state_name(s)), "lane",
             s->begin_ns, s->end_ns, args);
}

struct life {
    uint64_t begin_ns, end_ns;
};

/* Around the slices of each lane, which are in the order of begin. */
static struct life *find_lives(const struct timeline *t)
{
    struct life *lives = calloc((size_t)t->lanes + 1, sizeof(*lives));

    for (size_t i = 0; i < t->n && lives; i++) {
        struct life *life = &lives[t->slices[i].lane];

        if (!life->end_ns)
            life->begin_ns = t->slices[i].begin_ns;
        life->end_ns = t->slices[i].end_ns;
    }
    return lives;
}

static void add_lives(struct events *events, const struct timeline *t,
                      const struct life *lives, const char *unit)
{
    for (uint32_t lane = 0; lane < t->lanes; lane++) {
        const struct life *life = &lives[lane];

        if (!life->end_ns)
            continue;
        name_row(events, LANES, lane, unit);
        add_span(events, LANES, lane, json_sprintf("%s %" PRIu32, unit, lane),
                 "life", life->begin_ns, life->end_ns, NULL);
    }
}

static void add_stay(struct events *events, uint32_t group,
                     const struct stay *s)
{
    static const char *const ends[TRACE_WHAT_N] = {
        [TRACE_OFF] = "slept",
        [TRACE_CUT] = "preempted",
        [TRACE_GONE] = "ended",
        [TRACE_ON] = "the trace ended",
    };

    add_span(events, group, s->thread, json_sprintf("on CPU %d", s->cpu),
             "thread", s->begin_ns, s->end_ns,
             json_pack("{s:s}", "until", ends[s->until]));
}

static void add_threads(struct events *events, const struct timeline *t,
                        unsigned threads, const char *unit)
{
    uint32_t group = threads_of(t);

    for (unsigned i = 0; i < threads; i++)
        name_row(events, group, i, "thread");
    for (size_t i = 0; i < t->n_stays; i++)
        add_stay(events, group, &t->stays[i]);
    for (size_t i = 0; i < t->n; i++) {
        const struct slice *s = &t->slices[i];

        if (s->state == SLICE_RUNS)
            add_span(events, group, s->thread,
                     json_sprintf("%s %" PRIu32, unit, s->lane), "run",
                     s->begin_ns, s->end_ns, NULL);
    }
}

/* Perfetto attaches each end of an arrow to the slice that encloses it. */
static void add_end(struct events *events, const char *phase, const char *name,
                    const struct slice *s, uint64_t ns, size_t id)
{
    add_event(events, 1 + ns,
              json_pack("{s:s, s:I, s:I, s:s, s:s, s:I, s:f, s:s*}", "ph",
                        phase, "pid", (json_int_t)LANES, "tid",
                        (json_int_t)LANES + s->lane, "name", name, "cat", name,
                        "id", (json_int_t)id, "ts", microseconds(ns), "bp",
                        *phase == 'f' ? "e" : NULL));
}

static void add_hand_overs(struct events *events, const struct timeline *t)
{
    for (size_t i = 0; i < t->n_hand_overs; i++) {
        const struct slice *from = &t->slices[t->hand_overs[i].from];
        const struct slice *to = &t->slices[t->hand_overs[i].to];
        const char *name = slice_passing(from, to);

        add_end(events, "s", name, from, from->end_ns - 1, i + 1);
        add_end(events, "f", name, to, to->begin_ns, i + 1);
    }
}

static int by_order(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Takes all of them over; NULL: no memory. */
static json_t *in_order(struct events *events)
{
    json_t *array = events->failed ? NULL : json_array();

    if (events->n)
        qsort(events->items, events->n, sizeof(events->items[0]), by_order);
    for (size_t i = 0; i < events->n; i++)
        if (array)
            json_array_append_new(array, events->items[i].json);
        else
            json_decref(events->items[i].json);
    free(events->items);
    return array;
}

static json_t *events_of(const struct traced *t, const struct timeline *line)
{
    struct life *lives = find_lives(line);
    const char *unit = unit_of(t);
    struct events events = {0};

    if (!lives)
        return NULL;
    name_group(&events, LANES, *unit == 't' ? "tasks" : "lanes");
    name_group(&events, threads_of(line), "threads");
    add_lives(&events, line, lives, unit);
    for (size_t i = 0; i < line->n; i++)
        add_lane(&events, &line->slices[i]);
    add_threads(&events, line, t->threads, unit);
    add_hand_overs(&events, line);
    free(lives);
    return in_order(&events);
}

static json_t *about(const struct traced *t)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "made_by",
        "baton " BATON_VERSION, "workload", t->workload, "model", t->model,
        "parameters", t->parameters, "duration_ns", (json_int_t)t->duration_ns,
        "whole_ns", (json_int_t)t->whole_ns, "events_dropped",
        (json_int_t)t->dropped, "kernel_switches",
        t->switches_error ? strerror(t->switches_error) : "recorded");
}

char *chrome_trace(const struct traced *t, const struct timeline *timeline)
{
    json_t *root =
        json_pack("{s:s, s:o, s:o}", "displayTimeUnit", "ms", "otherData",
                  about(t), "traceEvents", events_of(t, timeline));

    return json_line(root, JSON_REAL_PRECISION(15));
}
