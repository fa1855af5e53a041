/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/schedule.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdlib.h>

static const size_t none = SIZE_MAX;

/* A cell and its neighbours in the chain; an end has one, a loner none. */
struct link {
    size_t next[2];
};

struct schedule {
    gsl_rng *random;
    size_t n, n_ends;
    struct link *links;
    size_t *ends; /* the first cell of each chain */
};

/* The neighbour of `cell` that is not `from`; attach() fills next[0] first. */
static size_t step(const struct schedule *s, size_t from, size_t cell)
{
    const struct link *l = &s->links[cell];

    return l->next[0] == from ? l->next[1] : l->next[0];
}

static size_t other_end(const struct schedule *s, size_t cell)
{
    size_t from = none, to;

    while ((to = step(s, from, cell)) != none) {
        from = cell;
        cell = to;
    }
    return cell;
}

static bool is_end(const struct schedule *s, size_t cell)
{
    return s->links[cell].next[0] == none || s->links[cell].next[1] == none;
}

static void attach(struct link *l, size_t cell)
{
    l->next[l->next[0] == none ? 0 : 1] = cell;
}

static void join(struct schedule *s, size_t a, size_t b)
{
    if (a == b || !is_end(s, a) || !is_end(s, b) || other_end(s, a) == b)
        return;
    attach(&s->links[a], b);
    attach(&s->links[b], a);
}

static void collect_ends(struct schedule *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (is_end(s, i) && i <= other_end(s, i))
            s->ends[s->n_ends++] = i;
}

struct schedule *schedule_create(uint64_t seed, size_t n_cells,
                                 const struct pair *pairs, size_t n_pairs)
{
    struct schedule *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->n = n_cells;
    s->random = gsl_rng_alloc(gsl_rng_mt19937);
    s->links = calloc(n_cells ? n_cells : 1, sizeof(*s->links));
    s->ends = calloc(n_cells ? n_cells : 1, sizeof(*s->ends));
    if (!s->random || !s->links || !s->ends) {
        schedule_destroy(s);
        return NULL;
    }
    gsl_rng_set(s->random, (unsigned long)seed);
    for (size_t i = 0; i < n_cells; i++)
        s->links[i] = (struct link){{none, none}};
    for (size_t i = 0; i < n_pairs; i++)
        join(s, pairs[i].a, pairs[i].b);
    collect_ends(s);
    return s;
}

void schedule_destroy(struct schedule *s)
{
    if (!s)
        return;
    if (s->random)
        gsl_rng_free(s->random);
    free(s->links);
    free(s->ends);
    free(s);
}

static size_t walk(const struct schedule *s, size_t cell, size_t order[])
{
    size_t from = none, n = 0;

    while (cell != none) {
        size_t to = step(s, from, cell);

        order[n++] = cell;
        from = cell;
        cell = to;
    }
    return n;
}

void schedule_round(struct schedule *s, size_t order[])
{
    size_t n = 0;

    /* It does not know how to shuffle nothing. */
    if (s->n_ends > 1)
        gsl_ran_shuffle(s->random, s->ends, s->n_ends, sizeof(s->ends[0]));
    for (size_t i = 0; i < s->n_ends; i++) {
        size_t first = s->ends[i];

        if (schedule_random(s, 2))
            first = other_end(s, first);
        n += walk(s, first, order + n);
    }
}

uint64_t schedule_random(struct schedule *s, uint64_t bound)
{
    return gsl_rng_uniform_int(s->random, (unsigned long)bound);
}
