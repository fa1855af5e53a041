/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/pairs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct recording pairs_trial(const struct recording *r, unsigned trial)
{
    struct recording part = {.header = r->header};
    size_t first = 0, end = r->n;

    while (first < end && r->samples[first].trial != trial)
        first++;
    while (end > first && r->samples[end - 1].trial != trial)
        end--;
    part.samples = r->samples + first;
    part.n = end - first;
    return part;
}

bool pairs_measured(const struct sample *s)
{
    return s->round > 0 && s->iterations > 0 && s->real_ns > 0 &&
           (s->status == STATUS_OK || s->status == STATUS_WRONG);
}

/* Two neighbours of one block: slots 2i and 2i + 1 of a round. */
static bool are_pair(const struct sample *a, const struct sample *b)
{
    return a->trial == b->trial && a->stage == b->stage &&
           a->round == b->round && a->cell == b->cell &&
           a->slot / 2 == b->slot / 2 && a->slot + 1 == b->slot;
}

/* All of it: what was injected is work like any other. */
static double time_of(const struct sample *s)
{
    return s->real_ns * (double)s->iterations;
}

static void add(struct pair_set *set, const struct sample *base,
                const struct sample *other)
{
    if (pairs_measured(base) && pairs_measured(other)) {
        set->of[set->n] = (struct drawn){base->variant, other->variant};
        set->ln[set->n++] = log(time_of(other) / time_of(base));
    } else
        set->missing++;
}

int pairs_collect(const struct recording *r, unsigned cell, unsigned stage,
                  enum sample_side other, struct pair_set *ret)
{
    size_t most = r->n / 2 + 1;
    struct pair_set set = {.ln =
                               calloc(most, sizeof(*set.ln) + sizeof(*set.of))};

    if (!set.ln)
        return -ENOMEM;
    set.of = (struct drawn *)(set.ln + most);
    for (size_t i = 0; i + 1 < r->n; i++) {
        const struct sample *a = &r->samples[i], *b = a + 1;
        int first = side_find(a->side), second = side_find(b->side);

        if (a->round == 0 || a->cell != cell || (stage && a->stage != stage) ||
            !are_pair(a, b))
            continue;
        if (first == SIDE_BASE && second == (int)other)
            add(&set, a, b);
        else if (second == SIDE_BASE && first == (int)other)
            add(&set, b, a);
    }
    *ret = set;
    return 0;
}
