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
#include "harness/check/pairs.h"
#include "harness/check/pieces.h"
#include "harness/check/words.h"
#include "harness/results/clean.h"
#include "harness/results/exits.h"
#include "harness/results/table.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

/* What was measured apart is judged together. */
struct pieces {
    struct piece *of;
    size_t n;
};

/* All pairs of one cell: [0] of its control, [stage] of the candidate. */
struct cell_pairs {
    struct pair_set of[3];
};

static int collect(const struct recording *r, unsigned cell,
                   struct cell_pairs *ret, struct evidence *ret_evidence)
{
    const struct pair_set *p = ret->of;
    int error = 0;

    for (unsigned stage = 0; stage <= 2 && !error; stage++)
        error = pairs_collect(r, cell, stage, stage ? SIDE_CAND : SIDE_COPY,
                              &ret->of[stage]);
    *ret_evidence = (struct evidence){
        .screen = p[1].ln,
        .n_screen = p[1].n,
        .confirm = p[2].ln,
        .n_confirm = p[2].n,
        .control = p[0].ln,
        .n_control = p[0].n,
        .planned = p[2].n ? p[2].n : DECIDE_FRESH * p[1].n,
        .screen_of = recording_u64(r, "variants") ? p[1].of : NULL,
        .confirm_of = p[2].of,
    };
    return error;
}

/* What the samples of one cell hold beside its pairs. */
struct seen {
    const struct sample *first[SIDE_N];
    const struct sample *failure; /* of a pair's, else of the calibration */
    double *times[SIDE_N];        /* of the stage that decides */
    size_t n[SIDE_N];
};

static void look_at(const struct sample *s, unsigned stage, struct seen *seen)
{
    int side = side_find(s->side);

    if (!seen->first[side])
        seen->first[side] = s;
    if (s->stage == stage && pairs_measured(s))
        seen->times[side][seen->n[side]++] = value_real_ns(s);
    if (s->status != STATUS_OK && s->status != STATUS_WRONG &&
        (!seen->failure || (seen->failure->round == 0 && s->round > 0)))
        seen->failure = s;
}

/* Two cells of one program are named both. */
static void name_cell(const struct seen *seen, struct checked *c)
{
    const struct sample *base = seen->first[SIDE_BASE];
    const struct sample *cand = seen->first[SIDE_CAND];
    char a[CELL_NAME_SIZE] = "", b[CELL_NAME_SIZE] = "";

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

static int describe_cell(const struct recording *r, unsigned cell,
                         struct checked *c)
{
    double *times = calloc(SIDE_N * (r->n + 1), sizeof(*times));
    struct seen seen = {0};

    if (!times)
        return -ENOMEM;
    for (size_t side = 0; side < SIDE_N; side++)
        seen.times[side] = times + side * (r->n + 1);
    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].cell == cell && side_find(r->samples[i].side) >= 0)
            look_at(&r->samples[i], c->stage, &seen);
    name_cell(&seen, c);
    if (seen.failure)
        snprintf(
            c->failure, sizeof(c->failure), "%s %s: %s", seen.failure->side,
            status_name((enum status)seen.failure->status), seen.failure->text);
    clean_line(c->failure);
    c->base_ns =
        estimate_median(seen.times[SIDE_BASE], seen.n[SIDE_BASE]).median;
    c->cand_ns =
        estimate_median(seen.times[SIDE_CAND], seen.n[SIDE_CAND]).median;
    free(times);
    return 0;
}

/*
 * The whole check's, with which the interval would end below the threshold:
 * its width goes with the root of the pairs.  0: none would, or this one's is
 * not known.
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
static uint64_t test_budget(const struct recording *r, double budget_ns)
{
    uint64_t sum_ns = 0, n = 0, needed;

    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].stage == 1) {
            sum_ns += r->samples[i].wall_ns;
            n++;
        }
    needed = n ? 11 * 8 * (sum_ns / n) : 0;
    return needed > (uint64_t)budget_ns ? needed : (uint64_t)budget_ns;
}

/*
 * The one precedence: what could not be measured, or has no right base, is
 * broken; a regression stays one even in a check that was cut short; the rest
 * of such a check is broken; and nothing passes with a control that had too few
 * pairs to show anything, or with an event in doubt.
 */
static enum ruling rule_cell(const struct verdict *v, const struct checked *c,
                             const struct events *events)
{
    bool passes = c->ruling == RULING_PASS || c->ruling == RULING_IMPROVED;

    /*
     * With more than a tenth of the pairs unmeasured, a slowdown may be hidden.
     */
    if (events->base_wrong || c->measured == 0 ||
        c->missing * 10 > c->measured + c->missing)
        return RULING_BROKEN;
    if (events->cand_worse || c->ruling == RULING_REGRESSED)
        return RULING_REGRESSED;
    if (v->cut)
        return RULING_BROKEN;
    if (passes && (v->untested || events->doubtful))
        return RULING_INCONCLUSIVE;
    return c->ruling;
}

static int judge_cell(const struct recording *r, unsigned cell,
                      const struct cell_pairs *p,
                      const struct evidence *evidence, const struct verdict *v,
                      struct checked *c)
{
    struct events events;
    int error = events_find(&v->rules, r, cell, &events);

