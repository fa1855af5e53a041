/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/hosts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/findings.h"
#include "harness/results/array.h"
#include "harness/results/pooled.h"

/* The samples of a host follow each other. */
static size_t count_samples(const struct recording *r, size_t first)
{
    size_t n = 1;

    while (first + n < r->n &&
           strcmp(r->samples[first].host, r->samples[first + n].host) == 0)
        n++;
    return n;
}

static int add_host(struct host_runs *h, struct recording *r,
                    const struct claims *claims, size_t first, size_t n)
{
    struct host *host = ARRAY_NEXT(h->items, h->n);
    struct results results = {.recording = r, .claims = claims};
    int error;

    if (!host)
        return -ENOMEM;
    host->name = r->samples[first].host;
    error = table_build(&host->table, r->samples + first, n);
    if (error)
        return error;
    h->n++;
    results.table = &host->table;
    return findings_make(&results, &host->findings);
}

static bool is_comparison(const struct finding *f)
{
    return f->b && f->estimate.n &&
           (f->kind == FINDING_CLAIM || f->kind == FINDING_RATIO);
}

static bool is_same_cell(const struct entry *a, const struct entry *b)
{
    return fact_same_curve(a, b) && strcmp(a->parameters, b->parameters) == 0;
}

static bool is_same(const struct finding *x, const struct finding *y)
{
    return x->claim == y->claim && is_same_cell(x->a, y->a) &&
           is_same_cell(x->b, y->b);
}

static struct comparison *find(const struct host_runs *h,
                               const struct finding *f)
{
    for (size_t i = 0; i < h->n_comparisons; i++)
        if (is_same(h->comparisons[i].first, f))
            return &h->comparisons[i];
    return NULL;
}

static int add_finding(struct host_runs *h, size_t host,
                       const struct finding *f)
{
    struct comparison *c = find(h, f);

    if (!c) {
        c = ARRAY_NEXT(h->comparisons, h->n_comparisons);
        if (c)
            c->of = calloc(h->n, sizeof(*c->of));
        if (!c || !c->of)
            return -ENOMEM;
        c->first = f;
        h->n_comparisons++;
    }
    h->claims |= f->claim != NULL;
    c->of[host] = f;
    return 0;
}

const char *host_word(const struct finding *f)
{
    struct estimate e = f->estimate;
    const char *word = ratio_word(&e);

    if (f->wrong)
        return "wrong results";
    if (!estimate_has_interval(&e))
        return "no interval";
    if (!word)
        return "not significant";
    return f->noise > e.median ? "within noise" : word;
}

static void pool(struct comparison *c, double effects[], double variances[],
                 size_t n)
{
    if (n >= LEAST_HOSTS)
        c->pooled = estimate_exp(estimate_pooled(effects, variances, n));
}

static int summarize(const struct host_runs *h, struct comparison *c)
{
    double *effects = calloc(2 * h->n, sizeof(*effects));
    size_t n = 0;

    if (!effects)
        return -ENOMEM;
    c->low = INFINITY;
    for (size_t i = 0; i < h->n; i++) {
        const struct finding *f = c->of[i];

        if (!f)
            continue;
        c->measured++;
        c->slower += strcmp(host_word(f), "slower") == 0;
        c->faster += strcmp(host_word(f), "faster") == 0;
        c->low = fmin(c->low, f->estimate.median);
        c->high = fmax(c->high, f->estimate.median);
        if (f->wrong || !estimate_has_interval(&f->estimate))
            continue;
        effects[n] = log(f->estimate.median);
        effects[h->n + n++] = estimate_log_variance(&f->estimate);
    }
    pool(c, effects, effects + h->n, n);
    free(effects);
    return 0;
}

/* The rounds of a host follow those of the one before. */
static void number_rounds(struct recording *r, const struct host_runs *h)
{
    size_t host = 0;
    unsigned before = 0;

    for (size_t i = 0; i < r->n; i++) {
        if (i && strcmp(r->samples[i].host, r->samples[i - 1].host) != 0)
            before += h->items[host++].table.rounds;
        if (r->samples[i].round)
            r->samples[i].round += before;
    }
}

int host_runs_make(struct recording *r, const struct claims *claims,
                   struct host_runs *ret)
{
    int error = 0;

    *ret = (struct host_runs){0};
    for (size_t i = 0, n; recording_u64(r, "hosts") && i < r->n && !error;
         i += n) {
        n = count_samples(r, i);
        error = add_host(ret, r, claims, i, n);
    }
    for (size_t i = 0; i < ret->n; i++)
        for (size_t j = 0; j < ret->items[i].findings.n && !error; j++)
            if (is_comparison(&ret->items[i].findings.items[j]))
                error = add_finding(ret, i, &ret->items[i].findings.items[j]);
    for (size_t i = 0; i < ret->n_comparisons && !error; i++)
        error = summarize(ret, &ret->comparisons[i]);
    if (ret->n && !error)
        number_rounds(r, ret);
    return error;
}

void host_runs_finish(struct host_runs *h)
{
    for (size_t i = 0; i < h->n_comparisons; i++)
        free(h->comparisons[i].of);
    for (size_t i = 0; i < h->n; i++) {
        findings_finish(&h->items[i].findings);
        table_finish(&h->items[i].table);
    }
    free(h->comparisons);
    free(h->items);
    *h = (struct host_runs){0};
}
