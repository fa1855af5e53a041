/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_MEASURE_SCHEDULE_H
#define BATON_HARNESS_MEASURE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

/*
 * In which order a round runs its cells: at random from a printed seed, but
 * the two sides of a pair that will be compared stay neighbours, for noise
 * between neighbours is 1 % where it is 47 % between blocks of identical code.
 */
struct pair {
    size_t a, b; /* cells */
};

struct schedule;

/* NULL: no memory. */
struct schedule *schedule_create(uint64_t seed, size_t n_cells,
                                 const struct pair *pairs, size_t n_pairs);
void schedule_destroy(struct schedule *s);

/*
 * The next round's order: n_cells indices, each once.  Pairs that share cells
 * form chains; a pair whose both ends lie inside chains already is no longer
 * kept together.  A chain's direction is tossed anew in each round.
 */
void schedule_round(struct schedule *s, size_t order[]);

/* A random number below `bound`, from the same seed. */
uint64_t schedule_random(struct schedule *s, uint64_t bound);

#endif