    if (error)
        return error;
    snprintf(c->events, sizeof(c->events), "%s", events.words);
    c->detectable = decide_detectable(&v->rules, evidence, c);
    /* More pairs do not average variants out. */
    if (!v->variants)
        c->budget_ns = budget_for(&v->rules, read_budget_ns(r), c);
    c->screened = p->of[1].n;
    for (int i = 0; i < 3; i++) {
        c->measured += p->of[i].n;
        c->missing += (unsigned)p->of[i].missing;
    }
    c->ruling = rule_cell(v, c, &events);
    return describe_cell(r, cell, c);
}

static int collect_all(const struct pieces *all, struct cell_pairs pairs[],
                       struct evidence evidence[])
{
    size_t at = 0;
    int error = 0;

    for (size_t i = 0; i < all->n; i++)
        for (unsigned j = 0; j < all->of[i].cells && !error; j++, at++)
            error = collect(&all->of[i].r, j, &pairs[at], &evidence[at]);
    return error;
}

static int judge(const struct recording *r, const struct pieces *all,
                 struct verdict *v, struct cell_pairs pairs[],
                 struct evidence evidence[])
{
    int disturbed, error = collect_all(all, pairs, evidence);
    size_t at = 0;

    if (error)
        return error;
    disturbed = decide(&v->rules, evidence, v->n, v->cells, &v->control);
    if (disturbed < 0)
        return disturbed;
    v->disturbed = disturbed;
    /* Two-sided, all of them on one side. */
    v->untested = ldexp(2, -(int)v->control.n) > v->rules.control;
    if (v->untested)
        v->test_budget_ns = test_budget(r, read_budget_ns(r));
    for (size_t i = 0; i < all->n; i++)
        for (unsigned j = 0; j < all->of[i].cells && !error; j++, at++)
            error = judge_cell(&all->of[i].r, j, &pairs[at], &evidence[at], v,
                               &v->cells[at]);
    return error;
}

/* The whole. */

static void conclude(struct verdict *v)
{
    size_t told;

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
    else if (told == 0) /* disturbed, or too noisy for any cell */
        v->status = EXIT_INCONCLUSIVE;
    v->strict_status = v->status == 0 && v->count[RULING_INCONCLUSIVE]
                           ? EXIT_INCONCLUSIVE
                           : v->status;
}

/* Checks of the first kind have no header `ended`. */
static unsigned read_kind(const struct recording *r)
{
    return (unsigned)recording_u64(r, "check");
}

/* Of joined parts, whose ends may differ, the worst. */
static void read_ended(const struct recording *r, const char *key, char ret[16])
{
    char all[128];

    recording_key(r, key, all, sizeof(all));
    snprintf(ret, 16, "%.15s",
             !strchr(all, ';')         ? all
             : strstr(all, "failures") ? "failures"
             : strstr(all, "time")     ? "time"
                                       : "rounds");
}

static void read_header(const struct recording *r, unsigned trial,
                        struct verdict *v)
{
    rules_read(r, &v->rules);
    v->seed = recording_u64(r, "seed");
    v->variants = (unsigned)recording_u64(r, "variants");
    recording_key(r, "base", v->base, sizeof(v->base));
    recording_key(r, "cand", v->cand, sizeof(v->cand));
    recording_key(r, "ended", v->ended, sizeof(v->ended));
    read_ended(r, "ended_screen", v->rounds[0].ended);
    read_ended(r, "ended_fresh", v->rounds[1].ended);
    v->cut =
        read_kind(r) >= 2 && trial == 0 && strcmp(v->ended, "complete") != 0;
}

static int reach(const struct recording *r, const struct pieces *all,
                 struct verdict *v)
{
    struct cell_pairs *pairs = calloc(v->n, sizeof(*pairs));
    struct evidence *evidence = calloc(v->n, sizeof(*evidence));
    int error = -ENOMEM;

    v->cells = calloc(v->n, sizeof(*v->cells));
    if (pairs && evidence && v->cells)
        error = judge(r, all, v, pairs, evidence);
    for (size_t i = 0; pairs && i < 3 * v->n; i++)
        free(pairs[i / 3].of[i % 3].ln);
    free(pairs);
    free(evidence);
    return error;
}

/* Of several pieces the rounds of the one that was cut short most. */
static void add_up(const struct pieces *all, struct verdict *v)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct piece *p = &all->of[i];

        v->n += p->cells;
        v->elapsed_ns += p->elapsed_ns;
        for (int stage = 0; stage < 2; stage++) {
            unsigned done = p->rounds[stage].done;
            unsigned planned = p->rounds[stage].planned;
            int more = (int)(planned - done) -
                       (int)(v->rounds[stage].planned - v->rounds[stage].done);

            if (i && (more < 0 || (more == 0 && done <= v->rounds[stage].done)))
                continue;
            v->rounds[stage].done = done;
            v->rounds[stage].planned = planned;
        }
    }
}

int verdict_reach(const struct recording *recording, unsigned trial,
                  struct verdict *ret)
{
    const struct recording r = pairs_trial(recording, trial);
    struct verdict v = {0};
    struct pieces all;
    int error;

    read_header(&r, trial, &v);
    error = pieces_find(&r, trial, v.seed, v.variants, &all.of, &all.n);
    if (!error) {
        add_up(&all, &v);
        error = reach(&r, &all, &v);
    }
    free(all.of);
    if (error) {
        verdict_finish(&v);
        return error;
    }
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
