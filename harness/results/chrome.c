/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/chrome.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/json.h"

/*
 * Rows are grouped by "process", and none of these are the kernel's.  A row's
 * number is its group's and its own: no two are the same, for that is what
 * Perfetto names them by, and the first one leads its group.
 */
enum { LANES = 1 };

static uint32_t threads_of(const struct timeline *t)
{
    return LANES + t->lanes + 1;
}

static json_t *microseconds(uint64_t ns)
{
    return json_real((double)ns / 1000);
}

static json_t *event(const char *phase, uint32_t group, uint32_t row)
{
    return json_pack("{s:s, s:I, s:I}", "ph", phase, "pid", (json_int_t)group,
                     "tid", (json_int_t)group + row);
}

static void name_row(json_t *events, uint32_t group, uint32_t row,
                     const char *what)
{
    json_t *e = event("M", group, row);

    json_object_set_new(e, "name", json_string("thread_name"));
    json_object_set_new(
        e, "args",
        json_pack("{s:o}", "name", json_sprintf("%s %" PRIu32, what, row)));
    json_array_append_new(events, e);
}

static void name_group(json_t *events, uint32_t group, const char *name)
{
    json_t *e = event("M", group, 0);

    json_object_set_new(e, "name", json_string("process_name"));
    json_object_set_new(e, "args", json_pack("{s:s}", "name", name));
    json_array_append_new(events, e);
}

static json_t *span(uint32_t group, uint32_t row, json_t *name,
                    const char *category, uint64_t begin_ns, uint64_t end_ns)
{
    json_t *e = event("X", group, row);

    json_object_set_new(e, "name", name);
    json_object_set_new(e, "cat", json_string(category));
    json_object_set_new(e, "ts", microseconds(begin_ns));
    json_object_set_new(e, "dur", microseconds(end_ns - begin_ns));
    return e;
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

static void add_lane(json_t *events, const struct slice *s)
{
    json_t *e = span(LANES, s->lane, json_string(slice_state_name(s->state)),
                     "lane", s->begin_ns, s->end_ns);
    json_t *args = json_pack("{s:s, s:I}", "since", trace_what_name(s->cause),
                             "thread", (json_int_t)s->thread);

    if (s->cpu >= 0)
        json_object_set_new(args, "cpu", json_integer(s->cpu));
    json_object_set_new(e, "args", args);
    json_array_append_new(events, e);
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

static void add_lives(json_t *events, const struct timeline *t,
                      const struct life *lives, const char *unit)
{
    for (uint32_t lane = 0; lane < t->lanes; lane++) {
        const struct life *life = &lives[lane];

        if (!life->end_ns)
            continue;
        name_row(events, LANES, lane, unit);
        json_array_append_new(
            events, span(LANES, lane, json_sprintf("%s %" PRIu32, unit, lane),
                         "life", life->begin_ns, life->end_ns));
    }
}

static void add_stay(json_t *events, uint32_t group, const struct stay *s)
{
    static const char *const ends[TRACE_WHAT_N] = {
        [TRACE_OFF] = "slept",
        [TRACE_CUT] = "stopped",
        [TRACE_GONE] = "ended",
        [TRACE_ON] = "the trace ended",
    };
    json_t *e = span(group, s->thread, json_sprintf("on CPU %d", s->cpu),
                     "thread", s->begin_ns, s->end_ns);

    json_object_set_new(e, "args", json_pack("{s:s}", "until", ends[s->until]));
    json_array_append_new(events, e);
}

static void add_threads(json_t *events, const struct timeline *t,
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
            json_array_append_new(
                events, span(group, s->thread,
                             json_sprintf("%s %" PRIu32, unit, s->lane), "run",
                             s->begin_ns, s->end_ns));
    }
}

/* An arrow's ends are bound to the slices that enclose them. */
static void add_end(json_t *events, const char *phase, const struct slice *s,
                    uint64_t ns, size_t id)
{
    json_t *e = event(phase, LANES, s->lane);

    json_object_set_new(e, "name", json_string("hand-over"));
    json_object_set_new(e, "cat", json_string("hand-over"));
    json_object_set_new(e, "id", json_integer((json_int_t)id));
    json_object_set_new(e, "ts", microseconds(ns));
    if (*phase == 'f')
        json_object_set_new(e, "bp", json_string("e"));
    json_array_append_new(events, e);
}

static void add_hand_overs(json_t *events, const struct timeline *t)
{
    for (size_t i = 0; i < t->n_hand_overs; i++) {
        const struct slice *from = &t->slices[t->hand_overs[i].from];
        const struct slice *to = &t->slices[t->hand_overs[i].to];

        add_end(events, "s", from, from->end_ns - 1, i + 1);
        add_end(events, "f", to, to->begin_ns, i + 1);
    }
}

static json_t *events_of(const struct traced *t, const struct timeline *line)
{
    struct life *lives = find_lives(line);
    const char *unit = unit_of(t);
    json_t *events;

    if (!lives)
        return NULL;
    events = json_array();
    name_group(events, LANES, *unit == 't' ? "tasks" : "lanes");
    name_group(events, threads_of(line), "threads");
    add_lives(events, line, lives, unit);
    for (size_t i = 0; i < line->n; i++)
        add_lane(events, &line->slices[i]);
    add_threads(events, line, t->threads, unit);
    add_hand_overs(events, line);
    free(lives);
    return events;
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
