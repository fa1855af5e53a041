/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_ORDER_H
#define BATON_HARNESS_CHECK_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose process a sample of a check is. */
enum sample_side {
    SIDE_BASE,
    SIDE_CAND,
    SIDE_COPY, /* of base, byte by byte: the control */
    SIDE_N
};

extern const char *const side_names[SIDE_N]; /* "base", "cand", "copy" */
/* -1: no side's. */
int side_find(const char *name);

/*
 * In which order a check takes its samples, from the seed alone.  A round has a
 * block of each cell, the cells in random order: base, candidate, candidate,
 * base, or the other way round, so that what drifts meets both alike.  In a
 * third of the blocks base and its copy follow in the same manner; in all of
 * them where there are few, or the control would have too little to say.
 */
struct step {
    uint32_t cell;
    enum sample_side side;
};

enum { ORDER_MOST = 8 }; /* steps of a cell in a round */

struct order;

/* So few: a screen of `rounds` rounds of n cells has a control in each block.
 */
bool order_is_short(size_t n_cells, unsigned rounds);

/*
 * Stages and trials have orders of their own.  `naive`: base always comes
 * first, as where nobody thinks of it; to show what the control is for.
 * `watched`: a control in each block.  NULL: no memory.
 */
struct order *order_create(uint64_t seed, unsigned trial, unsigned stage,
                           size_t n_cells, bool naive, bool watched);
void order_destroy(struct order *o);

/* The next round: up to ORDER_MOST * n_cells steps; how many. */
size_t order_round(struct order *o, struct step out[]);

#endif
