/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/groups.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/clean.h"
#include "harness/results/names.h"

static int compare(const void *a, const void *b)
{
    const struct sample *x = ((const struct group *)a)->first;
    const struct sample *y = ((const struct group *)b)->first;
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

struct group *groups_find(const struct groups *g, const struct sample *s)
{
    struct group like = {.first = s};
    struct group **found = tfind(&like, &g->tree, compare);

    return found ? *found : NULL;
}

static struct group *add_group(struct groups *g, const struct sample *s)
{
    struct group *group = calloc(1, sizeof(*group));
    bool room = ARRAY_ROOM(g->items, g->n);

    if (group)
        *group = (struct group){.first = s, .why = "", .index = g->n};
    if (!room || !group || !tsearch(group, &g->tree, compare)) {
        free(group);
        return NULL;
    }
    g->items[g->n++] = group;
    return group;
}

bool sample_is_right(const struct sample *s)
{
    return s->round > 0 && s->status == STATUS_OK && s->iterations > s->extra &&
           isfinite(s->real_ns) && s->real_ns > 0 && isfinite(s->cpu_ns);
}

static int add_sample(struct group *g, const struct sample *s)
{
    if (s->round == 0)
        return 0;
    if (sample_is_right(s)) {
        if (!ARRAY_ROOM(g->right, g->n))
            return -ENOMEM;
        g->right[g->n++] = s;
        return 0;
    }
    if (!g->why[0])
        g->why = s->text;
    if (s->status == STATUS_WRONG)
        g->wrong++;
    else
        g->missing++;
    return 0;
}

int groups_collect(struct groups *g, const struct recording *r,
                   const char *side, bool twins)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];
        struct group *group;

        /* A twin is its cell once more. */
        if ((side && strcmp(s->side, side) != 0) || (s->twin && !twins))
            continue;
        group = groups_find(g, s);
        if (!group)
            group = add_group(g, s);
        if (!group || add_sample(group, s))
            return -ENOMEM;
    }
    return 0;
}

static void keep(void *group)
{
    (void)group;
}

void groups_finish(struct groups *g)
{
    tdestroy(g->tree, keep);
    for (size_t i = 0; i < g->n; i++) {
        free(g->items[i]->right);
        free(g->items[i]);
    }
    free(g->items);
}

bool group_is_shown(const struct group *g)
{
    return g->n > 0 && g->wrong == 0;
}

void groups_print_left_out(const struct groups *groups, FILE *out)
{
    for (size_t i = 0; i < groups->n; i++) {
        const struct group *g = groups->items[i];
        const struct sample *s = g->first;
        size_t all = g->n + g->wrong + g->missing;
        char name[CELL_NAME_SIZE], why[sizeof(s->text)];

        if (!g->wrong && !g->missing)
            continue;
        sample_cell_name(s, name, sizeof(name));
        fprintf(out, "%s%s%s%s: ", name, s->twin ? " (twin)" : "",
                s->side[0] ? " of " : "", s->side);
        if (g->wrong)
            fprintf(out, "left out, for it was wrong in %zu of %zu samples",
                    g->wrong, all);
        else
            fprintf(out, "%zu of %zu samples measured nothing", g->missing,
                    all);
        clean_text(g->why, false, why, sizeof(why));
        fprintf(out, "%s%s\n", why[0] ? ": " : "", why);
    }
}

uint64_t sample_iterations(const struct sample *s)
{
    return s->iterations - s->extra;
}

static double per_iteration(const struct sample *s, double value)
{
    return value * (double)s->iterations / (double)sample_iterations(s);
}

double sample_real_ns(const struct sample *s)
{
    return per_iteration(s, s->real_ns);
}

double sample_cpu_ns(const struct sample *s)
{
    return per_iteration(s, s->cpu_ns);
}

int group_estimate(const struct group *g,
                   double (*value)(const struct sample *), struct estimate *ret)
{
    double *values = calloc(g->n, sizeof(*values));

    if (!values)
        return -ENOMEM;
    for (size_t i = 0; i < g->n; i++)
        values[i] = value(g->right[i]);
    *ret = estimate_median(values, g->n);
    free(values);
    return 0;
}
