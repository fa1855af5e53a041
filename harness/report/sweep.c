/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/sweep.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/text.h"

/* Whether nothing but the value of `key` differs. */
static bool is_like(const char *a, const char *b, const char *key)
{
    struct item x, y;

    return text_find(a, ',', key, &x) && text_find(b, ',', key, &y) &&
           x.key - a == y.key - b && memcmp(a, b, (size_t)(x.key - a)) == 0 &&
           strcmp(x.value + x.value_len, y.value + y.value_len) == 0;
}

/* `model` NULL: of any. */
static bool is_of(const struct entry *e, const char *workload,
                  const char *model, const char *key, const char *like)
{
    return !e->twin && e->measured && strcmp(e->workload, workload) == 0 &&
           (!model || strcmp(e->model, model) == 0) &&
           is_like(e->parameters, like, key);
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
    uint64_t size;

    *ret = (struct sweep){.entries = calloc(t->n + 1, sizeof(*ret->entries)),
                          .sizes = calloc(t->n + 1, sizeof(*ret->sizes))};
    for (size_t i = 0; ret->entries && ret->sizes && i < t->n; i++)
        if (is_of(&t->entries[i], workload, model, key, like) &&
            text_find_u64(t->entries[i].parameters, ',', key, &size))
            insert(ret, &t->entries[i], (double)size);
}

void sweep_finish(struct sweep *s)
{
    free(s->entries);
    free(s->sizes);
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
