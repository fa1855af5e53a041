/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/derived.h"

#include <errno.h>
#include <math.h>
#include <string.h>

typedef double (*derivation)(const struct sample *s);

static double per_item(const struct sample *s, double in_all)
{
    return in_all / ((double)s->iterations * (double)s->items);
}

static double item_ns(const struct sample *s)
{
    return s->real_ns / (double)s->items;
}

static double cpu_per_item_ns(const struct sample *s)
{
    return s->cpu_ns / (double)s->items;
}

static double cpus(const struct sample *s)
{
    return s->cpu_ns / s->real_ns;
}

static double voluntary_per_item(const struct sample *s)
{
    return per_item(s, (double)s->voluntary);
}

static double involuntary_per_item(const struct sample *s)
{
    return per_item(s, (double)s->involuntary);
}

static double switches_per_item(const struct sample *s)
{
    return per_item(s, (double)(s->voluntary + s->involuntary));
}

static const struct {
    const char *name;
    derivation value;
} derived[] = {
    {"item_ns", item_ns},
    {"cpu_per_item_ns", cpu_per_item_ns},
    {"cpus", cpus},
    {"voluntary_per_item", voluntary_per_item},
    {"involuntary_per_item", involuntary_per_item},
    {"switches_per_item", switches_per_item},
};

int sample_number(const struct sample *s, const char *name, double *ret)
{
    const struct column *c = sample_column(name);
    double value;

    if (c)
        return column_number(c, s, ret);
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
        if (strcmp(derived[i].name, name) == 0) {
            value = derived[i].value(s);
            return isfinite(value) ? (*ret = value, 0) : -EINVAL;
        }
    return -EINVAL;
}

bool sample_has_number(const char *name)
{
    static const struct sample like = {
        .iterations = 1, .items = 1, .real_ns = 1, .cpu_ns = 1};
    double value;

    return sample_number(&like, name, &value) == 0;
}
