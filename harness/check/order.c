/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/order.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

const char *const side_names[SIDE_N] = {
    [SIDE_BASE] = "base", [SIDE_CAND] = "cand", [SIDE_COPY] = "copy"};

struct order {
    gsl_rng *random;
    bool naive, watched;
    size_t n;
    uint32_t cells[];
};

int side_find(const char *name)
{
    for (int i = 0; i < SIDE_N; i++)
        if (strcmp(name, side_names[i]) == 0)
            return i;
    return -1;
}

/* In a third of 40 blocks there are fewer than eleven pairs once in 400. */
bool order_is_short(size_t n_cells, unsigned rounds)
{
    return n_cells * rounds < 40;
}

struct order *order_create(uint64_t seed, unsigned trial, unsigned stage,
                           size_t n_cells, bool naive, bool watched)
{
    struct order *o = calloc(1, sizeof(*o) + n_cells * sizeof(o->cells[0]));

    if (!o)
        return NULL;
    o->random = gsl_rng_alloc(gsl_rng_mt19937);
    if (!o->random) {
        free(o);
        return NULL;
    }
    /* Far apart: neighbouring seeds of one generator are not. */
    gsl_rng_set(o->random, (unsigned long)((seed + trial * 4u + stage) *
                                               UINT64_C(0x9e3779b97f4a7c15) >>
                                           32));
    o->naive = naive;
    o->watched = watched;
    o->n = n_cells;
    for (size_t i = 0; i < n_cells; i++)
        o->cells[i] = (uint32_t)i;
    return o;
}

void order_destroy(struct order *o)
{
    if (!o)
        return;
    gsl_rng_free(o->random);
    free(o);
}

static size_t add_block(struct order *o, uint32_t cell, enum sample_side other,
                        struct step out[])
{
    bool base_first = gsl_rng_uniform_int(o->random, 2) == 0;

    for (size_t i = 0; i < 4; i++) {
        bool outer = i == 0 || i == 3;
        bool base = o->naive ? i % 2 == 0 : outer == base_first;

        out[i] = (struct step){cell, base ? SIDE_BASE : other};
    }
    return 4;
}

size_t order_round(struct order *o, struct step out[])
{
    size_t n = 0;

    if (o->n > 1)
        gsl_ran_shuffle(o->random, o->cells, o->n, sizeof(o->cells[0]));
    for (size_t i = 0; i < o->n; i++) {
        n += add_block(o, o->cells[i], SIDE_CAND, out + n);
        if (o->watched || gsl_rng_uniform_int(o->random, 3) == 0)
            n += add_block(o, o->cells[i], SIDE_COPY, out + n);
    }
    return n;
}
