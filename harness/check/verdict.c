/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/check.h"
#include "harness/check/decide.h"
#include "harness/check/events.h"
#include "harness/measure/order.h"
#include "harness/check/pairs.h"
#include "harness/check/words.h"
#include "harness/results/exits.h"
#include "harness/results/table.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

/* All pairs of one cell. */
struct cell_pairs {
    struct pair_set screen, confirm, control;
};

static void cell_pairs_finish(struct cell_pairs *p)
{
    free(p->screen.ln);
    free(p->confirm.ln);
    free(p->control.ln);
}

static int collect(const struct recording *r, unsigned trial, unsigned cell,
                   struct cell_pairs *ret)
{
    int error = pairs_collect(r, trial, cell, 1, SIDE_CAND, &ret->screen);

    if (!error)
        error = pairs_collect(r, trial, cell, 2, SIDE_CAND, &ret->confirm);
    if (!error)
        error = pairs_collect(r, trial, cell, 0, SIDE_COPY, &ret->control);
    return error;
}

static const struct sample *find_arm(const struct recording *r, unsigned trial,
                                     unsigned cell, enum sample_side side)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial == trial && s->cell == cell &&
            side_find(s->side) == (int)side)
            return s;
    }
    return NULL;
}

/* Two cells of one program are named both. */
static void name_cell(const struct recording *r, unsigned trial, unsigned cell,
                      struct checked *c)
{
    const struct sample *base = find_arm(r, trial, cell, SIDE_BASE);
    const struct sample *cand = find_arm(r, trial, cell, SIDE_CAND);
    char a[300] = "", b[300] = "";

    if (base)
        sample_cell_name(base, a, sizeof(a));
    if (cand)
        sample_cell_name(cand, b, sizeof(b));
    if (!cand || strcmp(a, b) == 0)
        snprintf(c->name, sizeof(c->name), "%s", a);
    else
        snprintf(c->name, sizeof(c->name), "%s against %s", b, a);
    c->items = base ? base->items : 0;
}

static int median_ns(const struct recording *r, unsigned trial, unsigned cell,
                     unsigned stage, enum sample_side side, double *ret)
{
    double *values = calloc(r->n + 1, sizeof(*values));
    size_t n = 0;

    if (!values)
        return -ENOMEM;
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial == trial && s->cell == cell && s->stage == stage &&
            pairs_measured(s) && side_find(s->side) == (int)side)
            values[n++] = value_real_ns(s);
    }
    *ret = estimate_median(values, n).median;
    free(values);
    return 0;
}

/*
 * The whole check's, with which the interval would end below the threshold:
 * its width goes with the root of the pairs.  0: none would, or nobody knows
 * this one's.
 */
static uint64_t budget_for(const struct rules *rules, double budget_ns,
                           const struct checked *c)
{
    double room = log1p(rules->threshold) - log(c->ratio.median);
    double above = log(c->ratio.high / c->ratio.median);

    if (!estimate_has_interval(&c->ratio) || !(room > 0) || !(above > room))
        return 0;
    return (uint64_t)fmin(budget_ns * above * above / (room * room), 1e18);
}

/* After the times: what can be told without statistics goes before them. */
static int apply_events(const struct recording *r, unsigned trial,
                        struct verdict *v)
{
    for (size_t i = 0; i < v->n; i++) {
        struct checked *c = &v->cells[i];
        struct events events;
        int error = events_find(&v->rules, r, trial, (unsigned)i, &events);

        if (error)
            return error;
        snprintf(c->events, sizeof(c->events), "%s", events.words);
        if (events.doubtful && c->ruling < RULING_INCONCLUSIVE)
            c->ruling = RULING_INCONCLUSIVE;
        if (events.cand_worse)
            c->ruling = RULING_REGRESSED;
        if (events.base_wrong)
            c->ruling = RULING_BROKEN;
    }
    return 0;
}

/* Over a tenth without a measurement: it cannot be said what is missing. */
static void apply_missing(struct checked *c, const struct cell_pairs *p)
{
    c->measured = p->screen.n + p->confirm.n + p->control.n;
    c->missing =
        (unsigned)(p->screen.missing + p->confirm.missing + p->control.missing);
    if (c->measured == 0 || c->missing * 10 > c->measured + c->missing)
        c->ruling = RULING_BROKEN;
}

/* The first of a pair; of a cell that was given up at once, the first. */
static void name_failure(const struct recording *r, unsigned trial,
                         unsigned cell, struct checked *c)
{
    const struct sample *found = NULL;

    for (size_t i = 0; i < r->n && !(found && found->round > 0); i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial == trial && s->cell == cell && s->status != STATUS_OK &&
            s->status != STATUS_WRONG && (!found || s->round > 0))
            found = s;
    }
    if (found)
        snprintf(c->failure, sizeof(c->failure), "%s %s: %s", found->side,
                 status_name((enum status)found->status), found->text);
}

