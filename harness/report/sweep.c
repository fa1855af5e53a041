/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/sweep.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "harness/results/names.h"
#include "harness/results/text.h"

/* Whether nothing but the value of `key` differs. */
static bool is_like(const char *a, const char *b, const char *key)
{
    struct item x, y;

    return text_find(a, ',', key, &x) && text_find(b, ',', key, &y) &&
           x.key - a == y.key - b && memcmp(a, b, (size_t)(x.key - a)) == 0 &&
           strcmp(x.value + x.value_len, y.value + y.value_len) == 0;
}

static bool is_of(const struct entry *e, const char *workload,
                  const char *model, const char *key, const char *like)
{
    return !e->twin && e->measured && strcmp(e->workload, workload) == 0 &&
           strcmp(e->model, model) == 0 && is_like(e->parameters, like, key);
}

/* Smallest first, whatever the order in which they were asked for. */
static void insert(struct sweep *s, const struct entry *e, double size)
{
    size_t i = s->n++;

    for (; i > 0 && s->sizes[i - 1] > size; i--) {
        s->entries[i] = s->entries[i - 1];
        s->sizes[i] = s->sizes[i - 1];
    }
    s->entries[i] = e;
    s->sizes[i] = size;
}

void sweep_collect(const struct table *t, const char *workload,
                   const char *model, const char *key, const char *like,
                   struct sweep *ret)
{
    ret->n = 0;
    for (size_t i = 0; i < t->n && ret->n < MAX_SIZES; i++) {
        const struct entry *e = &t->entries[i];
        uint64_t size;

        if (is_of(e, workload, model, key, like) &&
            text_find_u64(e->parameters, ',', key, &size))
            insert(ret, e, (double)size);
    }
}

size_t sweep_sizes(const struct table *t, const char *workload, const char *key,
                   const char *like, double ret[MAX_SIZES])
{
    size_t n = 0;

    for (size_t i = 0; i < t->n && n < MAX_SIZES; i++) {
        const struct entry *e = &t->entries[i];
        uint64_t size;
        size_t at = n;

        if (!is_of(e, workload, e->model, key, like) ||
            !text_find_u64(e->parameters, ',', key, &size))
            continue;
        while (at > 0 && ret[at - 1] >= (double)size)
            at--;
        if (at < n && ret[at] == (double)size)
            continue;
        memmove(ret + at + 1, ret + at, (n - at) * sizeof(ret[0]));
        ret[at] = (double)size;
        n++;
    }
    return n;
}

static bool is_preset(const char *workload, const char *parameters,
                      const char *key)
{
    const struct workload *w = workload_find(workload);
    uint64_t values[MAX_PARAMETERS];
    char presets[256];

    if (!w)
        return false;
    workload_presets(w, values);
    cell_parameters(w, values, presets, sizeof(presets));
    return is_like(parameters, presets, key);
}

const char *sweep_choose(const struct table *t, const char *workload,
                         const char *key)
{
    const char *best = NULL;
    size_t most = 1;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];
        size_t n = 0;

        if (strcmp(e->workload, workload) != 0)
            continue;
        for (size_t j = 0; j < t->n; j++)
            n += is_of(&t->entries[j], workload, e->model, key, e->parameters);
        if (n > 1 && is_preset(workload, e->parameters, key))
            return e->parameters;
        if (n > most) {
            best = e->parameters;
            most = n;
        }
    }
    return best;
}

/* No "-0.00". */
static struct estimate tidy(struct estimate e)
{
    e.median = fabs(e.median) < 0.005 ? 0 : e.median;
    e.low = fabs(e.low) < 0.005 ? 0 : e.low;
    e.high = fabs(e.high) < 0.005 ? 0 : e.high;
    return e;
}

struct estimate sweep_exponent(const struct sweep *s, unsigned rounds)
{
    if (s->n < 2)
        return (struct estimate){0};
    return tidy(table_exponent(s->entries, s->sizes, s->n, rounds));
}

struct estimate sweep_step(const struct sweep *s, size_t i, unsigned rounds)
{
    return tidy(table_exponent(s->entries + i, s->sizes + i, 2, rounds));
}
