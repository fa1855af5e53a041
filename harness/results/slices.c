/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/slices.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"

static const size_t none = SIZE_MAX;

const char *slice_state_name(enum slice_state state)
{
    static const char *const names[SLICE_STATE_N] = {"runs", "ready", "waits"};

    return (unsigned)state < SLICE_STATE_N ? names[state] : "unknown";
}

const char *slice_passing(const struct slice *from, const struct slice *to)
{
    switch (from->until) {
    case TRACE_CUT:
        return "preempted";
    case TRACE_DONE:
        return "ended";
    case TRACE_OFF:
    case TRACE_GONE:
    case TRACE_WAIT:
    case TRACE_DIAL:
        return from->thread == to->thread ? "hand-over" : "waits";
    default:
        return "hand-over";
    }
}

struct lane {
    bool open;
    struct slice slice; /* the one that goes on */
};

struct thread {
    bool seen; /* in an event of the kernel's */
    bool on;
    int cpu;
    uint64_t since_ns;
    size_t lane; /* the one that has it, or none */
};

struct cpu {
    bool seen;
    size_t thread; /* the one that is on it, or none */
};

struct builder {
    const struct traced *traced;
    struct timeline out;
    struct lane *lanes;
    struct thread *threads;
    size_t n_cpus;
    struct cpu *cpus;
    bool gate_open;
    bool failed;
};

static void end_slice(struct builder *b, struct lane *lane, uint64_t ns,
                      enum trace_what until)
{
    struct timeline *out = &b->out;

    lane->slice.end_ns = ns;
    lane->slice.until = until;
    if (ns == lane->slice.begin_ns)
        return;
    if (ARRAY_ROOM(out->slices, out->n))
        out->slices[out->n++] = lane->slice;
    else
        b->failed = true;
}

static void set_state(struct builder *b, size_t index, enum slice_state state,
                      const struct trace_event *e)
{
    struct lane *lane = &b->lanes[index];
    const struct thread *thread = &b->threads[e->thread];

    if (lane->open)
        end_slice(b, lane, e->ns, e->what);
    lane->open = true;
    lane->slice = (struct slice){
        .lane = (uint32_t)index,
        .thread = e->thread,
        .state = state,
        .cause = e->what,
        .cpu = state == SLICE_RUNS && thread->on ? thread->cpu : -1,
        .begin_ns = e->ns,
    };
}

/* The lane runs on no thread from here on. */
static void leave_thread(struct builder *b, uint32_t lane)
{
    struct thread *thread = &b->threads[b->lanes[lane].slice.thread];

    if (thread->lane == lane)
        thread->lane = none;
}

/* The lane has the thread from here on; the one before could run on. */
static void take_thread(struct builder *b, const struct trace_event *e)
{
    struct thread *thread = &b->threads[e->thread];

    leave_thread(b, e->lane);
    if (thread->lane != none)
        set_state(b, thread->lane, SLICE_READY, e);
    thread->lane = e->lane;
    set_state(b, e->lane, SLICE_RUNS, e);
}

/*
 * The task that passes the gate is the first of all that waited at it: from
 * here on the others wait for a CPU only.
 */
static void open_gate(struct builder *b, const struct trace_event *e)
{
    for (uint32_t i = 0; i < b->out.lanes; i++) {
        const struct slice *s = &b->lanes[i].slice;
        struct trace_event opened = {
            .ns = e->ns, .thread = s->thread, .what = e->what};

        if (b->lanes[i].open && s->state == SLICE_WAITS &&
            s->cause == TRACE_WAIT)
            set_state(b, i, SLICE_READY, &opened);
    }
    b->gate_open = true;
}

static void end_stay(struct builder *b, uint32_t index, uint64_t ns,
                     enum trace_what until)
{
    struct thread *thread = &b->threads[index];
    struct timeline *out = &b->out;

    thread->on = false;
    b->cpus[thread->cpu].thread = none;
    if (ns == thread->since_ns)
        return;
    if (!ARRAY_ROOM(out->stays, out->n_stays)) {
        b->failed = true;
        return;
    }
    out->stays[out->n_stays++] = (struct stay){
        .thread = index,
        .cpu = thread->cpu,
        .until = until,
        .begin_ns = thread->since_ns,
        .end_ns = ns,
    };
}

static void switch_off(struct builder *b, const struct trace_event *e)
{
    struct thread *thread = &b->threads[e->thread];

    if (thread->on)
        end_stay(b, e->thread, e->ns, e->what);
    if (thread->lane != none)
        set_state(b, thread->lane,
                  e->what == TRACE_CUT ? SLICE_READY : SLICE_WAITS, e);
}

static void switch_on(struct builder *b, const struct trace_event *e)
{
    struct thread *thread = &b->threads[e->thread];
    size_t before = b->cpus[e->value].thread;

    if (before == e->thread)
        return;
    /* Implied: a thread has one CPU, and a CPU one thread, at a time. */
    if (thread->on)
        end_stay(b, e->thread, e->ns, TRACE_CUT);
    if (before != none)
        switch_off(b, &(struct trace_event){.ns = e->ns,
                                            .thread = (uint32_t)before,
                                            .what = TRACE_CUT});
    thread->on = true;
    thread->cpu = (int)e->value;
    thread->since_ns = e->ns;
    b->cpus[e->value].thread = e->thread;
    if (thread->lane != none)
        set_state(b, thread->lane, SLICE_RUNS, e);
}

