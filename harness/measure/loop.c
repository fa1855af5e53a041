/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/measure/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"

enum { GIVE_UP_AFTER = 3 }; /* samples of a cell that were not measured */

static bool has_ended_well(const struct sample *s)
{
    return s->status == STATUS_OK || s->status == STATUS_WRONG;
}

/* A cell that fails each time is given up. */
static bool is_hopeless(const struct loop *l, const struct loop_cell *c,
                        unsigned round, const struct order *order)
{
    if (round == 0)
        return c->missing >= l->attempts;
    return c->missing >= GIVE_UP_AFTER &&
           c->missing * 10 > order_fewest(order) * round;
}

/* It was not done when its time limit came. */
static bool took_its_limit(const struct sample *s)
{
    return s->status == STATUS_HUNG || (s->status == STATUS_DISTURBED &&
                                        s->wall_ns >= TAKER_LEAST_LIMIT_NS);
}

static int take(struct loop *l, const struct stage *stage, unsigned round,
                size_t slot, struct order_step step, struct sample *ret)
{
    struct loop_cell *c = &l->cells[step.cell];
    uint64_t begin_ns = clock_ns();
    int error;

    l->taker->variant = step.variant;
    error = l->taker->take(l->taker->context, step.cell, step.side, ret);

    if (error)
        return error;
    c->spent_ns += clock_ns() - begin_ns;
    c->taken++;
    sample_clean(ret);
    l->last = step.cell;
    ret->trial = l->trial;
    ret->stage = stage->number;
    ret->round = round;
    ret->slot = (uint32_t)slot;
    ret->variant = step.variant;
    if (l->sided) {
        ret->most_rounds = stage->rounds;
        ret->cell = step.cell;
        strcpy(ret->side, side_names[step.side]);
    }
    if (!has_ended_well(ret)) {
        c->missing++;
        /* A cell that hangs in its calibration is not tried again. */
        c->given_up = is_hopeless(l, c, round, stage->order) ||
                      (round == 0 && took_its_limit(ret));
    }
    return l->on_sample(l->context, ret);
}

uint64_t loop_sample_ns(const struct loop *l, size_t cell)
{
    const struct loop_cell *c = &l->cells[cell];

    if (c->walls)
        return c->wall_ns / c->walls;
    return l->sided ? 0
                    : l->taker->expected_ns(l->taker->context,
                                            c->follows ? c->as : cell);
}

static bool is_due(const struct loop_cell *c, unsigned round)
{
    return !c->given_up && !c->left_out &&
           (!c->most_rounds || round <= c->most_rounds);
}

uint64_t loop_round_ns(const struct loop *l, unsigned thirds)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < l->taker->n; i++)
        if (is_due(&l->cells[i], 0))
            sum += loop_sample_ns(l, i) * thirds / 3;
    return sum ? sum : 1;
}

uint64_t loop_left_ns(const struct loop *l, uint64_t of_ns)
{
    uint64_t spent = clock_ns() - l->begin_ns;

    return of_ns > spent ? of_ns - spent : 0;
}

bool loop_is_over(const struct loop *l)
{
    for (size_t i = 0; i < l->taker->n; i++)
        if (!l->cells[i].given_up)
            return false;
    return true;
}

/* What the rest of a cell's rounds takes, at the pace of those before. */
static uint64_t cell_left_ns(const struct loop *l, const struct stage *s,
                             size_t cell, size_t slot, size_t slots)
{
    const struct loop_cell *c = &l->cells[cell];
    unsigned rounds = s->rounds ? s->rounds : s->fewest;
    uint64_t sample_ns =
        c->taken ? c->spent_ns / c->taken : loop_sample_ns(l, cell);
    uint64_t round_ns = sample_ns * order_thirds(s->order) / 3;

    if (c->most_rounds && c->most_rounds < rounds)
        rounds = c->most_rounds;
    if (!is_due(c, 0) || rounds <= s->done)
        return 0;
    return (rounds - s->done) * round_ns - round_ns * slot / slots;
}

static uint64_t stage_left_ns(const struct loop *l, const struct stage *s,
                              size_t slot, size_t slots)
{
    uint64_t left_ns = s->rounds ? 0 : loop_left_ns(l, s->end_ns);
    uint64_t rest_ns = 0;

    for (size_t i = 0; i < l->taker->n; i++)
        rest_ns += cell_left_ns(l, s, i, slot, slots);
    return left_ns > rest_ns ? left_ns : rest_ns;
}

static void report(const struct loop *l, const struct progress *p)
{
    if (l->on_progress)
        l->on_progress(l->context, p);
}