static double read_budget_ns(const struct recording *r)
{
    double seconds = recording_real(r, "budget_s");

    return seconds > 0 && seconds < 1e9 ? 1e9 * seconds : 0;
}

/*
 * With a control in each block, two pairs of it in a round, six rounds make
 * eleven; the screen's of seven, with the calibration, are what eleven rounds
 * of eight samples take, for it has 0.7 of a budget.
 */
static uint64_t test_budget(const struct recording *r, unsigned trial,
                            double budget_ns)
{
    uint64_t sum_ns = 0, n = 0, needed;

    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].trial == trial && r->samples[i].stage == 1) {
            sum_ns += r->samples[i].wall_ns;
            n++;
        }
    needed = n ? 11 * 8 * (sum_ns / n) : 0;
    return needed > (uint64_t)budget_ns ? needed : (uint64_t)budget_ns;
}

/* A control that cannot speak is not quiet. */
static void withhold_passes(struct verdict *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->cells[i].ruling == RULING_PASS ||
            v->cells[i].ruling == RULING_IMPROVED)
            v->cells[i].ruling = RULING_INCONCLUSIVE;
}

static int judge(const struct recording *r, unsigned trial, struct verdict *v,
                 struct cell_pairs pairs[], struct evidence evidence[])
{
    double budget_ns = read_budget_ns(r);
    int disturbed, error = 0;

    for (size_t i = 0; i < v->n && !error; i++) {
        struct cell_pairs *p = &pairs[i];

        error = collect(r, trial, (unsigned)i, p);
        evidence[i] = (struct evidence){
            .screen = p->screen.ln,
            .n_screen = p->screen.n,
            .confirm = p->confirm.ln,
            .n_confirm = p->confirm.n,
            .control = p->control.ln,
            .n_control = p->control.n,
            .planned = p->confirm.n ? p->confirm.n : DECIDE_FRESH * p->screen.n,
        };
    }
    if (error)
        return error;
    disturbed = decide(&v->rules, evidence, v->n, v->cells, &v->control);
    if (disturbed < 0)
        return disturbed;
    v->disturbed = disturbed;
    /* Two-sided, all of them on one side. */
    v->untested = ldexp(2, -(int)v->control.n) > v->rules.control;
    if (v->untested) {
        withhold_passes(v);
        v->test_budget_ns = test_budget(r, trial, budget_ns);
    }
    error = apply_events(r, trial, v);
    for (size_t i = 0; i < v->n && !error; i++) {
        struct checked *c = &v->cells[i];

        c->detectable = decide_detectable(&v->rules, &evidence[i], c);
        apply_missing(c, &pairs[i]);
        name_failure(r, trial, (unsigned)i, c);
        name_cell(r, trial, (unsigned)i, c);
        c->budget_ns = budget_for(&v->rules, budget_ns, c);
        error =
            median_ns(r, trial, (unsigned)i, c->stage, SIDE_BASE, &c->base_ns);
        if (!error)
            error = median_ns(r, trial, (unsigned)i, c->stage, SIDE_CAND,
                              &c->cand_ns);
    }
    return error;
}

/* The whole. */

/* What was cut short might have become anything. */
static void break_off(struct verdict *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->cells[i].ruling != RULING_REGRESSED)
            v->cells[i].ruling = RULING_BROKEN;
}

static void conclude(struct verdict *v)
{
    size_t told;

    if (v->cut)
        break_off(v);
    v->ruling = RULING_PASS;
    for (size_t i = 0; i < v->n; i++) {
        v->count[v->cells[i].ruling]++;
        if (v->cells[i].ruling > v->ruling)
            v->ruling = v->cells[i].ruling;
    }
    told = v->count[RULING_PASS] + v->count[RULING_IMPROVED];
    if (v->count[RULING_BROKEN] || v->cut)
        v->status = EXIT_BROKEN;
    else if (v->count[RULING_REGRESSED])
        v->status = EXIT_FINDING;
    else if (told == 0) /* disturbed, or too noisy for a word about any */
        v->status = EXIT_INCONCLUSIVE;
    v->strict_status =
        v->status == 0 && v->count[RULING_INCONCLUSIVE] ? 3 : v->status;
}

static size_t count_cells(const struct recording *r, unsigned trial)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial == trial && side_find(s->side) >= 0 && s->cell >= n)
            n = (size_t)s->cell + 1;
    }
    return n;
}

/* Checks before the second kind did not say how they ended. */
static unsigned read_kind(const struct recording *r)
{
    return (unsigned)recording_u64(r, "check");
}

static void read_header(const struct recording *r, unsigned trial,
                        struct verdict *v)
{
    char text[256];

