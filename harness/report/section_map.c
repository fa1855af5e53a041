/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which model is the fastest, at each value of two parameters, in letters. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/grid.h"
#include "harness/report/prose.h"
#include "harness/report/sections.h"

struct map {
    struct grid grid;
    const struct entry **models;
    size_t n_models;
    struct table_column *columns;
    char (*texts)[24]; /* the names of the columns, then the cells of a row */
    const char **cells;
};

static char letter(size_t i)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    return letters[i % (sizeof(letters) - 1)];
}

static size_t model_of(const struct map *m, const struct entry *e)
{
    size_t i = 0;

    while (strcmp(m->models[i]->model, e->model) != 0)
        i++;
    return i;
}

static void print_row(struct map *m, size_t y, struct document *d)
{
    const struct grid *g = &m->grid;
    char name[24];

    for (size_t x = 0; x < g->n_x; x++) {
        const struct grid_cell *c = &g->cells[y * g->n_x + x];
        char text[QUANTITY_SIZE], *cell = m->texts[g->n_x + x];

        grid_text(c, text, sizeof(text));
        if (c->best)
            snprintf(cell, sizeof(*m->texts), "%c %.20s",
                     letter(model_of(m, c->best)), text);
        else
            strcpy(cell, "-");
        m->cells[x] = cell;
    }
    snprintf(name, sizeof(name), "%" PRIu64, g->ys[y]);
    document_row(d, NULL, name, m->cells);
}

static void print_rows(struct map *m, struct document *d)
{
    const struct grid *g = &m->grid;
    char title[160], others[256];

    m->columns[0] = (struct table_column){"", NULL, -14, 0};
    for (size_t x = 0; x < g->n_x; x++) {
        snprintf(m->texts[x], sizeof(*m->texts), "%" PRIu64, g->xs[x]);
        m->columns[x + 1] = (struct table_column){m->texts[x], NULL, 9, 0};
    }
    document_table(d, NULL, g->workload->name, ", the fastest model",
                   m->columns, g->n_x + 1);
    grid_others(g, others, sizeof(others));
    snprintf(title, sizeof(title), "%s down, %s across%s%.100s", g->y->name,
             g->x->name, *others ? "; " : "", others);
    document_group(d, false, title);
    for (size_t y = 0; y < g->n_y; y++)
        print_row(m, y, d);
    document_table_end(d);
}

static void print_map(struct map *m, struct document *d)
{
    const struct grid *g = &m->grid;
    char title[160];

    snprintf(title, sizeof(title), "%s: the fastest model by %s and %s",
             g->workload->name, g->x->name, g->y->name);
    document_begin(d, NULL, title);
    document_text(d, NULL, "%s", prose_find("map-text"));
    print_rows(m, d);
    document_list(d, NULL);
    for (size_t i = 0; i < m->n_models; i++)
        document_item(d, "%c: %s", letter(i), fact_label_of(m->models[i]));
    document_list_end(d);
    document_end(d);
}

static void print_grid(struct map *m, struct document *d)
{
    const struct grid *g = &m->grid;

    m->models = calloc(g->n_x * g->n_y, sizeof(*m->models));
    m->columns = calloc(g->n_x + 1, sizeof(*m->columns));
    m->texts = calloc(2 * g->n_x, sizeof(*m->texts));
    m->cells = calloc(g->n_x, sizeof(*m->cells));
    if (m->models && m->columns && m->texts && m->cells) {
        m->n_models = grid_models(g, m->models);
        print_map(m, d);
    }
    free(m->models);
    free(m->columns);
    free(m->texts);
    free(m->cells);
    grid_finish(&m->grid);
}

void section_map(const struct results *r, struct document *d)
{
    const struct table *t = r->table;

    for (size_t i = 0; r->map && i < t->n; i++) {
        struct map m;

        if (t->entries[i].workload_first != i)
            continue;
        for (size_t n = 0;
             grid_find(t, t->entries[i].workload, n, &m.grid) == 0; n++)
            print_grid(&m, d);
    }
}