static void on_event(struct builder *b, const struct trace_event *e)
{
    switch ((enum trace_what)e->what) {
    case TRACE_ON:
        switch_on(b, e);
        return;
    case TRACE_OFF:
    case TRACE_CUT:
    case TRACE_GONE:
        switch_off(b, e);
        return;
    case TRACE_DIAL:
    case TRACE_WAIT:
        leave_thread(b, e->lane);
        set_state(b, e->lane, SLICE_WAITS, e);
        return;
    case TRACE_PAUSE:
        leave_thread(b, e->lane);
        set_state(b, e->lane, SLICE_READY, e);
        return;
    case TRACE_DONE:
        leave_thread(b, e->lane);
        if (b->lanes[e->lane].open)
            end_slice(b, &b->lanes[e->lane], e->ns, TRACE_DONE);
        b->lanes[e->lane].open = false;
        return;
    case TRACE_TURN:
        if (!b->gate_open)
            open_gate(b, e);
        take_thread(b, e);
        return;
    default:
        take_thread(b, e);
    }
}

/*
 * A thread that is switched off before it, or another one there, was ever
 * switched on has been running since the beginning.
 */
static void look_ahead(struct builder *b)
{
    for (size_t i = 0; i < b->traced->n; i++) {
        const struct trace_event *e = &b->traced->events[i];
        struct thread *thread = &b->threads[e->thread];
        struct cpu *cpu;

        if (e->what < TRACE_ON)
            continue;
        cpu = &b->cpus[e->value];
        if (e->what != TRACE_ON && !thread->seen && !cpu->seen) {
            thread->on = true;
            thread->cpu = (int)e->value;
            cpu->thread = e->thread;
        }
        thread->seen = cpu->seen = true;
    }
}

/* Ends the slices that are still open at the end of the trace. */
static void end_all(struct builder *b)
{
    uint64_t ns = b->traced->whole_ns;

    for (uint32_t i = 0; i < b->out.lanes; i++)
        if (b->lanes[i].open)
            end_slice(b, &b->lanes[i], ns, TRACE_ON);
    for (unsigned i = 0; i < b->traced->threads; i++)
        if (b->threads[i].on)
            end_stay(b, i, ns, TRACE_ON);
}

static int by_begin(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;

    if (x->begin_ns != y->begin_ns)
        return x->begin_ns < y->begin_ns ? -1 : 1;
    return (x->lane > y->lane) - (x->lane < y->lane);
}

/* The last slice that ran on each thread and on each CPU; or none. */
struct places {
    size_t *threads, *cpus;
};

static size_t giver_of(const struct timeline *t, const struct places *p,
                       const struct slice *s)
{
    size_t before = p->threads[s->thread];

    if (before != none && t->slices[before].lane != s->lane)
        return before;
    before = s->cpu >= 0 ? p->cpus[s->cpu] : none;
    return before != none && t->slices[before].thread != s->thread &&
                   t->slices[before].lane != s->lane
               ? before
               : none;
}

static int follow_baton(struct timeline *t, const struct places *p)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct slice *s = &t->slices[i];
        size_t from;

        if (s->state != SLICE_RUNS)
            continue;
        from = giver_of(t, p, s);
        if (from != none && !ARRAY_ROOM(t->hand_overs, t->n_hand_overs))
            return -ENOMEM;
        if (from != none)
            t->hand_overs[t->n_hand_overs++] = (struct hand_over){from, i};
        p->threads[s->thread] = i;
        if (s->cpu >= 0)
            p->cpus[s->cpu] = i;
    }
    return 0;
}

static size_t *nobodies(size_t n)
{
    size_t *items = malloc((n + 1) * sizeof(*items));

    /* SIZE_MAX has all its bits set. */
    return items ? memset(items, 0xff, (n + 1) * sizeof(*items)) : NULL;
}

static int find_hand_overs(struct builder *b)
{
    struct places p = {nobodies(b->traced->threads), nobodies(b->n_cpus)};
    int error = p.threads && p.cpus ? follow_baton(&b->out, &p) : -ENOMEM;

    free(p.threads);
    free(p.cpus);
    return error;
}

static void count_places(struct builder *b)
{
    for (size_t i = 0; i < b->traced->n; i++) {
        const struct trace_event *e = &b->traced->events[i];

        if (e->what < TRACE_ON && e->lane >= b->out.lanes)
            b->out.lanes = e->lane + 1;
        if (e->what >= TRACE_ON && e->value >= b->n_cpus)
            b->n_cpus = (size_t)e->value + 1;
    }
}

static int prepare(struct builder *b)
{
    count_places(b);
    b->lanes = calloc((size_t)b->out.lanes + 1, sizeof(*b->lanes));
    b->threads = calloc((size_t)b->traced->threads + 1, sizeof(*b->threads));
    b->cpus = calloc(b->n_cpus + 1, sizeof(*b->cpus));
    if (!b->lanes || !b->threads || !b->cpus)
        return -ENOMEM;
    for (size_t i = 0; i < b->n_cpus; i++)
        b->cpus[i].thread = none;
    for (unsigned i = 0; i < b->traced->threads; i++)
        b->threads[i] = (struct thread){.cpu = -1, .lane = none};
    look_ahead(b);
    return 0;
}

int timeline_build(const struct traced *t, struct timeline *ret)
{
    struct builder b = {.traced = t};
    int error = prepare(&b);

    for (size_t i = 0; i < t->n && !error; i++)
        on_event(&b, &t->events[i]);
    if (!error)
        end_all(&b);
    free(b.lanes);
    free(b.threads);
    free(b.cpus);
    if (!error && b.failed)
        error = -ENOMEM;
    if (!error && b.out.n)
        qsort(b.out.slices, b.out.n, sizeof(b.out.slices[0]), by_begin);
    if (!error)
        error = find_hand_overs(&b);
    if (error)
        timeline_finish(&b.out);
    else
        *ret = b.out;
    return error;
}

void timeline_finish(struct timeline *t)
{
    free(t->slices);
    free(t->stays);
    free(t->hand_overs);
    *t = (struct timeline){0};
}