/* One sample of each side: does it run, and how long does it take? */
static int try_sides(struct loop *l, const struct stage *stage, uint32_t cell)
{
    struct loop_cell *c = &l->cells[cell];
    struct sample s;
    int error = 0;

    for (int side = 0; side < SIDE_N && !error && !c->given_up; side++) {
        error = take(l, stage, 0, 0,
                     (struct order_step){cell, (enum sample_side)side, 0}, &s);
        if (!error && has_ended_well(&s)) {
            c->wall_ns += s.wall_ns;
            c->walls++;
        }
    }
    return error;
}

static int calibrate(struct loop *l, const struct stage *stage, uint32_t cell)
{
    struct loop_cell *c = &l->cells[cell];
    int error = 0;

    if (c->follows) {
        c->given_up = l->cells[c->as].given_up;
        return 0;
    }
    while (!error && !c->given_up &&
           !l->taker->expected_ns(l->taker->context, cell)) {
        struct sample s;

        error = take(l, stage, 0, l->sided ? 0 : cell,
                     (struct order_step){cell, SIDE_BASE, 0}, &s);
    }
    return error || !l->sided ? error : try_sides(l, stage, cell);
}

int loop_calibrate(struct loop *l)
{
    const struct stage stage = {0};
    int error = 0;

    l->begin_ns = clock_ns();
    for (uint32_t i = 0; i < l->taker->n && !error; i++) {
        report(l,
               &(struct progress){.slot = i, .slots = l->taker->n, .cell = i});
        error = calibrate(l, &stage, i);
    }
    return error;
}

/* Before a sample: how far the round is, and how long the stage will take. */
static void announce(const struct loop *l, const struct stage *s, size_t cell,
                     size_t slot, size_t slots)
{
    report(l, &(struct progress){
                  .stage = s->number,
                  .round = s->done + 1,
                  .rounds = s->rounds,
                  .slot = slot,
                  .slots = slots,
                  .cell = cell,
                  .left_ns = stage_left_ns(l, s, slot, slots),
              });
}

static int run_round(struct loop *l, const struct stage *s,
                     struct order_step *steps)
{
    size_t n = order_round(s->order, steps), due = 0, taken = 0;
    unsigned round = s->done + 1;
    int error = 0;

    for (size_t slot = 0; slot < n; slot++)
        due += is_due(&l->cells[steps[slot].cell], round);
    for (size_t slot = 0; slot < n && !error; slot++) {
        struct sample sample;

        if (!is_due(&l->cells[steps[slot].cell], round))
            continue;
        announce(l, s, steps[slot].cell, taken++, due);
        error = take(l, s, round, slot, steps[slot], &sample);
    }
    return error || !l->on_round ? error : l->on_round(l->context);
}

/* Cells are limited, or were left out while the stage went on. */
static bool is_any_due(const struct loop *l, unsigned round)
{
    for (size_t i = 0; i < l->taker->n; i++)
        if (is_due(&l->cells[i], round))
            return true;
    return false;
}

/*
 * The next round takes what the last one took, or, where rounds are planned,
 * what they took on average, or what was expected if that is more.
 */
static bool goes_on(const struct loop *l, const struct stage *s,
                    uint64_t begin_ns, uint64_t last_ns)
{
    uint64_t now = clock_ns(), mean_ns, said_ns;

    if ((s->rounds && s->done >= s->rounds) || !is_any_due(l, s->done + 1))
        return false;
    if (s->done < s->fewest || !s->end_ns)
        return true;
    if (!s->rounds)
        return now - l->begin_ns + last_ns / 2 <= s->end_ns;
    mean_ns = (now - begin_ns) / s->done;
    said_ns = loop_round_ns(l, order_thirds(s->order));
    return loop_left_ns(l, s->end_ns) >=
           (mean_ns > said_ns ? mean_ns : said_ns);
}

static bool has_failed(const struct loop *l)
{
    bool failed = false;

    for (size_t i = 0; i < l->taker->n; i++) {
        if (!l->cells[i].given_up && !l->cells[i].left_out)
            return false;
        failed |= l->cells[i].given_up;
    }
    return failed;
}

int loop_stage(struct loop *l, struct stage *s)
{
    struct order_step *steps =
        calloc(l->taker->n * ORDER_MOST + 1, sizeof(*steps));
    uint64_t begin_ns = clock_ns(), last_ns = 0;
    int error = steps ? 0 : -ENOMEM;

    s->done = 0;
    for (size_t i = 0; i < l->taker->n; i++)
        l->cells[i].missing = l->cells[i].taken = l->cells[i].spent_ns = 0;
    while (!error && !has_failed(l) && goes_on(l, s, begin_ns, last_ns)) {
        uint64_t round_ns = clock_ns();

        error = run_round(l, s, steps);
        s->done += !error;
        last_ns = clock_ns() - round_ns;
    }
    s->end = has_failed(l)                       ? STAGE_FAILURES
             : s->rounds && s->done == s->rounds ? STAGE_ROUNDS
                                                 : STAGE_TIME;
    free(steps);
    return error;
}
