/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/decide.h"
#include "harness/check/pairs.h"
#include "workloads/clock.h"

/*
 * The screen takes this share of a budget; the rest is for calibrating, and for
 * the fresh pairs of the few clean cells that become suspects by chance.
 */
static const double screen_share = 0.7;

enum { GIVE_UP_AFTER = 3 }; /* samples of a cell that were not measured */

/* A cell while it is checked. */
struct progress {
    uint64_t wall_ns; /* of the samples before the first round, summed */
    unsigned walls, missing;
    bool given_up, suspect;
};

struct state {
    struct check *check;
    struct progress *cells; /* [n] */
    struct step *steps;     /* of a round */
    uint64_t begin_ns;
    uint32_t rounds; /* of this stage, as planned; 0: it has none */
    bool watched;    /* this stage has a control in each block */
    size_t n;
};

static bool has_ended_well(const struct sample *s)
{
    return s->status == STATUS_OK || s->status == STATUS_WRONG;
}

/* One that fails each time is not to be waited for each time. */
static void count_missing(struct progress *p, const struct sample *s)
{
    if (has_ended_well(s))
        return;
    p->missing++;
    p->given_up = s->round == 0 || (p->missing >= GIVE_UP_AFTER &&
                                    p->missing * 10 > 4 * s->round);
}

static int take(struct state *st, unsigned stage, unsigned round, size_t slot,
                struct step step, struct sample *ret)
{
    struct check *c = st->check;
    int error = c->taker->take(c->taker->context, step.cell, step.side, ret);

    if (error)
        return error;
    ret->trial = c->trial;
    ret->stage = stage;
    ret->round = round;
    ret->most_rounds = st->rounds;
    ret->slot = (uint32_t)slot;
    ret->cell = step.cell;
    strcpy(ret->side, side_names[step.side]);
    count_missing(&st->cells[step.cell], ret);
    error = recording_add(c->recording, ret);
    return error ? error : c->on_sample(c->context, ret);
}

/* Each side once: whether it runs at all, and how long it takes. */
static int try_sides(struct state *st, uint32_t cell)
{
    struct progress *p = &st->cells[cell];
    struct sample s;
    int error = 0;

    for (int side = 0; side < SIDE_N && !error && !p->given_up; side++) {
        error =
            take(st, 0, 0, 0, (struct step){cell, (enum sample_side)side}, &s);
        if (!error && has_ended_well(&s)) {
            p->wall_ns += s.wall_ns;
            p->walls++;
        }
    }
    return error;
}

/* A round's blocks of one cell: four samples, and in a third of them eight. */
static uint64_t block_ns(const struct progress *p, bool watched)
{
    return p->walls ? p->wall_ns / p->walls * (watched ? 24 : 16) / 3 : 0;
}

static bool is_due(const struct progress *p, unsigned stage)
{
    return !p->given_up && (stage == 1 || p->suspect);
}

static uint64_t round_ns(const struct state *st, unsigned stage)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < st->n; i++)
        if (is_due(&st->cells[i], stage))
            sum += block_ns(&st->cells[i], st->watched);
    return sum ? sum : 1;
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
    uint64_t sum = 0;

    for (size_t i = 0; i < st->n; i++)
        sum += block_ns(&st->cells[i], false);
    return fewest_fresh(&st->check->rules, 1) * sum / st->n;
}

static void tell(const struct state *st, unsigned stage, size_t done,
                 size_t all, uint64_t left_ns)
{
    struct check_progress p = {stage, done, all, left_ns,
                               stage == 1 ? suspect_ns(st) : 0};

    if (st->check->on_progress)
        st->check->on_progress(st->check->context, &p);
}

static int prepare(struct state *st)
{
    int error = 0;

    for (uint32_t i = 0; i < st->n && !error; i++) {
        struct sample s;

        tell(st, 0, i, st->n, 0);
        if (!st->check->calibrated)
            error = take(st, 0, 0, 0, (struct step){i, SIDE_BASE}, &s);
        if (!error)
            error = try_sides(st, i);
    }
    return error;
}

static int run_round(struct state *st, unsigned stage, unsigned round,
                     struct order *order)
{
    size_t n = order_round(order, st->steps);
    int error = 0;

    for (size_t slot = 0; slot < n && !error; slot++) {
        struct sample s;

        if (is_due(&st->cells[st->steps[slot].cell], stage))
            error = take(st, stage, round, slot, st->steps[slot], &s);
    }
    return error;
}

