/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/chart.h"
#include "harness/report/facts.h"
#include "harness/report/grid.h"

/*
 * Which model is the fastest, at each value of two parameters.  A cell has the
 * colour and the mark of that model where the second one is clearly slower.
 */
enum { LEGEND = 3 }; /* models in a line */

static void write_cells(const struct grid *g, FILE *out)
{
    for (size_t i = 0; i < g->n_x * g->n_y; i++) {
        const struct grid_cell *c = &g->cells[i];
        bool ranked = c->best && (c->clear || !c->second);
        char text[QUANTITY_SIZE];

        grid_text(c, text, sizeof(text));
        fprintf(out, "%s\t%u\t%zu\t%zu\t\t%s\n",
                ranked    ? "cell"
                : c->best ? "even"
                          : "none",
                ranked ? chart_style(g->table, c->best->model) : 0,
                i % g->n_x + 1, i / g->n_x + 1, text);
    }
}

static void write_ticks(const struct grid *g, FILE *out)
{
    for (size_t i = 0; i < g->n_x; i++)
        fprintf(out, "x\t\t%zu\t\t\t%" PRIu64 "\n", i + 1, g->xs[i]);
    for (size_t i = 0; i < g->n_y; i++)
        fprintf(out, "y\t\t\t%zu\t\t%" PRIu64 "\n", i + 1, g->ys[i]);
}

static bool has_colour(const struct grid *g, const char *model)
{
    for (size_t i = 0; i < g->n_x * g->n_y; i++) {
        const struct grid_cell *c = &g->cells[i];

        if (c->best && (c->clear || !c->second) &&
            strcmp(c->best->model, model) == 0)
            return true;
    }
    return false;
}

/* Whose colour is whose, in lines above the cells.  Their number. */
static size_t write_legend(const struct grid *g, const struct entry *fastest[],
                           FILE *out)
{
    size_t n = grid_models(g, fastest), shown = 0;

    for (size_t i = 0; i < n; i++)
        if (has_colour(g, fastest[i]->model)) {
            fprintf(out, "model\t%u\t%.3f\t%zu\t%zu\t%s\n",
                    chart_style(g->table, fastest[i]->model),
                    (double)(shown % LEGEND) / LEGEND, shown / LEGEND,
                    shown + 1, fact_label_of(fastest[i]));
            shown++;
        }
    return (shown + LEGEND - 1) / LEGEND;
}

static void write_name(const char *row, size_t n, size_t lines,
                       const struct parameter *p, FILE *out)
{
    const char *end = strrchr(p->name, '-');
    bool unit = p->unit && !(end && strcmp(end + 1, p->unit) == 0);

    fprintf(out, "%s\t\t%zu\t\t%zu\t%s%s%s%s\n", row, n, lines, p->name,
            unit ? " (" : "", unit ? p->unit : "", unit ? ")" : "");
}

static int write_grid(const struct grid *g, FILE *out)
{
    const struct entry **fastest = calloc(g->n_x * g->n_y, sizeof(*fastest));
    char note[96], others[256];
    size_t lines;

    if (!fastest)
        return -ENOMEM;
    fputs("row\tstyle\tx\ty\tn\ttext\n", out);
    write_cells(g, out);
    write_ticks(g, out);
    lines = write_legend(g, fastest, out);
    write_name("across", g->n_x, lines, g->x, out);
    write_name("down", g->n_y, lines, g->y, out);
    chart_rounds(g->table, note, sizeof(note));
    grid_others(g, others, sizeof(others));
    fprintf(out, "of\t\t\t\t\t%s%s%s%s%s\n", g->workload->name,
            *others ? ", " : "", others, *note ? "; " : "", note);
    free(fastest);
    return 0;
}

int map_write(const struct results *r, const struct subject *of, FILE *out,
              struct finding *ret_shown)
{
    struct grid g;
    int error = grid_find(r->table, of->workload, of->part, &g);

    if (error)
        return error;
    error = write_grid(&g, out);
    *ret_shown = grid_finding(&g);
    grid_finish(&g);
    return error;
}
