/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/param.h>

#include "harness/check/decide.h"
#include "harness/check/pairs.h"
#include "harness/measure/loop.h"
#include "harness/measure/order.h"

/*
 * The screen takes this share of a budget; the rest is for calibrating, and for
 * the fresh pairs of the few clean cells that become suspects by chance.
 */
static const double screen_share = 0.7;

struct state {
    struct check *check;
    struct loop loop;
    bool watched; /* the screen has a control in each block */
};

static int on_sample(void *context, const struct sample *s)
{
    const struct check *c = ((struct state *)context)->check;
    int error = recording_add(c->recording, s);

    return error ? error : c->on_sample(c->context, s);
}

/*
 * With n pairs, all of them slower, p is 2^-n: below what Holm asks of the
 * first of so many suspects.  A round has two; the other is for exceptions.
 */
static unsigned fewest_fresh(const struct rules *rules, size_t suspects)
{
    return (unsigned)ceil(log2((double)suspects / rules->alpha));
}

/* What fresh pairs of one more suspect take at least, on the average. */
static uint64_t suspect_ns(const struct state *st)
{
    const struct loop *l = &st->loop;
    uint64_t sum = 0;

    for (size_t i = 0; i < l->taker->n; i++)
        sum += loop_sample_ns(l, i) * order_thirds_of_blocks(false) / 3;
    return fewest_fresh(&st->check->rules, 1) * sum / l->taker->n;
}

static void on_progress(void *context, const struct progress *p)
{
    const struct state *st = context;
    const struct check *c = st->check;

    if (c->on_progress)
        c->on_progress(c->context, p, p->stage == 1 ? suspect_ns(st) : 0);
}

static int run_stage(struct state *st, unsigned number, unsigned fewest,
                     unsigned rounds, uint64_t end_ns)
{
    static const char *const ends[] = {[STAGE_ROUNDS] = "rounds",
                                       [STAGE_TIME] = "time",
                                       [STAGE_FAILURES] = "failures"};
    struct check *c = st->check;
    struct stage stage = {
        .number = number,
        .order = order_create(c->seed, c->trial, number, c->taker->n, false,
                              number == 1 && st->watched),
        .rounds = rounds,
        .fewest = fewest,
        .end_ns = end_ns,
    };
    int error = stage.order ? 0 : -ENOMEM;

    if (!error && c->variants)
        error = order_vary(stage.order, c->variants);
    if (!error)
        error = loop_stage(&st->loop, &stage);
    if (!error)
        c->ended[number - 1] = ends[stage.end];
    order_destroy(stage.order);
    return error;
}

static int find_suspects(struct state *st, size_t *ret_n)
{
    const struct recording part =
        pairs_trial(st->check->recording, st->check->trial);

    *ret_n = 0;
    for (size_t i = 0; i < st->loop.taker->n; i++) {
        struct loop_cell *cell = &st->loop.cells[i];
        struct pair_set pairs;
        int error = pairs_collect(&part, (unsigned)i, 1, SIDE_CAND, &pairs);

        if (error)
            return error;
        cell->left_out = cell->given_up ||
                         !decide_suspect(&st->check->rules, pairs.ln, pairs.n);
        *ret_n += !cell->left_out;
        free(pairs.ln);
    }
    return 0;
}

static unsigned count_rounds(const struct state *st, uint64_t budget_ns)
{
    uint64_t round_ns =
        loop_round_ns(&st->loop, order_thirds_of_blocks(st->watched));
    uint64_t rounds = (uint64_t)(screen_share * (double)budget_ns) / round_ns;

    return (unsigned)MIN(MAX(rounds, CHECK_FEWEST), CHECK_MOST);
}

/* A round with a control in each block is half as long again. */
static unsigned plan_screen(struct state *st)
{
    uint64_t budget_ns = loop_left_ns(&st->loop, st->check->budget_ns);
    unsigned rounds = count_rounds(st, budget_ns);

    st->watched = order_is_short(st->loop.taker->n, rounds);
    return st->watched ? count_rounds(st, budget_ns) : rounds;
}

static int confirm(struct state *st, size_t suspects, unsigned screened)
{
    const struct rules *rules = &st->check->rules;
    uint64_t end_ns = 2 * st->check->budget_ns;
    unsigned fewest = fewest_fresh(rules, suspects + st->check->others);
    uint64_t fresh = loop_left_ns(&st->loop, end_ns) /
                     loop_round_ns(&st->loop, order_thirds_of_blocks(false));

    fresh = MAX(MIN(fresh, DECIDE_FRESH * screened), fewest);
    return run_stage(st, 2, fewest, (unsigned)fresh, end_ns);
}

static int run_all(struct state *st)
{
    size_t suspects;
    unsigned rounds;
    int error = loop_calibrate(&st->loop);

    if (error || loop_is_over(&st->loop))
        return error;
    rounds = plan_screen(st);
    error = run_stage(st, 1, CHECK_FEWEST, rounds, st->check->budget_ns);
    if (!error)
        error = find_suspects(st, &suspects);
    return error || !suspects ? error : confirm(st, suspects, rounds);
}

int check_run(struct check *c)
{
    struct state st = {.check = c,
                       .loop = {.taker = c->taker,
                                .sided = true,
                                .attempts = 1,
                                .trial = c->trial,
                                .on_sample = on_sample,
                                .on_progress = on_progress,
                                .context = &st}};
    int error = -ENOMEM;

    st.loop.cells = calloc(c->taker->n, sizeof(*st.loop.cells));
    if (st.loop.cells)
        error = run_all(&st);
    free(st.loop.cells);
    return error;
}
