/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answers to the questions of `run`, from its samples. */
#include <string.h>

#include "harness/cli/predict.h"
#include "harness/report/facts.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

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
    const struct asked_cells *s = &r->subjects[at];
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
    const struct asked_cells *s = &r->subjects[at];
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

static void answer_all(struct run_prediction *r, const struct table *t)
{
    for (size_t i = 0; i < r->prediction.n; i++)
        if (r->prediction.items[i].question->kind == QUESTION_ORDER)
            answer_order(r, t, (long)i);
        else
            answer(r, t, (long)i);
}

void run_prediction_show(struct run_prediction *r, const struct table *t,
                         bool silent)
{
    struct asked asked = {.json = silent};

    answer_all(r, t);
    predict_show(&r->prediction, &asked);
}

static void print_shown(const void *prediction, FILE *out)
{
    prediction_show(prediction, out);
}

char *run_prediction_text(struct run_prediction *r, const struct table *t)
{
    answer_all(r, t);
    return text_of(print_shown, &r->prediction);
}

static void print_guesses(const void *prediction, FILE *out)
{
    fputs("# name\tquestion\tguess\n", out);
    prediction_write(prediction, out);
}

char *run_prediction_guesses(const struct run_prediction *r)
{
    return text_of(print_guesses, &r->prediction);
}