    rules_read(r, &v->rules);
    v->seed = recording_u64(r, "seed");
    recording_key(r, "base", v->base, sizeof(v->base));
    recording_key(r, "cand", v->cand, sizeof(v->cand));
    recording_key(r, "ended", text, sizeof(text));
    v->cut = read_kind(r) >= 2 && trial == 0 && strcmp(text, "complete") != 0;
}

static void count_rounds(const struct recording *r, unsigned trial,
                         struct verdict *v)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial != trial || s->stage < 1 || s->stage > 2)
            continue;
        if (s->round > v->rounds[s->stage - 1].done)
            v->rounds[s->stage - 1].done = s->round;
        if (s->most_rounds > v->rounds[s->stage - 1].planned)
            v->rounds[s->stage - 1].planned = s->most_rounds;
    }
}

static uint64_t elapsed_ns(const struct recording *r, unsigned trial)
{
    uint64_t first = UINT64_MAX, last = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial != trial)
            continue;
        if (s->start_ns < first)
            first = s->start_ns;
        if (s->start_ns + s->wall_ns > last)
            last = s->start_ns + s->wall_ns;
    }
    return last > first ? last - first : 0;
}

/* The order. */

/* Nobody is kept waiting by a made-up file. */
enum { MOST_ROUNDS = DECIDE_FRESH * CHECK_MOST };

/* The samples of one stage, in the order of its seed?  0 or -EINVAL. */
static int follow(const struct recording *r, unsigned trial, unsigned stage,
                  struct order *order, struct step steps[])
{
    size_t n = 0;
    uint32_t round = 0, next = 0; /* the first slot that may come */

    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial != trial || s->round == 0)
            continue;
        if (s->stage == 0 || s->stage > 2 || s->round > MOST_ROUNDS)
            return -EINVAL;
        if (s->stage != stage)
            continue;
        while (round < s->round) {
            n = order_round(order, steps);
            round++;
            next = 0;
        }
        if (s->round < round || s->slot < next || s->slot >= n ||
            steps[s->slot].cell != s->cell ||
            (int)steps[s->slot].side != side_find(s->side))
            return -EINVAL;
        next = s->slot + 1;
    }
    return 0;
}

/* The calibration, then the screen, then fresh pairs. */
static bool are_stages_in_turn(const struct recording *r, unsigned trial)
{
    uint32_t stage = 0;

    for (size_t i = 0; i < r->n; i++) {
        if (r->samples[i].trial != trial)
            continue;
        if (r->samples[i].stage < stage)
            return false;
        stage = r->samples[i].stage;
    }
    return true;
}

static int verify_order(const struct recording *r, unsigned trial,
                        const struct verdict *v)
{
    struct step *steps = calloc(ORDER_MOST * v->n + 1, sizeof(*steps));
    int error = steps ? 0 : -ENOMEM;
    char naive[16];

    if (!error && !are_stages_in_turn(r, trial))
        error = -EINVAL;
    recording_key(r, "order", naive, sizeof(naive));
    for (unsigned stage = 1; stage <= 2 && !error; stage++) {
        bool watched = stage == 1 && read_kind(r) >= 2 &&
                       order_is_short(v->n, v->rounds[0].planned);
        struct order *order = order_create(
            v->seed, trial, stage, v->n, strcmp(naive, "naive") == 0, watched);

        error = order ? follow(r, trial, stage, order, steps) : -ENOMEM;
        order_destroy(order);
    }
    free(steps);
    return error;
}

static int reach(const struct recording *r, unsigned trial, struct verdict *v)
{
    struct cell_pairs *pairs = calloc(v->n, sizeof(*pairs));
    struct evidence *evidence = calloc(v->n, sizeof(*evidence));
    int error = -ENOMEM;

    v->cells = calloc(v->n, sizeof(*v->cells));
    if (pairs && evidence && v->cells)
        error = judge(r, trial, v, pairs, evidence);
    for (size_t i = 0; pairs && i < v->n; i++)
        cell_pairs_finish(&pairs[i]);
    free(pairs);
    free(evidence);
    return error;
}

int verdict_reach(const struct recording *recording, unsigned trial,
                  struct verdict *ret)
{
    const struct recording part = pairs_trial(recording, trial), *r = &part;
    struct verdict v = {.n = count_cells(r, trial)};
    int error;

    /* A file that was made by hand may say anything. */
    if (v.n == 0 || v.n > VERDICT_MOST_CELLS)
        return -EINVAL;
    read_header(r, trial, &v);
    count_rounds(r, trial, &v);
    error = verify_order(r, trial, &v);
    if (!error)
        error = reach(r, trial, &v);
    if (error) {
        verdict_finish(&v);
        return error;
    }
    v.elapsed_ns = elapsed_ns(r, trial);
    conclude(&v);
    verdict_explain(&v);
    *ret = v;
    return 0;
}

void verdict_finish(struct verdict *v)
{
    free(v->cells);
    *v = (struct verdict){0};
}
