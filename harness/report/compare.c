/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/compare.h"

#include <string.h>

#include "harness/report/sweep.h"
#include "harness/results/names.h"

/* The floor under all others is a base only where there is nothing else. */
static const struct entry *first_of(const struct table *t,
                                    const struct entry *like, bool same_group)
{
    const struct entry *alone = NULL;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (e->twin || strcmp(e->workload, like->workload) != 0 ||
            (same_group && !fact_same_group(e, like)))
            continue;
        if (!fact_is_floor(e->model))
            return e;
        alone = alone ? alone : e;
    }
    return alone;
}

static bool is_paced(const struct entry *e)
{
    const struct workload *w = workload_find(e->workload);

    return w && w->kind->paced;
}

const struct entry *compare_base(const struct results *r,
                                 const struct entry *of)
{
    const struct entry *e = first_of(r->table, of, false);
    char named[64] = "";

    if (is_paced(of))
        return NULL;
    if (r->recording)
        recording_key(r->recording, "base", named, sizeof(named));
    e = table_find(r->table, of->workload, *named ? named : e->model,
                   of->parameters);
    return e ? e : first_of(r->table, of, true);
}

const struct finding *compare_find(const struct finding_list *f,
                                   const struct entry *e)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].kind == FINDING_RATIO && f->items[i].a == e)
            return &f->items[i];
    return NULL;
}

/* It has no ratio: a promise is broken, or a round lacks it. */
static bool is_barred(const struct entry *e)
{
    return !e->measured || e->missing || fact_breaks_promise(e);
}

static int add_ratio(const struct table *t, struct finding_list *f,
                     const struct entry *e, const struct entry *base)
{
    struct finding finding = {.kind = FINDING_RATIO,
                              .a = e,
                              .b = base,
                              .wrong = fact_is_wrong(e) || fact_is_wrong(base)};
    struct estimate ratio;

    if (is_barred(base) || is_barred(e)) {
        finding.barred = is_barred(base) ? base : e;
        finding.wrong = false; /* which is a finding of its own */
        return findings_add(f, finding);
    }
    ratio = table_ratio(e, base, t->rounds, value_real_ns);
    finding.estimate = ratio;
    finding.noise = noise_of(t, e->workload);
    finding.within_noise =
        estimate_has_interval(&ratio) &&
        (!ratio_word(&ratio) || ratio.median < finding.noise);
    return ratio.n ? findings_add(f, finding) : 0;
}

/* All cells of the group that `head` leads, with their base. */
static int add_group(const struct results *r, struct finding_list *f,
                     const struct entry *head)
{
    const struct entry *base = compare_base(r, head);
    int error = 0;

    for (size_t i = 0; i < r->table->n && !error; i++) {
        const struct entry *e = &r->table->entries[i];

        if (e != base && !e->twin && fact_same_group(e, head) &&
            (!fact_is_virtual(e) || fact_is_virtual(base)))
            error = add_ratio(r->table, f, e, base);
    }
    return error;
}

/*
 * The time of a model in memory is virtual: the server's waits and nothing
 * else.
 */
static int add_growth(const struct table *t, struct finding_list *f,
                      const struct parameter *over, const struct sweep *s)
{
    struct finding finding = {
        .kind = FINDING_GROWTH, .a = s->entries[0], .over = over->name};

    if (s->n < 3 || fact_is_virtual(s->entries[0]))
        return 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].kind == FINDING_CLAIM &&
            f->items[i].claim->statistic == STATISTIC_EXPONENT &&
            fact_same_curve(f->items[i].a, finding.a))
            return 0;
    for (size_t i = 0; i < s->n; i++) {
        finding.wrong |= fact_is_wrong(s->entries[i]);
        if (is_barred(s->entries[i]))
            return 0;
    }
    finding.estimate = sweep_exponent(s, t->rounds);
    return finding.estimate.n ? findings_add(f, finding) : 0;
}

/* 1: clearly slower than the base, -1: faster, 0: neither. */
static int sign_of(const struct finding *f)
{
    if (!f || f->barred || f->wrong || f->within_noise ||
        !estimate_has_interval(&f->estimate))
        return 0;
    return f->estimate.median > 1 ? 1 : -1;
}

static int add_crossovers(struct finding_list *f, const struct parameter *over,
                          const struct sweep *s)
{
    int error = 0, last = 0;
    size_t at = 0;

    for (size_t i = 0; i < s->n && !error; i++) {
        const struct finding *ratio = compare_find(f, s->entries[i]);
        int sign = sign_of(ratio);

        if (sign * last < 0)
            error =
                findings_add(f, (struct finding){.kind = FINDING_CROSSOVER,
                                                 .a = s->entries[i],
                                                 .b = ratio->b,
                                                 .estimate = ratio->estimate,
                                                 .over = over->name,
                                                 .low = s->sizes[at],
                                                 .high = s->sizes[i]});
        if (sign) {
            last = sign;
            at = i;
        }
    }
    return error;
}

/* Once for all cells of a model that differ in `over` alone. */
static int add_over(const struct table *t, struct finding_list *f,
                    const struct parameter *over, const struct entry *e)
{
    struct sweep s;
    char key[64];
    int error = 0;

    parameter_key(over, key, sizeof(key));
    sweep_collect(t, e->workload, e->model, key, e->parameters, &s);
    if (s.n > 1 && s.entries[0] == e)
        error = add_growth(t, f, over, &s);
    if (!error && s.n > 1 && s.entries[0] == e)
        error = add_crossovers(f, over, &s);
    sweep_finish(&s);
    return error;
}

int compare_models(const struct results *r, struct finding_list *f)
{
    const struct table *t = r->table;
    int error = 0;

    for (size_t i = 0; i < t->n && !error; i++)
        if (t->entries[i].group_first == i && !is_paced(&t->entries[i]))
            error = add_group(r, f, &t->entries[i]);
    for (size_t i = 0; i < t->n && !error; i++) {
        const struct workload *w = workload_find(t->entries[i].workload);

        if (!w || w->kind->paced)
            continue;
        for (size_t j = 0; j < w->n_parameters && !error; j++)
            if (w->parameters[j].size && !t->entries[i].twin)
                error = add_over(t, f, &w->parameters[j], &t->entries[i]);
    }
    return error;
}
