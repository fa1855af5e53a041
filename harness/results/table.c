/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/text.h"

static struct entry *find(const struct table *t, const char *workload,
                          const char *model, const char *parameters, bool twin)
{
    for (size_t i = 0; i < t->n; i++) {
        struct entry *e = &t->entries[i];

        if (strcmp(e->workload, workload) == 0 &&
            strcmp(e->model, model) == 0 &&
            strcmp(e->parameters, parameters) == 0 && e->twin == twin)
            return e;
    }
    return NULL;
}

const struct entry *table_find(const struct table *t, const char *workload,
                               const char *model, const char *parameters)
{
    return find(t, workload, model, parameters, false);
}

const struct entry *table_twin(const struct table *t, const struct entry *e)
{
    return find(t, e->workload, e->model, e->parameters, true);
}

static struct entry *add_entry(struct table *t, const struct sample *s)
{
    if (!ARRAY_ROOM(t->entries, t->n))
        return NULL;
    t->entries[t->n] = (struct entry){
        .workload = s->workload,
        .model = s->model,
        .parameters = s->parameters,
        .twin = s->twin,
        .meant = s->most_rounds && s->most_rounds < t->rounds ? s->most_rounds
                                                              : t->rounds,
        .calibrated = s->twin, /* with the one it is the twin of */
        .text = "",
        .missing_text = "",
        .by_round = calloc(t->rounds ? t->rounds : 1, sizeof(void *)),
    };
    return t->entries[t->n].by_round ? &t->entries[t->n++] : NULL;
}

static void add_tally(struct tally *t, const struct tally *more)
{
    t->begun += more->begun;
    t->cancelled += more->cancelled;
    for (int i = 0; i < OUTCOME_N; i++)
        t->by[i] += more->by[i];
}

static void add_sample(struct entry *e, const struct sample *s)
{
    bool measured = s->status == STATUS_OK || s->status == STATUS_WRONG;

    e->last = s;
    if (!measured && !e->missing_text[0])
        e->missing_text = s->text;
    if (s->round == 0) {
        e->calibrated = measured;
        return;
    }
    if (!measured) {
        e->missing++;
        return;
    }
    if (s->text[0] && !e->text[0])
        e->text = s->text;
    e->by_round[s->round - 1] = s;
    e->measured++;
    e->wrong += s->status == STATUS_WRONG;
    e->iterations += s->iterations;
    e->wrong_iterations += s->wrong_iterations;
    e->broken_iterations += s->broken_iterations;
    e->lost_updates += s->lost_updates;
    e->errors += s->errors;
    add_tally(&e->tally, &s->tally);
    e->labelled += (s->audit & (AUDIT_OVERLAPPING | AUDIT_SERIALISED)) != 0;
    e->overlapping |= (s->audit & AUDIT_OVERLAPPING) != 0;
}

static void mark_origin_bound(struct entry *e, unsigned rounds)
{
    unsigned bound = 0;

    for (unsigned r = 0; r < rounds; r++)
        bound += e->by_round[r] && (e->by_round[r]->audit & AUDIT_ORIGIN_BOUND);
    e->origin_bound = bound * 2 > e->measured;
}

int table_build(struct table *t, const struct sample *samples, size_t n)
{
    *t = (struct table){0};
    for (size_t i = 0; i < n; i++)
        if (samples[i].round > t->rounds)
            t->rounds = samples[i].round;
    for (size_t i = 0; i < n; i++) {
        const struct sample *s = &samples[i];
        struct entry *e =
            find(t, s->workload, s->model, s->parameters, s->twin);

        if (!e)
            e = add_entry(t, s);
        if (!e) {
            table_finish(t);
            return -ENOMEM;
        }
        add_sample(e, s);
    }
    for (size_t i = 0; i < t->n; i++)
        mark_origin_bound(&t->entries[i], t->rounds);
    return 0;
}

void table_finish(struct table *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->entries[i].by_round);
    free(t->entries);
    *t = (struct table){0};
}

double value_real_ns(const struct sample *s)
{
    return s->real_ns;
}

double value_cpu_ns(const struct sample *s)
{
    return s->cpu_ns;
}

double value_switches(const struct sample *s)
{
    return (double)(s->voluntary + s->involuntary) / (double)s->iterations;
}

double value_lost_share(const struct sample *s)
{
    return (double)s->lost_updates / ((double)s->iterations * (double)s->items);
}

struct estimate table_estimate(const struct entry *e, unsigned rounds,
                               sample_value value)
{
    double *values = calloc(rounds ? rounds : 1, sizeof(*values));
    struct estimate estimate = {0};
    size_t n = 0;

    for (unsigned r = 0; values && r < rounds; r++)
        if (e->by_round[r])
            values[n++] = value(e->by_round[r]);
    if (values)
        estimate = estimate_median(values, n);
    free(values);
    return estimate;
}

struct estimate table_ratio(const struct entry *a, const struct entry *b,
                            unsigned rounds, sample_value value)
{
    double *logs = calloc(rounds ? rounds : 1, sizeof(*logs));
    struct estimate estimate = {0};
    size_t n = 0;

    for (unsigned r = 0; logs && r < rounds; r++) {
        double x, y;

        if (!a->by_round[r] || !b->by_round[r])
            continue;
        x = value(a->by_round[r]);
        y = value(b->by_round[r]);
        if (x > 0 && y > 0)
            logs[n++] = log(x / y);
    }
    if (logs)
        estimate = estimate_exp(estimate_median(logs, n));
    free(logs);
    return estimate;
}

struct estimate table_exponent(const struct entry *const entries[],
                               const double sizes[], size_t n, unsigned rounds)
{
    double *slopes = calloc(rounds ? rounds : 1, sizeof(*slopes));
    double *x = calloc(n, sizeof(*x)), *y = calloc(n, sizeof(*y));
    struct estimate estimate = {0};
    size_t found = 0;

    for (unsigned r = 0; slopes && x && y && r < rounds; r++) {
        size_t points = 0;

        for (size_t i = 0; i < n && entries[i]->by_round[r]; i++) {
            x[points] = log(sizes[i]);
            y[points++] = log(entries[i]->by_round[r]->real_ns);
        }
        if (points == n && n >= 2)
            slopes[found++] = slope(x, y, n);
    }
    if (slopes)
        estimate = estimate_median(slopes, found);
    free(slopes);
    free(x);
    free(y);
    return estimate;
}

bool sample_parameter(const char *parameters, const char *key, uint64_t *ret)
{
    return text_find_u64(parameters, ',', key, ret);
}
