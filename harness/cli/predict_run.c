/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions of `run` that go with a plan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/predict.h"
#include "harness/report/facts.h"
#include "harness/results/names.h"

/* The last cell has the last values of all parameters. */
static const struct cell *last_cell(const struct plan *plan)
{
    return &plan->cells[plan->n - 1];
}

static bool is_beside(const struct cell *a, const struct cell *b)
{
    return a->workload == b->workload && !a->twin &&
           memcmp(a->setup.values, b->setup.values, sizeof(a->setup.values)) ==
               0;
}

/* Whether a list as "a,b" names it; NULL names everything. */
static bool names(const char *list, const char *name)
{
    return !list || is_named(list, name);
}

static bool keeps_promise(const struct question *q, const struct cell *cell)
{
    bool exact = cell_promised_exact(cell->workload, cell->model);

    return !q->promise || exact == (strcmp(q->promise, "exact") == 0);
}

/* Deadlines set the time of some workloads, and of models in memory nothing. */
static bool is_timed(const struct question *q, const struct cell *cell)
{
    const struct kind *kind = cell->workload->kind;

    return !model_ability(cell->model, kind).in_memory &&
           !(kind->paced && strcmp(q->of, "time") == 0);
}

static size_t choose(const struct question *q, const struct plan *plan,
                     const struct cell *ret[])
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n && n < MOST_CHOICES; i++) {
        const struct cell *cell = &plan->cells[i];

        if (is_beside(cell, last_cell(plan)) &&
            names(q->workload, cell->workload->name) &&
            names(q->models, cell->model->name) && keeps_promise(q, cell) &&
            is_timed(q, cell))
            ret[n++] = cell;
    }
    return n;
}

/* The cell like this one at the smallest value of a parameter. */
static const struct cell *smallest(const struct plan *plan,
                                   const struct cell *like, int at)
{
    const struct cell *found = like;

    for (size_t i = 0; i < plan->n; i++) {
        const struct cell *cell = &plan->cells[i];
        struct setup setup = like->setup;

        setup.values[at] = cell->setup.values[at];
        if (cell->model == like->model && cell->workload == like->workload &&
            memcmp(setup.values, cell->setup.values, sizeof(setup.values)) ==
                0 &&
            cell->setup.values[at] < found->setup.values[at])
            found = cell;
    }
    return found;
}

static int add(struct run_prediction *r, const struct question *q,
               const struct asked_cells *s, const char *subject,
               const struct blank blanks[])
{
    struct choice choices[MOST_CHOICES];
    struct asked_cells *subjects;
    bool order = q->kind == QUESTION_ORDER;
    long at;

    for (size_t i = 0; i < s->n; i++)
        choices[i] = (struct choice){
            s->of[i]->model->name,
            fact_label(s->of[i]->model->name, s->of[i]->workload->name)};
    at = prediction_add(&r->prediction, q->id, subject, blanks, choices,
                        order ? s->n : 0);
    subjects =
        at < 0 ? NULL : realloc(r->subjects, ((size_t)at + 1) * sizeof(*s));
    if (!subjects)
        return EXIT_BROKEN;
    r->subjects = subjects;
    subjects[at] = *s;
    return EXIT_DONE;
}

/* What a ratio's base is: another model, or the smallest value of `over`. */
static const struct cell *find_base(const struct run_prediction *r,
                                    const struct question *q,
                                    const struct cell *cell, int at)
{
    const struct session *s = r->session;

    if (at >= 0)
        return smallest(&s->plan, cell, at);
    for (size_t i = 0; i < s->plan.n && q->kind == QUESTION_RATIO; i++)
        if (is_beside(&s->plan.cells[i], cell) &&
            s->plan.cells[i].model == s->base)
            return &s->plan.cells[i];
    return cell;
}

static int add_one(struct run_prediction *r, const struct question *q,
                   const struct cell *cell, int at)
{
    const struct cell *base = find_base(r, q, cell, at);
    const char *workload = cell->workload->name;
    char low[32] = "", high[32] = "";
    struct blank blanks[] = {{"model", fact_label(cell->model->name, workload)},
                             {"base", fact_label(base->model->name, workload)},
                             {"low", low},
                             {"high", high},
                             {0}};

    if (q->kind == QUESTION_RATIO && base == cell)
        return EXIT_DONE;
    if (at >= 0) {
        snprintf(low, sizeof(low), "%ju", (uintmax_t)base->setup.values[at]);
        snprintf(high, sizeof(high), "%ju", (uintmax_t)cell->setup.values[at]);
    }
    return add(r, q, &(struct asked_cells){{cell}, 1, base}, cell->model->name,
               blanks);
}

static int add_question(struct run_prediction *r, const struct question *q)
{
    const struct plan *plan = &r->session->plan;
    struct asked_cells s = {0};
    int status = EXIT_DONE, at = -1;

    s.n = choose(q, plan, s.of);
    if (!s.n || s.n < q->fewest || (q->most && s.n > q->most))
        return EXIT_DONE;
    if (q->over)
        at = parameter_find(s.of[0]->workload, q->over, strlen(q->over));
    if (q->over && at < 0)
        return EXIT_DONE;
    if (q->kind == QUESTION_ORDER)
        return add(r, q, &s, NULL, NULL);
    for (size_t i = 0; i < s.n && !status; i++)
        status = add_one(r, q, s.of[i], at);
    return status;
}

int run_prediction_ask(struct run_prediction *r, struct session *s)
{
    const struct questions *all = &r->prediction.questions;
    int status = EXIT_DONE;

    if (!predict_wanted(&s->asked))
        return EXIT_DONE;
    if (prediction_begin(&r->prediction, complain))
        return EXIT_BROKEN;
    r->session = s;
    for (size_t i = 0; i < all->n && !status; i++)
        if (strcmp(all->items[i].command, "run") == 0)
            status = add_question(r, &all->items[i]);
    if (!status)
        status = predict_ask(&r->prediction, &s->asked);
    s->predicted = r;
    return status;
}

void run_prediction_finish(struct run_prediction *r)
{
    prediction_finish(&r->prediction);
    free(r->subjects);
    *r = (struct run_prediction){0};
}
