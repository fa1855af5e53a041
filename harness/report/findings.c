/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/findings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/compare.h"
#include "harness/report/matrix.h"
#include "harness/report/sweep.h"
#include "harness/results/names.h"

static const struct entry *find(const struct table *t,
                                const struct claim *claim, const char *model)
{
    char parameters[256];

    claim_parameters(claim, parameters, sizeof(parameters));
    return table_find(t, claim->workload->name, model, parameters);
}

static int add_ratio(struct finding_list *f, const struct table *t,
                     const struct claim *claim, size_t i)
{
    const struct model *a, *b;
    struct finding finding = {.kind = FINDING_CLAIM, .claim = claim};

    claim_pair(claim, i, &a, &b);
    finding.a = find(t, claim, a->name);
    finding.b = find(t, claim, b->name);
    if (!finding.a || !finding.b)
        return 0;
    finding.estimate =
        table_ratio(finding.a, finding.b, t->rounds, value_real_ns);
    finding.noise = noise_of(t, claim->workload->name);
    finding.wrong = fact_is_wrong(finding.a) || fact_is_wrong(finding.b);
    return finding.estimate.n ? findings_add(f, finding) : 0;
}

static void measure_exponent(struct finding *finding, const struct table *t)
{
    struct sweep sweep;

    finding_sweep(finding, t, &sweep);
    finding->estimate = sweep_exponent(&sweep, t->rounds);
    if (sweep.n)
        finding->a = sweep.entries[0];
    for (size_t i = 0; i < sweep.n && !finding->wrong; i++)
        if (fact_is_wrong(sweep.entries[i])) {
            finding->a = sweep.entries[i];
            finding->wrong = true;
        }
    sweep_finish(&sweep);
}

const char *finding_metric(const struct entry *e, unsigned permille,
                           bool first_byte)
{
    const struct workload *w = workload_find(e->workload);

    for (size_t i = 0; w && i < w->kind->n_metrics; i++) {
        const struct metric *m = &w->kind->metrics[i];

        if (m->permille == permille && m->first_byte == first_byte)
            return m->name;
    }
    return NULL;
}

bool finding_is_timed(const struct entry *e)
{
    const char *median = finding_metric(e, 500, false);

    return median && !e->twin && e->n_right && e->right[0]->latency_histogram &&
           !fact_is_wrong(e) && !fact_is_virtual(e) &&
           finding_percentile(e, median).n;
}

struct estimate finding_percentile(const struct entry *e, const char *metric)
{
    return table_estimate_metric(e->right, e->n_right, metric, true);
}

/* Of one model; `e` is any of its cells of the workload. */
static int add_single(struct finding_list *f, const struct table *t,
                      const struct claim *claim, const struct entry *e)
{
    struct finding finding = {.kind = FINDING_CLAIM, .claim = claim, .a = e};

    if (claim->statistic == STATISTIC_EXPONENT) {
        measure_exponent(&finding, t);
        return finding.estimate.n ? findings_add(f, finding) : 0;
    }
    finding.a = find(t, claim, e->model);
    if (!finding.a)
        return 0;
    finding.wrong = fact_is_wrong(finding.a);
    if (claim->statistic == STATISTIC_SHARE)
        finding.estimate =
            table_estimate(finding.a, t->rounds, value_lost_share);
    else if (claim->statistic == STATISTIC_PERCENTILE)
        finding.estimate = finding_percentile(finding.a, claim->metric);
    else
        finding.estimate = table_estimate_metric(finding.a->by_round, t->rounds,
                                                 claim->metric, false);
    return finding.estimate.n ? findings_add(f, finding) : 0;
}

/* The time of what waits in memory is virtual: it grows as it was told to. */
static bool is_real(const struct claim *claim, const struct entry *e)
{
    return claim->statistic != STATISTIC_EXPONENT || !fact_is_virtual(e);
}

/* The first cell of its model at its workload. */
static bool leads_curve(const struct table *t, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (fact_same_curve(&t->entries[j], &t->entries[i]))
            return false;
    return true;
}

static int add_of_claim(struct finding_list *f, const struct results *r,
                        const struct claim *claim)
{
    const struct table *t = r->table;
    int error = 0;

    if (!claim_is_plain(claim))
        return 0;
    for (size_t i = 0; i < claim->pairs.n && !error; i++)
        error = add_ratio(f, t, claim, i);
    if (claim->statistic == STATISTIC_NONE ||
        claim->statistic == STATISTIC_RATIO)
        return error;
    for (size_t i = 0; i < t->n && !error; i++) {
        const struct entry *e = &t->entries[i];

        if (strcmp(e->workload, claim->workload->name) == 0 &&
            leads_curve(t, i) && is_real(claim, e) &&
            claim_covers(r->claims, &claim->models, e->model))
            error = add_single(f, t, claim, e);
    }
    return error;
}

static int add_sites(struct finding_list *f, const struct results *r)
{
    int error = 0;

    for (size_t i = 0; r->matrices && i < r->matrices->n && !error; i++)
        error = findings_add(f, finding_of_sites(&r->matrices->items[i]));
    return error;
}

/* The notes of a cell that need attention. */
static int add_cells(struct finding_list *f, const struct table *t)
{
    int error = 0;

    f->notes = calloc(t->n * MAX_NOTES + 1, sizeof(*f->notes));
    for (size_t i = 0; f->notes && i < t->n && !error; i++) {
        struct fact_note *notes = f->notes + i * MAX_NOTES;
        size_t n = fact_notes(&t->entries[i], notes);

        for (size_t j = 0; j < n && !error; j++)
            if (notes[j].alarm[0])
                error = findings_add(
                    f,
                    (struct finding){.kind = FINDING_CELL,
                                     .a = &t->entries[i],
                                     .note = &notes[j],
                                     .broken = fact_is_broken(&t->entries[i]),
                                     .wrong = fact_is_wrong(&t->entries[i])});
    }
    return f->notes ? error : -ENOMEM;
}

int findings_make(const struct results *r, struct finding_list *ret)
{
    int error = 0;

    *ret = (struct finding_list){0};
    /* Those of several hosts are compared on each of them. */
    for (size_t i = 0; r->claims && !r->hosts && i < r->claims->n && !error;
         i++)
        error = add_of_claim(ret, r, &r->claims->items[i]);
    if (!error && !r->hosts)
        error = compare_models(r, ret);
    if (!error)
        error = add_sites(ret, r);
    if (!error)
        error = add_cells(ret, r->table);
    if (error)
        findings_finish(ret);
    return error;
}
