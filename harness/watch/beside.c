/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/watch/autopsy.h"
#include "harness/results/array.h"

/* Accesses of a task without a pause; in the last one it may have stopped. */
struct burst {
    size_t task, first, last;
};

/* Where a burst begins or ends. */
struct edge {
    uint64_t ticks;
    size_t burst;
    bool begins;
};

struct sweep {
    const struct increment_log *log;
    struct burst *bursts;
    size_t n;
    struct edge *edges;
    size_t n_edges;
    size_t *active; /* bursts */
    size_t n_active;
};

static const struct access *access_of(const struct sweep *s,
                                      const struct burst *b, size_t i)
{
    return &s->log->tasks[b->task].items[i];
}

static int add_bursts(struct sweep *s, size_t task, uint64_t least)
{
    const struct task_log *log = &s->log->tasks[task];

    for (size_t first = 0, i = 0; i < log->n; i++) {
        if (i + 1 < log->n &&
            log->items[i + 1].before - log->items[i].before < least)
            continue;
        if (!ARRAY_ROOM(s->bursts, s->n))
            return -ENOMEM;
        s->bursts[s->n++] = (struct burst){task, first, i};
        first = i + 1;
    }
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;

    return (x->ticks > y->ticks) - (x->ticks < y->ticks);
}

static int find_edges(struct sweep *s)
{
    s->edges = calloc(2 * s->n + 1, sizeof(*s->edges));
    s->active = calloc(s->n + 1, sizeof(*s->active));
    if (!s->edges || !s->active)
        return -ENOMEM;
    for (size_t i = 0; i < s->n; i++) {
        const struct burst *b = &s->bursts[i];

        s->edges[s->n_edges++] =
            (struct edge){access_of(s, b, b->first)->before, i, true};
        s->edges[s->n_edges++] =
            (struct edge){access_of(s, b, b->last)->before, i, false};
    }
    qsort(s->edges, s->n_edges, sizeof(s->edges[0]), by_time);
    return 0;
}

/* The part of a burst in the episode: how many accesses, from which one on. */
static size_t part_of(const struct sweep *s, const struct burst *b,
                      const struct episode *e, size_t *ret_first)
{
    const struct task_log *log = &s->log->tasks[b->task];
    size_t first = task_log_from(log, e->begin),
           end = task_log_from(log, e->end);

    *ret_first = first > b->first ? first : b->first;
    end = end < b->last + 1 ? end : b->last + 1;
    return end > *ret_first ? end - *ret_first : 0;
}

/*
 * The counter has grown from the lowest value that one of them read at first to
 * the highest that one of them stored at last: what is lost is at least what
 * this leaves.
 */
static void measure(const struct sweep *s, struct episode *e)
{
    uint64_t low = UINT64_MAX, high = 0;

    for (size_t i = 0; i < s->n_active; i++) {
        const struct burst *b = &s->bursts[s->active[i]];
        size_t first, n = part_of(s, b, e, &first);

        if (e->n < 2)
            e->tasks[e->n] = b->task;
        e->n++;
        if (!n)
            continue;
        e->increments += n;
        if (access_of(s, b, first)->value < low)
            low = access_of(s, b, first)->value;
        if (access_of(s, b, first + n - 1)->value + 1 > high)
            high = access_of(s, b, first + n - 1)->value + 1;
    }
    e->grown = high > low ? high - low : 0;
}

static void note(const struct episode *e, struct beside *ret)
{
    uint64_t lost, worst = ret->worst.increments - ret->worst.grown;

    if (e->increments <= e->grown)
        return;
    lost = e->increments - e->grown;
    ret->n++;
    ret->lost += lost;
    if (lost > worst)
        ret->worst = *e;
}

static void step(struct sweep *s, const struct edge *edge)
{
    if (edge->begins) {
        s->active[s->n_active++] = edge->burst;
        return;
    }
    for (size_t i = 0; i < s->n_active; i++)
        if (s->active[i] == edge->burst) {
            s->n_active--;
            memmove(&s->active[i], &s->active[i + 1],
                    (s->n_active - i) * sizeof(s->active[0]));
            return;
        }
}

static void sweep(struct sweep *s, struct beside *ret)
{
    for (size_t i = 0; i < s->n_edges; i++) {
        struct episode e = {0};

        step(s, &s->edges[i]);
        if (s->n_active < 2 || i + 1 == s->n_edges)
            continue;
        e.begin = s->edges[i].ticks;
        e.end = s->edges[i + 1].ticks;
        measure(s, &e);
        note(&e, ret);
    }
}

int autopsy_beside(const struct increment_log *log, uint64_t least,
                   struct beside *ret)
{
    struct sweep s = {.log = log};
    int error = 0;

    *ret = (struct beside){0};
    for (size_t task = 0; task < log->n && !error; task++)
        error = add_bursts(&s, task, least);
    if (!error)
        error = find_edges(&s);
    if (!error)
        sweep(&s, ret);
    free(s.bursts);
    free(s.edges);
    free(s.active);
    return error;
}
