/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/derived.h"

static int compare(const struct sample *x, const struct sample *y)
{
    int order = (x->trial > y->trial) - (x->trial < y->trial);

    if (!order)
        order = (x->twin > y->twin) - (x->twin < y->twin);
    if (!order)
        order = strcmp(x->side, y->side);
    if (!order)
        order = strcmp(x->model, y->model);
    if (!order)
        order = strcmp(x->workload, y->workload);
    return order ? order : strcmp(x->parameters, y->parameters);
}

/* Where it is among the sorted ones, or would be; and whether it is there. */
static bool search(const struct table *t, const struct sample *s, size_t *ret)
{
    size_t low = 0, high = t->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(t->entries[t->sorted[middle]].first, s);

        if (order == 0) {
            *ret = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return false;
}

struct entry *table_entry_of(const struct table *t, const struct sample *s)
{
    size_t at;

    return search(t, s, &at) ? &t->entries[t->sorted[at]] : NULL;
}

const struct entry *table_find(const struct table *t, const char *workload,
                               const char *model, const char *parameters)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];

        if (!e->twin && strcmp(e->workload, workload) == 0 &&
            strcmp(e->model, model) == 0 &&
            strcmp(e->parameters, parameters) == 0)
            return e;
    }
    return NULL;
}

const struct entry *table_twin(const struct table *t, const struct entry *e)
{
    struct sample like = *e->first;

    like.twin = true;
    return table_entry_of(t, &like);
}

static void find_firsts(const struct table *t, struct entry *e)
{
    e->workload_first = e->model_first = e->group_first = t->n;
    for (size_t i = t->n; i-- > 0;) {
        const struct entry *o = &t->entries[i];

        if (strcmp(o->model, e->model) == 0)
            e->model_first = i;
        if (strcmp(o->workload, e->workload) != 0)
            continue;
        e->workload_first = i;
        if (strcmp(o->parameters, e->parameters) == 0)
            e->group_first = i;
    }
}

static struct entry *add_entry(struct table *t, const struct sample *s)
{
    struct entry entry = {
        .first = s,
        .workload = s->workload,
        .model = s->model,
        .parameters = s->parameters,
        .twin = s->twin,
        .meant = s->most_rounds && s->most_rounds < t->rounds ? s->most_rounds
                                                              : t->rounds,
        .calibrated = s->twin, /* with the one it is the twin of */
        .text = "",
        .missing_text = "",
        .why = "",
    };
    size_t at;

    search(t, s, &at);
    if (!ARRAY_ROOM(t->entries, t->n) || !ARRAY_ROOM(t->sorted, t->n))
        return NULL;
    entry.by_round = calloc(t->rounds + 1, sizeof(void *));
    if (!entry.by_round)
        return NULL;
    memmove(t->sorted + at + 1, t->sorted + at,
            (t->n - at) * sizeof(*t->sorted));
    t->sorted[at] = t->n;
    find_firsts(t, &entry);
    t->entries[t->n] = entry;
    return &t->entries[t->n++];
}

static void add_tally(struct tally *t, const struct tally *more)
{
    t->begun += more->begun;
    t->cancelled += more->cancelled;
    for (int i = 0; i < OUTCOME_N; i++)
        t->by[i] += more->by[i];
}

bool sample_is_right(const struct sample *s)
{
    return s->round > 0 && s->status == STATUS_OK && s->iterations > s->extra &&
           isfinite(s->real_ns) && s->real_ns > 0 && isfinite(s->cpu_ns);
}

static void add_measured(struct entry *e, const struct sample *s)
{
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

static int add_sample(struct entry *e, const struct sample *s)
{
    bool measured = s->status == STATUS_OK || s->status == STATUS_WRONG;

    e->last = s;
    if (s->round > e->meant)
        e->meant = s->round; /* a cell that was given more rounds */
    if (!measured && !e->missing_text[0])
        e->missing_text = s->text;
    if (s->round == 0) {
        e->calibrated = measured;
        return 0;
    }
    if (measured)
        add_measured(e, s);
    else
        e->missing++;
    e->disturbed += s->status == STATUS_DISTURBED;
    if (!sample_is_right(s)) {
        e->why = e->why[0] ? e->why : s->text;
        return 0;
    }
    if (!ARRAY_ROOM(e->right, e->n_right))
        return -ENOMEM;
    e->right[e->n_right++] = s;
    return 0;
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
        struct entry *e = table_entry_of(t, s);

        if (!e)
            e = add_entry(t, s);
        if (!e || add_sample(e, s)) {
            table_finish(t);
            return -ENOMEM;
        }
    }
    for (size_t i = 0; i < t->n; i++)
        mark_origin_bound(&t->entries[i], t->rounds);
    return 0;
}

