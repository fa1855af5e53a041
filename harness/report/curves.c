/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/curves_panels.h"
#include "harness/report/facts.h"

/*
 * A number of each model against one parameter.  A figure has one or two such
 * numbers, each in a panel of its own below the other.  More than MOST_TOGETHER
 * models have panels for each family, in which the others are grey lines.
 */

static double percent_lost(const struct sample *s)
{
    return 100 * value_lost_share(s);
}

static double percent_wrong(const struct sample *s)
{
    return 100 * (double)s->wrong_iterations / (double)s->iterations;
}

static double percent_wrong_of_all(const struct entry *e)
{
    return 100 * (double)e->wrong_iterations / (double)e->iterations;
}

static const struct axis_metric growth_metrics[] = {
    {"", "ns", false, 0, value_real_ns, NULL, false, 62, 480, 300},
};

static const struct axis_metric lost_metrics[] = {
    {"updates lost", "%", true, 0, percent_lost, NULL, true, 30, 290, 250},
    {"iterations that ended wrong", "%", true, 100, percent_wrong,
     percent_wrong_of_all, false, 30, 110, 110},
};

static bool loses(const struct sweep *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->entries[i]->wrong_iterations || s->entries[i]->lost_updates)
            return true;
    return false;
}

static void add_model(struct curves *c, const char *model)
{
    struct curve curve = {.model = model};

    sweep_collect(c->table, c->workload, model, c->key, c->like, &curve.sweep);
    if (curve.sweep.n && (c->metrics != lost_metrics || loses(&curve.sweep))) {
        c->items[c->n++] = curve;
        return;
    }
    /* The curves of models that lost nothing would all lie at 0. */
    for (size_t i = 0; i < curve.sweep.n; i++)
        c->exact_iterations += curve.sweep.entries[i]->iterations;
    c->n_exact += curve.sweep.n > 0;
    sweep_finish(&curve.sweep);
}

static int compare(const void *a, const void *b)
{
    const struct curve *x = a, *y = b;

    return (int)fact_rank(x->model) - (int)fact_rank(y->model);
}

/* One after the other as the table has them, or sorted by their families. */
static void find_groups(struct curves *c)
{
    size_t most = 0;

    for (size_t i = 0; i < c->table->n; i++)
        if (c->table->entries[i].model_first == i)
            add_model(c, c->table->entries[i].model);
    if (c->n > MOST_TOGETHER)
        qsort(c->items, c->n, sizeof(*c->items), compare);
    c->n_groups = 1; /* also when there is no curve at all */
    for (size_t i = 1; i < c->n; i++)
        if (c->n > MOST_TOGETHER && chart_family(c->items[i].model) !=
                                        chart_family(c->items[i - 1].model))
            c->first[c->n_groups++] = i;
    c->first[c->n_groups] = c->n;
    for (size_t g = 0; g < c->n_groups; g++)
        if (c->first[g + 1] - c->first[g] > most)
            most = c->first[g + 1] - c->first[g];
    for (size_t i = 0; i < c->n_metrics; i++) {
        const struct axis_metric *m = &c->metrics[i];
        unsigned least = c->n_groups > 1 ? m->height_half : m->height;
        unsigned labels = m->label * (unsigned)most;

        c->heights[i] = labels > least ? labels : least;
    }
}

/* Of the curves of this part: how they grow, or what is lost at their ends. */
static void find_range(const struct curves *c, struct finding *ret)
{
    bool lost = c->metrics == lost_metrics;

    ret->range = lost ? RANGE_LOST : RANGE_GROWTH;
    ret->over = lost ? NULL : c->key;
    for (size_t i = c->first[c->begin]; i < c->first[c->end]; i++) {
        const struct sweep *s = &c->items[i].sweep;
        const struct entry *e = s->entries[lost ? s->n - 1 : 0];
        struct estimate number =
            lost ? table_estimate(e, c->table->rounds, value_lost_share)
                 : sweep_exponent(s, c->table->rounds);

        if (number.n && !fact_is_virtual(e))
            finding_widen(ret, e, number);
        ret->wrong |= fact_is_wrong(e);
    }
}

static int write_all(struct curves *c, size_t part, FILE *out,
                     struct finding *ret_shown)
{
    double *places = calloc(c->table->n + 1, sizeof(*places));

    if (!places || !c->items || !c->first) {
        free(places);
        return -ENOMEM;
    }
    find_groups(c);
    if (curves_find_part(c, part)) {
        free(places);
        return -ENOENT;
    }
    curves_write(c, places, out);
    find_range(c, ret_shown);
    free(places);
    return c->thinned;
}

static int write_figure(const struct results *r, const struct subject *s,
                        const struct axis_metric metrics[], size_t n_metrics,
                        FILE *out, struct finding *ret_shown)
{
    struct curves c = {.table = r->table,
                       .findings = r->findings,
                       .workload = s->workload,
                       .key = s->parameter,
                       .metrics = metrics,
                       .n_metrics = n_metrics};
    int error;

    c.like = sweep_choose(r->table, s->workload, s->parameter);
    if (!c.like)
        return -ENOENT;
    c.items = calloc(r->table->n + 1, sizeof(*c.items));
    c.first = calloc(r->table->n + 2, sizeof(*c.first));
    error = write_all(&c, s->part, out, ret_shown);
    for (size_t i = 0; i < c.n; i++)
        sweep_finish(&c.items[i].sweep);
    free(c.items);
    free(c.first);
    return error;
}

static bool is_losing(const char *workload, bool losing)
{
    const struct workload *w = workload_find(workload);

    return w && w->kind->loses == losing;
}

int curves_write_lost(const struct results *r, const struct subject *s,
                      FILE *out, struct finding *ret_shown)
{
    return is_losing(s->workload, true)
               ? write_figure(r, s, lost_metrics, 2, out, ret_shown)
               : -ENOENT;
}

int curves_write_growth(const struct results *r, const struct subject *s,
                        FILE *out, struct finding *ret_shown)
{
    return is_losing(s->workload, false)
               ? write_figure(r, s, growth_metrics, 1, out, ret_shown)
               : -ENOENT;
}
