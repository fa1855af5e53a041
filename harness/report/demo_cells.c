/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/demo_cells.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/names.h"

static bool is_measured(const struct sample *s)
{
    return s->round > 0 && s->real_ns > 0 && s->extra == 0 &&
           (s->status == STATUS_OK || s->status == STATUS_WRONG);
}

/* A twin is sampled beside the first, so it is no neighbour of its own kind. */
static void name_of(const struct sample *s, char *out, size_t size)
{
    char cell[256];

    sample_cell_name(s, cell, sizeof(cell));
    snprintf(out, size, "%s%s%s%s", cell, s->twin ? "/twin" : "",
             s->side[0] ? "/arm:" : "", s->side);
}

static struct demo_cell *find(const struct demo_cells *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->cells[i].name, name) == 0)
            return &c->cells[i];
    return NULL;
}

static struct demo_cell *add_cell(struct demo_cells *c, const char *name)
{
    struct demo_cell *grown = realloc(c->cells, (c->n + 1) * sizeof(*c->cells));

    if (!grown)
        return NULL;
    c->cells = grown;
    grown += c->n++;
    *grown = (struct demo_cell){0};
    strcpy(grown->name, name);
    return grown;
}

static int add_time(struct demo_cells *c, const struct sample *s)
{
    char name[sizeof(c->cells->name)];
    struct demo_cell *cell;
    double *grown;

    name_of(s, name, sizeof(name));
    cell = find(c, name);
    if (!cell)
        cell = add_cell(c, name);
    if (!cell)
        return -ENOMEM;
    if ((cell->n & (cell->n - 1)) == 0) { /* full at every power of two */
        grown =
            realloc(cell->times, (cell->n ? 2 * cell->n : 1) * sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        cell->times = grown;
    }
    cell->times[cell->n++] = s->real_ns;
    return 0;
}

int demo_cells_build(struct demo_cells *c, const struct recording *r)
{
    int error = 0;

    *c = (struct demo_cells){0};
    for (size_t i = 0; i < r->n && !error; i++)
        if (is_measured(&r->samples[i]))
            error = add_time(c, &r->samples[i]);
    return error;
}

void demo_cells_finish(struct demo_cells *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->cells[i].times);
    free(c->cells);
    *c = (struct demo_cells){0};
}

const struct demo_cell *demo_cells_find(const struct demo_cells *c,
                                        const char *name)
{
    return find(c, name);
}
