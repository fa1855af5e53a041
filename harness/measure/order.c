/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/order.h"

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

static const size_t none = SIZE_MAX;

/* A cell and its neighbours in the chain: two, one at an end, or none. */
struct link {
    size_t next[2];
};

/* Programs of one side of a cell; all are dealt before any comes again. */
struct deck {
    uint32_t *cards; /* [variants] */
    unsigned at;
};

struct order {
    gsl_rng *random;
    gsl_rng *dealer;    /* a change of it changes no order */
    struct deck *decks; /* [n][SIDE_N]; NULL: each side has one program */
    unsigned variants;
    bool naive, watched;
    size_t n;
    struct link *links; /* [n]; NULL: blocks */
    size_t n_heads;
    uint32_t *heads; /* the first cell of each chain; of blocks, all cells */
};

static struct order *create(uint64_t seed, size_t n, bool chains)
{
    struct order *o = calloc(1, sizeof(*o));

    if (!o)
        return NULL;
    o->n = n;
    o->random = gsl_rng_alloc(gsl_rng_mt19937);
    o->heads = calloc(n ? n : 1, sizeof(*o->heads));
    if (chains)
        o->links = calloc(n ? n : 1, sizeof(*o->links));
    if (!o->random || !o->heads || (chains && !o->links)) {
        order_destroy(o);
        return NULL;
    }
    gsl_rng_set(o->random, (unsigned long)seed);
    return o;
}

void order_destroy(struct order *o)
{
    if (!o)
        return;
    if (o->random)
        gsl_rng_free(o->random);
    if (o->dealer)
        gsl_rng_free(o->dealer);
    for (size_t i = 0; o->decks && i < o->n * SIDE_N; i++)
        free(o->decks[i].cards);
    free(o->decks);
    free(o->heads);
    free(o->links);
    free(o);
}

static bool toss(struct order *o)
{
    return gsl_rng_uniform_int(o->random, 2) == 0;
}

/* The neighbour of `cell` that is not `from`; attach() fills next[0] first. */
static size_t step(const struct order *o, size_t from, size_t cell)
{
    const struct link *l = &o->links[cell];

    return l->next[0] == from ? l->next[1] : l->next[0];
}

static size_t other_end(const struct order *o, size_t cell)
{
    size_t from = none, to;

    while ((to = step(o, from, cell)) != none) {
        from = cell;
        cell = to;
    }
    return cell;
}

static bool is_end(const struct order *o, size_t cell)
{
    return o->links[cell].next[0] == none || o->links[cell].next[1] == none;
}

static void attach(struct link *l, size_t cell)
{
    l->next[l->next[0] == none ? 0 : 1] = cell;
}

static void join(struct order *o, size_t a, size_t b)
{
    if (a == b || !is_end(o, a) || !is_end(o, b) || other_end(o, a) == b)
        return;
    attach(&o->links[a], b);
    attach(&o->links[b], a);
}

struct order *order_chains(uint64_t seed, size_t n_cells,
                           const struct pair pairs[], size_t n_pairs)
{
    struct order *o = create(seed, n_cells, true);

    if (!o)
        return NULL;
    for (size_t i = 0; i < n_cells; i++)
        o->links[i] = (struct link){{none, none}};
    for (size_t i = 0; i < n_pairs; i++)
        join(o, pairs[i].a, pairs[i].b);
    for (size_t i = 0; i < n_cells; i++)
        if (is_end(o, i) && i <= other_end(o, i))
            o->heads[o->n_heads++] = (uint32_t)i;
    return o;
}

static size_t walk(const struct order *o, size_t cell, struct order_step out[])
{
    size_t from = none, n = 0;

    while (cell != none) {
        size_t to = step(o, from, cell);

        out[n++] = (struct order_step){(uint32_t)cell, SIDE_BASE, 0};
        from = cell;
        cell = to;
    }
    return n;
}

static size_t round_of_chains(struct order *o, struct order_step out[])
{
    size_t n = 0;

    for (size_t i = 0; i < o->n_heads; i++) {
        size_t first = o->heads[i];

        n += walk(o, toss(o) ? first : other_end(o, first), out + n);
    }
    return n;
}