static uint64_t left_ns(const struct state *st, uint64_t of_ns)
{
    uint64_t spent = clock_ns() - st->begin_ns;

    return of_ns > spent ? of_ns - spent : 0;
}

/* What the next round takes: as estimated, or as these did if that is more. */
static uint64_t next_ns(const struct state *st, unsigned stage,
                        uint64_t begin_ns, unsigned rounds)
{
    uint64_t took_ns = (clock_ns() - begin_ns) / rounds;
    uint64_t said_ns = round_ns(st, stage);

    return took_ns > said_ns ? took_ns : said_ns;
}

/*
 * Where the machine has become slower than it was, `until_ns` ends it: no round
 * is begun that would go on beyond.
 */
static int run_stage(struct state *st, unsigned stage, unsigned fewest,
                     unsigned rounds, uint64_t until_ns)
{
    struct check *c = st->check;
    struct order *order =
        order_create(c->seed, c->trial, stage, st->n, c->naive, st->watched);
    uint64_t begin_ns = clock_ns();
    int error = order ? 0 : -ENOMEM;

    st->rounds = rounds;
    for (size_t i = 0; i < st->n; i++)
        st->cells[i].missing = 0;
    for (unsigned round = 1; round <= rounds && !error; round++) {
        tell(st, stage, round - 1, rounds,
             (rounds - round + 1) * round_ns(st, stage));
        error = run_round(st, stage, round, order);
        if (round >= fewest &&
            left_ns(st, until_ns) < next_ns(st, stage, begin_ns, round))
            break;
    }
    order_destroy(order);
    return error;
}

static unsigned limit(uint64_t rounds, unsigned fewest, unsigned most)
{
    return rounds < fewest ? fewest : rounds > most ? most : (unsigned)rounds;
}

static int find_suspects(struct state *st, size_t *ret_n)
{
    *ret_n = 0;
    for (size_t i = 0; i < st->n; i++) {
        struct pair_set pairs;
        int error = pairs_collect(st->check->recording, st->check->trial,
                                  (unsigned)i, 1, SIDE_CAND, &pairs);

        if (error)
            return error;
        st->cells[i].suspect =
            !st->cells[i].given_up &&
            decide_suspect(&st->check->rules, pairs.ln, pairs.n);
        *ret_n += st->cells[i].suspect;
        free(pairs.ln);
    }
    return 0;
}

static unsigned count_rounds(const struct state *st, uint64_t budget_ns)
{
    return limit((uint64_t)(screen_share * (double)budget_ns) / round_ns(st, 1),
                 CHECK_FEWEST, CHECK_MOST);
}

/* A round with a control in each block is half as long again. */
static unsigned plan_screen(struct state *st, uint64_t budget_ns)
{
    unsigned rounds = count_rounds(st, budget_ns);

    st->watched = order_is_short(st->n, rounds);
    return st->watched ? count_rounds(st, budget_ns) : rounds;
}

static bool all_given_up(const struct state *st)
{
    for (size_t i = 0; i < st->n; i++)
        if (!st->cells[i].given_up)
            return false;
    return true;
}

static int run_all(struct state *st)
{
    uint64_t budget_ns = st->check->budget_ns;
    unsigned rounds, fewest, fresh;
    size_t suspects;
    int error = prepare(st);

    if (error || all_given_up(st))
        return error;
    rounds = plan_screen(st, left_ns(st, budget_ns));
    error = run_stage(st, 1, CHECK_FEWEST, rounds, budget_ns);
    if (!error)
        error = find_suspects(st, &suspects);
    if (error || suspects == 0)
        return error;
    st->watched = false;
    fewest = fewest_fresh(&st->check->rules, suspects);
    fresh =
        limit(left_ns(st, 2 * budget_ns) / round_ns(st, 2), fewest,
              fewest > DECIDE_FRESH * rounds ? fewest : DECIDE_FRESH * rounds);
    return run_stage(st, 2, fewest, fresh, 2 * budget_ns);
}

int check_run(struct check *c)
{
    struct state st = {.check = c, .n = c->taker->n, .begin_ns = clock_ns()};
    int error = -ENOMEM;

    st.cells = calloc(st.n, sizeof(*st.cells));
    st.steps = calloc(st.n * ORDER_MOST, sizeof(*st.steps));
    if (st.cells && st.steps)
        error = run_all(&st);
    free(st.cells);
    free(st.steps);
    return error;
}
