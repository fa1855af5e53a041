/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/resample.h"

#include <errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "harness/check/decide.h"

struct state {
    const struct resample_setup *setup;
    const struct recorded *recorded;
    size_t n, per_cell; /* doubles of a cell in `room` */
    gsl_rng *random;
    double *room;
    struct evidence *evidence;
    struct checked *cells;
    size_t *first;
    struct resampling *result;
};

/* `n` in a row, from `first` on, and round the end. */
static void copy_window(const double from[], size_t length, size_t first,
                        double shift, double to[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[(first + i) % length] + shift;
}

/* Blocks are two pairs: a window begins with one. */
static size_t toss(const struct state *st, size_t length)
{
    return length < 2 ? 0 : 2 * gsl_rng_uniform_int(st->random, length / 2);
}

static void draw_cell(struct state *st, size_t i)
{
    const struct recorded *r = &st->recorded[i];
    size_t screen = st->setup->screen, fresh = DECIDE_FRESH * screen;
    size_t control = r->n_control ? screen / 3 : 0;
    double *room = st->room + i * st->per_cell;

    st->first[i] = toss(st, r->n);
    copy_window(r->pairs, r->n, st->first[i], log1p(st->setup->slowdown), room,
                screen + fresh);
    copy_window(r->control, r->n_control, toss(st, r->n_control), 0,
                room + screen + fresh, control);
    st->evidence[i] = (struct evidence){
        .screen = room,
        .n_screen = screen,
        .confirm = room + screen,
        .n_confirm = fresh,
        .control = room + screen + fresh,
        .n_control = control,
        .planned = fresh,
    };
    /* Only suspects are measured in fresh pairs. */
    if (!decide_suspect(st->setup->rules, room, screen))
        st->evidence[i].n_confirm = 0;
}

static bool holds(const struct state *st, struct estimate e)
{
    return estimate_has_interval(&e) &&
           estimate_spans(&e, 1 + st->setup->slowdown);
}

static struct estimate of_screen(const struct state *st, size_t i)
{
    const struct evidence *e = &st->evidence[i];
    struct estimate estimate = {0};

    estimate_copy(e->screen, e->n_screen, &estimate);
    return estimate_exp(estimate);
}

static void count(struct state *st, bool disturbed)
{
    struct resampling *result = st->result;
    bool red = false, improved = false;

    for (size_t i = 0; i < st->n; i++) {
        const struct checked *c = &st->cells[i];
        struct rate *rate = &result->cells[i];

        rate->checks++;
        rate->regressed += c->ruling == RULING_REGRESSED;
        rate->improved += c->ruling == RULING_IMPROVED;
        rate->passed += c->ruling == RULING_PASS;
        rate->covered += holds(st, c->ratio);
        rate->plain += holds(st, of_screen(st, i));
        red |= c->ruling == RULING_REGRESSED;
        improved |= c->ruling == RULING_IMPROVED;
    }
    result->red += red;
    result->improved += improved;
    result->disturbed += disturbed;
}

static int run(struct state *st)
{
    const struct resample_setup *setup = st->setup;

    for (unsigned suite = 0; suite < setup->suites; suite++) {
        struct estimate control;
        int disturbed;

        for (size_t i = 0; i < st->n; i++)
            draw_cell(st, i);
        disturbed =
            decide(setup->rules, st->evidence, st->n, st->cells, &control);
        if (disturbed < 0)
            return disturbed;
        count(st, disturbed);
        if (setup->on_suite)
            setup->on_suite(setup->context, suite, st->first, st->cells, st->n);
    }
    return 0;
}

int resample(const struct resample_setup *setup,
             const struct recorded recorded[], size_t n, struct resampling *ret)
{
    struct state st = {.setup = setup,
                       .recorded = recorded,
                       .n = n,
                       .per_cell = (2 + DECIDE_FRESH) * setup->screen + 1,
                       .result = ret};
    int error = -ENOMEM;

    *ret = (struct resampling){.suites = setup->suites};
    st.random = gsl_rng_alloc(gsl_rng_mt19937);
    st.room = calloc(n * st.per_cell, sizeof(*st.room));
    st.evidence = calloc(n, sizeof(*st.evidence));
    st.cells = calloc(n, sizeof(*st.cells));
    st.first = calloc(n, sizeof(*st.first));
    ret->cells = calloc(n, sizeof(*ret->cells));
    if (st.random && st.room && st.evidence && st.cells && st.first &&
        ret->cells) {
        gsl_rng_set(st.random, (unsigned long)setup->seed);
        error = run(&st);
    }
    if (st.random)
        gsl_rng_free(st.random);
    free(st.room);
    free(st.evidence);
    free(st.cells);
    free(st.first);
    if (error) {
        free(ret->cells);
        ret->cells = NULL;
    }
    return error;
}