/* In a third of 40 blocks there are fewer than eleven pairs once in 400. */
bool order_is_short(size_t n_cells, unsigned rounds)
{
    return n_cells * rounds < 40;
}

struct order *order_create(uint64_t seed, unsigned trial, unsigned stage,
                           size_t n_cells, bool naive, bool watched)
{
    /* Far apart: neighbouring seeds of one generator are not. */
    struct order *o =
        create((seed + trial * 4u + stage) * UINT64_C(0x9e3779b97f4a7c15) >> 32,
               n_cells, false);

    if (!o)
        return NULL;
    o->naive = naive;
    o->watched = watched;
    for (size_t i = 0; i < n_cells; i++)
        o->heads[o->n_heads++] = (uint32_t)i;
    return o;
}

int order_vary(struct order *o, unsigned variants)
{
    size_t n = o->n * SIDE_N;

    o->dealer = gsl_rng_clone(o->random);
    o->decks = calloc(n ? n : 1, sizeof(*o->decks));
    if (!o->dealer || !o->decks)
        return -ENOMEM;
    gsl_rng_set(o->dealer, gsl_rng_get(o->dealer));
    o->variants = variants;
    for (size_t i = 0; i < n; i++) {
        struct deck *d = &o->decks[i];

        d->cards = calloc(variants, sizeof(*d->cards));
        if (!d->cards)
            return -ENOMEM;
        d->at = variants;
        for (unsigned j = 0; j < variants; j++)
            d->cards[j] = j + 1;
    }
    return 0;
}

static uint32_t deal(struct order *o, uint32_t cell, enum sample_side side)
{
    struct deck *d;

    if (!o->decks)
        return 0;
    d = &o->decks[cell * SIDE_N + side];
    if (d->at == o->variants) {
        gsl_ran_shuffle(o->dealer, d->cards, o->variants, sizeof(d->cards[0]));
        d->at = 0;
    }
    return d->cards[d->at++];
}

/* The programs of two neighbours, of which the other is not base's. */
static void deal_pair(struct order *o, struct order_step pair[2])
{
    bool base_first = pair[0].side == SIDE_BASE;
    struct order_step *base = &pair[!base_first], *other = &pair[base_first];

    other->variant = deal(o, other->cell, other->side);
    base->variant = other->side == SIDE_COPY ? other->variant
                                             : deal(o, base->cell, SIDE_BASE);
}

static size_t add_block(struct order *o, uint32_t cell, enum sample_side other,
                        struct order_step out[])
{
    bool base_first = toss(o);

    for (size_t i = 0; i < 4; i++) {
        bool outer = i == 0 || i == 3;
        bool base = o->naive ? i % 2 == 0 : outer == base_first;

        out[i] = (struct order_step){cell, base ? SIDE_BASE : other, 0};
    }
    deal_pair(o, out);
    deal_pair(o, out + 2);
    return 4;
}

static size_t round_of_blocks(struct order *o, struct order_step out[])
{
    size_t n = 0;

    for (size_t i = 0; i < o->n; i++) {
        n += add_block(o, o->heads[i], SIDE_CAND, out + n);
        if (o->watched || gsl_rng_uniform_int(o->random, 3) == 0)
            n += add_block(o, o->heads[i], SIDE_COPY, out + n);
    }
    return n;
}

size_t order_round(struct order *o, struct order_step out[])
{
    /* It does not know how to shuffle nothing. */
    if (o->n_heads > 1)
        gsl_ran_shuffle(o->random, o->heads, o->n_heads, sizeof(o->heads[0]));
    return o->links ? round_of_chains(o, out) : round_of_blocks(o, out);
}

unsigned order_fewest(const struct order *o)
{
    return o->links ? 1 : 4;
}

unsigned order_thirds_of_blocks(bool watched)
{
    return watched ? 24 : 16;
}

unsigned order_thirds(const struct order *o)
{
    return o->links ? 3 : order_thirds_of_blocks(o->watched);
}
