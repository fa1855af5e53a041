/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_MEASURE_ORDER_H
#define BATON_HARNESS_MEASURE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/results/sample.h"

/*
 * In which order samples are taken, round by round, from a printed seed alone.
 * There are two ways: chains, where a round has one sample of each cell, and
 * blocks, where it has several of each cell's sides.
 */
struct order_step {
    uint32_t cell;
    enum sample_side side;
    uint32_t variant; /* which program of the side, from 1; 0: it has one */
};

enum { ORDER_MOST = 8 }; /* steps of a cell in a round */

/* Two cells that will be compared. */
struct pair {
    size_t a, b;
};

struct order;

/*
 * Chains: the cells in random order, but the two of a pair stay neighbours, for
 * noise between neighbours is 1 % where it is 47 % between blocks of identical
 * code.  Pairs that share cells form chains; a pair whose both ends lie inside
 * chains already is no longer kept together.  The direction of a chain is
 * tossed anew in each round.  NULL: no memory.
 */
struct order *order_chains(uint64_t seed, size_t n_cells,
                           const struct pair pairs[], size_t n_pairs);

/*
 * Blocks: a round has a block of each cell, the cells in random order: base,
 * candidate, candidate, base, or the other way round, so that a drift affects
 * both sides alike.  In a third of the blocks base and its copy follow in the
 * same order; in all of them (`watched`) where there are few, or the control
 * would have too few pairs.  Stages and trials have orders of their own.
 * `naive`: base always comes first, as in a naive comparison; to show what
 * the control is for.  NULL: no memory.
 */
struct order *order_create(uint64_t seed, unsigned trial, unsigned stage,
                           size_t n_cells, bool naive, bool watched);
void order_destroy(struct order *o);

/*
 * Of blocks, before their first round: each side has so many programs.  A pair
 * takes the next one of each side, from decks that are shuffled for each cell:
 * all have been used as often, or once more.  Both of a control's pair are the
 * same program.  0 or -ENOMEM.
 */
int order_vary(struct order *o, unsigned variants);

/* So few: a screen of `rounds` rounds of n cells has a control in each block.
 */
bool order_is_short(size_t n_cells, unsigned rounds);

/* The steps of the next round, at most ORDER_MOST of each cell; how many. */
size_t order_round(struct order *o, struct order_step out[]);

/* How many samples of a cell a round has: at least; on average, times three. */
unsigned order_fewest(const struct order *o);
unsigned order_thirds(const struct order *o);
/* The second of a check's, before there is an order. */
unsigned order_thirds_of_blocks(bool watched);

#endif
