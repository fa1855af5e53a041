/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions of `run`: which go with a plan, and what answers them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/predict.h"
#include "harness/report/facts.h"
#include "harness/results/derived.h"
#include "harness/results/names.h"

/* The cells that a question is about. */
struct subject {
    const struct cell *of[MOST_CHOICES]; /* of an order all, else one */
    size_t n;
    const struct cell *base; /* of a ratio */
};

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
               const struct subject *s, const char *subject,
               const struct blank blanks[])
{
    struct choice choices[MOST_CHOICES];
    struct subject *subjects;
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
    return add(r, q, &(struct subject){{cell}, 1, base}, cell->model->name,
               blanks);
}

static int add_question(struct run_prediction *r, const struct question *q)
{
    const struct plan *plan = &r->session->plan;
    struct subject s = {0};
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

/* The answers. */

static const struct entry *entry_of(const struct table *t,
                                    const struct cell *cell)
{
    char parameters[SAMPLE_PARAMETERS];

    cell_parameters(cell->workload, cell->setup.values, parameters,
                    sizeof(parameters));
    return table_find(t, cell->workload->name, cell->model->name, parameters);
}

static double percent_lost(const struct sample *s)
{
    return 100 * value_lost_share(s);
}

static struct estimate number_of(const struct question *q,
                                 const struct table *t, const struct entry *e)
{
    if (strcmp(q->of, "lost") == 0)
        return table_estimate(e, t->rounds, percent_lost);
    if (strcmp(q->of, "time") == 0)
        return table_estimate(e, t->rounds, value_real_ns);
    return table_estimate_metric(e->right, e->n_right, q->of, false);
}

static void answer(struct run_prediction *r, const struct table *t, long at)
{
    const struct predicted *q = &r->prediction.items[at];
    const struct subject *s = &r->subjects[at];
    const struct entry *e = entry_of(t, s->of[0]),
                       *base = s->base ? entry_of(t, s->base) : NULL;

    if (!e || !base)
        return;
    prediction_answer(&r->prediction, at,
                      q->question->kind == QUESTION_RATIO
                          ? table_ratio(e, base, t->rounds, value_real_ns)
                          : number_of(q->question, t, e));
    if (q->question->kind == QUESTION_RATIO &&
        (fact_is_wrong(e) || fact_is_wrong(base)))
        prediction_note(&r->prediction, at, "%s had wrong results",
                        fact_label_of(fact_is_wrong(e) ? e : base));
}

/* So many are before it for certain, and so many behind it. */
static struct place place_of(const struct table *t,
                             const struct entry *const entries[], size_t n,
                             size_t at)
{
    struct place place = {0, n - 1};

    for (size_t i = 0; i < n; i++) {
        struct estimate ratio =
            table_ratio(entries[at], entries[i], t->rounds, value_real_ns);

        if (i == at ||
            (estimate_has_interval(&ratio) && estimate_spans(&ratio, 1)))
            continue;
        place.first += ratio.median > 1;
        place.last -= ratio.median < 1;
    }
    return place;
}

static void answer_order(struct run_prediction *r, const struct table *t,
                         long at)
{
    const struct subject *s = &r->subjects[at];
    const struct entry *entries[MOST_CHOICES];
    struct place places[MOST_CHOICES];

    for (size_t i = 0; i < s->n; i++) {
        entries[i] = entry_of(t, s->of[i]);
        if (!entries[i] || !entries[i]->measured || fact_is_wrong(entries[i])) {
            prediction_note(&r->prediction, at,
                            "%s has no right result and is not ranked",
                            s->of[i]->model->name);
            return;
        }
    }
    for (size_t i = 0; i < s->n; i++)
        places[i] = place_of(t, entries, s->n, i);
    prediction_answer_order(&r->prediction, at, places);
}

void run_prediction_show(struct run_prediction *r, const struct table *t,
                         bool silent)
{
    struct asked asked = {.json = silent};

    for (size_t i = 0; i < r->prediction.n; i++)
        if (r->prediction.items[i].question->kind == QUESTION_ORDER)
            answer_order(r, t, (long)i);
        else
            answer(r, t, (long)i);
    predict_show(&r->prediction, &asked);
}