void table_finish(struct table *t)
{
    free(t->sorted);
    for (size_t i = 0; i < t->n; i++) {
        free(t->entries[i].by_round);
        free(t->entries[i].right);
    }
    free(t->entries);
    *t = (struct table){0};
}

uint64_t sample_iterations(const struct sample *s)
{
    return s->iterations - s->extra;
}

static double per_iteration(const struct sample *s, double value)
{
    return s->extra && s->extra < s->iterations
               ? value * (double)s->iterations / (double)sample_iterations(s)
               : value;
}

double value_real_ns(const struct sample *s)
{
    return per_iteration(s, s->real_ns);
}

double value_cpu_ns(const struct sample *s)
{
    return per_iteration(s, s->cpu_ns);
}

double value_switches(const struct sample *s)
{
    return (double)(s->voluntary + s->involuntary) / (double)s->iterations;
}

double value_lost_share(const struct sample *s)
{
    return (double)s->lost_updates / ((double)s->iterations * (double)s->items);
}

static struct estimate estimate_of(const struct sample *const samples[],
                                   size_t most, sample_value value)
{
    double *values = calloc(most + 1, sizeof(*values));
    struct estimate estimate = {0};
    size_t n = 0;

    for (size_t i = 0; values && i < most; i++)
        if (samples[i])
            values[n++] = value(samples[i]);
    if (values)
        estimate = estimate_median(values, n);
    free(values);
    return estimate;
}

struct estimate table_estimate(const struct entry *e, unsigned rounds,
                               sample_value value)
{
    return estimate_of(e->by_round, rounds, value);
}

struct estimate table_estimate_right(const struct entry *e, sample_value value)
{
    return estimate_of(e->right, e->n_right, value);
}

struct estimate table_estimate_metric(const struct sample *const samples[],
                                      size_t most, const char *metric,
                                      bool positive)
{
    double *values = calloc(most + 1, sizeof(*values));
    struct estimate estimate = {0};
    size_t n = 0;

    for (size_t i = 0; values && i < most; i++)
        if (samples[i] && !sample_number(samples[i], metric, &values[n]) &&
            (!positive || values[n] > 0))
            n++;
    if (values)
        estimate = estimate_median(values, n);
    free(values);
    return estimate;
}

bool sample_meets(const struct sample *a, const struct sample *b)
{
    return a && b && strcmp(a->host, b->host) == 0;
}

struct estimate table_ratio(const struct entry *a, const struct entry *b,
                            unsigned rounds, sample_value value)
{
    double *logs = calloc(rounds ? rounds : 1, sizeof(*logs));
    struct estimate estimate = {0};
    size_t n = 0;

    for (unsigned r = 0; logs && r < rounds; r++) {
        double x, y;

        if (!sample_meets(a->by_round[r], b->by_round[r]))
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

/* For free(); NULL: no memory. */
static double *logarithms(const struct entry *e, unsigned rounds,
                          sample_value value, size_t *ret_n)
{
    double *logs = calloc(rounds + 1, sizeof(*logs));

    *ret_n = 0;
    for (unsigned r = 0; logs && r < rounds; r++)
        if (e->by_round[r] && value(e->by_round[r]) > 0)
            logs[(*ret_n)++] = log(value(e->by_round[r]));
    return logs;
}

struct estimate table_unpaired_ratio(const struct entry *a, unsigned a_rounds,
                                     const struct entry *b, unsigned b_rounds,
                                     sample_value value)
{
    struct estimate estimate = {0};
    size_t n, m;
    double *x = logarithms(a, a_rounds, value, &n);
    double *y = logarithms(b, b_rounds, value, &m);

    if (x && y && n && m)
        estimate = estimate_exp(estimate_difference(x, n, y, m));
    free(x);
    free(y);
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

        for (size_t i = 0; i < n && sample_meets(entries[0]->by_round[r],
                                                 entries[i]->by_round[r]);
             i++) {
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
