/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/check.h"
#include "harness/check/decide.h"
#include "harness/check/ruling.h"
#include "harness/measure/order.h"
#include "harness/results/array.h"

/* Cells, rounds and time; 0 or -EINVAL. */
static int survey(struct piece *p, unsigned trial)
{
    uint64_t first = UINT64_MAX, last = 0;
    uint32_t stage = 0;

    for (size_t i = 0; i < p->r.n; i++) {
        const struct sample *s = &p->r.samples[i];

        if (s->trial != trial || s->stage < stage || s->stage > 2)
            return -EINVAL;
        stage = s->stage;
        if (side_find(s->side) >= 0 && s->cell >= p->cells)
            p->cells = (size_t)s->cell + 1;
        if (stage && s->round > p->rounds[stage - 1].done)
            p->rounds[stage - 1].done = s->round;
        if (stage && s->most_rounds > p->rounds[stage - 1].planned)
            p->rounds[stage - 1].planned = s->most_rounds;
        first = s->start_ns < first ? s->start_ns : first;
        if (s->start_ns + s->wall_ns > last)
            last = s->start_ns + s->wall_ns;
    }
    p->elapsed_ns = last > first ? last - first : 0;
    return p->cells == 0 || p->cells > VERDICT_MOST_CELLS ? -EINVAL : 0;
}

/* Limits the time that an invalid file can take. */
enum { MOST_ROUNDS = DECIDE_FRESH * CHECK_MOST };

/* Whether the samples of one stage are in the order of its seed; -EINVAL. */
static int follow(const struct recording *r, unsigned stage,
                  struct order *order, struct order_step steps[])
{
    size_t n = 0;
    uint32_t round = 0, next = 0; /* the first slot that may come */

    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->round == 0 || (s->stage && s->stage != stage))
            continue;
        if (s->stage == 0 || s->round > MOST_ROUNDS)
            return -EINVAL;
        while (round < s->round) {
            n = order_round(order, steps);
            round++;
            next = 0;
        }
        if (s->round < round || s->slot < next || s->slot >= n ||
            steps[s->slot].cell != s->cell ||
            steps[s->slot].variant != s->variant ||
            (int)steps[s->slot].side != side_find(s->side))
            return -EINVAL;
        next = s->slot + 1;
    }
    return 0;
}

static int verify_order(const struct piece *p, unsigned trial, uint64_t seed,
                        size_t variants)
{
    struct order_step *steps =
        calloc(ORDER_MOST * p->cells + 1, sizeof(*steps));
    int error = steps ? 0 : -ENOMEM;
    char naive[16];

    recording_key(&p->r, "order", naive, sizeof(naive));
    for (unsigned stage = 1; stage <= 2 && !error; stage++) {
        /* Checks of the first kind had none. */
        bool watched = stage == 1 && recording_u64(&p->r, "check") >= 2 &&
                       order_is_short(p->cells, p->rounds[0].planned);
        struct order *order = order_create(
            seed, trial, stage, p->cells, strcmp(naive, "naive") == 0, watched);

        error = order ? 0 : -ENOMEM;
        if (!error && variants)
            error = order_vary(order, variants);
        if (!error)
            error = follow(&p->r, stage, order, steps);
        order_destroy(order);
    }
    free(steps);
    return error;
}

static struct recording cut(const struct recording *r, size_t first)
{
    struct recording piece = {.header = r->header,
                              .samples = r->samples + first};

    while (first + piece.n < r->n &&
           piece.samples[piece.n].part == piece.samples[0].part)
        piece.n++;
    return piece;
}

int pieces_find(const struct recording *r, unsigned trial, uint64_t seed,
                size_t variants, struct piece **ret, size_t *ret_n)
{
    size_t cells = 0;
    int error = variants > VERDICT_MOST_VARIANTS ? -EINVAL : 0;

    *ret = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < r->n && !error;) {
        struct piece *p = ARRAY_NEXT(*ret, *ret_n);

        if (!p)
            return -ENOMEM;
        p->r = cut(r, i);
        i += p->r.n;
        error = survey(p, trial);
        if (!error)
            error = verify_order(p, trial, seed, variants);
        cells += p->cells;
        ++*ret_n;
    }
    return !error && (cells == 0 || cells > VERDICT_MOST_CELLS) ? -EINVAL
                                                                : error;
}
