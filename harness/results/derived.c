/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/derived.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "models/model.h"

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

static double lines(const struct sample *s)
{
    const struct model *m = model_find(s->model);

    return m ? model_lines(m).all : NAN;
}

static const struct straight_lines *straight_of(const struct sample *s)
{
    const struct straight_lines *l = straight_lines;

    while (l->model && (strcmp(l->workload, s->workload) != 0 ||
                        strcmp(l->model, s->model) != 0))
        l++;
    return l;
}

static double straight(const struct sample *s)
{
    return straight_of(s)->model ? straight_of(s)->code : NAN;
}

static double straight_bare(const struct sample *s)
{
    return straight_of(s)->model ? straight_of(s)->bare : NAN;
}

static const struct {
    const char *name, *words;
    derivation value; /* NULL: it is a column of the recording */
    bool of_code;
} derived[] = {
    {"inner_ns", "time from the first increment to the last", NULL},
    {"peak_rss_bytes", "peak memory", NULL},
    {"item_ns", "time of an item", item_ns},
    {"cpu_per_item_ns", "CPU time of an item", cpu_per_item_ns},
    {"cpus", "CPU use", cpus},
    {"voluntary_per_item", "voluntary switches for an item",
     voluntary_per_item},
    {"involuntary_per_item", "involuntary switches for an item",
     involuntary_per_item},
    {"switches_per_item", "switches for an item", switches_per_item},
    {"lines", "lines of code", lines, .of_code = true},
    {"straight_lines", "lines of the straight program", straight,
     .of_code = true},
    {"straight_lines_bare",
     "lines of the straight program, without those about errors,",
     straight_bare, .of_code = true},
};

static int find(const char *name)
{
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
        if (strcmp(derived[i].name, name) == 0)
            return (int)i;
    return -1;
}

int sample_number(const struct sample *s, const char *name, double *ret)
{
    const struct column *c = sample_column(name);
    int i = find(name);
    double value;

    if (c)
        return column_number(c, s, ret);
    value = i < 0 ? NAN : derived[i].value(s);
    if (!isfinite(value))
        return -EINVAL;
    *ret = value;
    return 0;
}

bool sample_has_number(const char *name)
{
    static const struct sample none;
    double value;

    return find(name) >= 0 || sample_number(&none, name, &value) == 0;
}

const char *number_words(const char *name)
{
    int i = find(name);

    return i < 0 ? name : derived[i].words;
}

bool number_is_of_code(const char *name)
{
    int i = find(name);

    return i >= 0 && derived[i].of_code;
}
