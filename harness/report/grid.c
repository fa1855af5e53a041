/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/grid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

/* The cells of one workload, a row for each set of values. */
struct rows {
    const struct table *table;
    const struct workload *workload;
    const struct entry **heads; /* the first entry of each */
    uint64_t (*values)[MAX_PARAMETERS];
    size_t n;
};

static void find_rows(struct rows *r)
{
    for (size_t i = 0; i < r->table->n; i++) {
        const struct entry *e = &r->table->entries[i];

        if (e->group_first != i ||
            strcmp(e->workload, r->workload->name) != 0 ||
            cell_values(r->workload, e->parameters, r->values[r->n]))
            continue;
        r->heads[r->n++] = e;
    }
}

static bool is_beside(const struct rows *r, size_t a, size_t b, size_t x,
                      size_t y)
{
    for (size_t i = 0; i < r->workload->n_parameters; i++)
        if (i != x && i != y && r->values[a][i] != r->values[b][i])
            return false;
    return true;
}

/* Adds a value to those that are ascending, once. */
static void insert(uint64_t values[], size_t *n, uint64_t value)
{
    size_t i = *n;

    while (i > 0 && values[i - 1] > value)
        i--;
    if (i > 0 && values[i - 1] == value)
        return;
    memmove(values + i + 1, values + i, (*n - i) * sizeof(*values));
    values[i] = value;
    ++*n;
}

static size_t count_values(const struct rows *r, size_t parameter,
                           uint64_t values[])
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        insert(values, &n, r->values[i][parameter]);
    return n;
}

/*
 * Whether row `i` is in a grid with `row`, and not only in a sweep of one of
 * the two parameters: such values stand beside one or two of the other one.
 */
static bool is_crossed(const struct rows *r, size_t row, size_t i, size_t x,
                       size_t y)
{
    size_t same_x = 0, same_y = 0;

    for (size_t j = 0; j < r->n; j++) {
        if (!is_beside(r, i, j, x, y))
            continue;
        same_x += r->values[j][x] == r->values[i][x];
        same_y += r->values[j][y] == r->values[i][y];
    }
    return is_beside(r, row, i, x, y) && same_x >= GRID_VALUES &&
           same_y >= GRID_VALUES;
}

/* Those beside a row: their number, and the values of the two parameters. */
static size_t collect(const struct rows *r, size_t row, size_t x, size_t y,
                      struct grid *g)
{
    size_t n = 0;

    g->n_x = g->n_y = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (!is_crossed(r, row, i, x, y))
            continue;
        insert(g->xs, &g->n_x, r->values[i][x]);
        insert(g->ys, &g->n_y, r->values[i][y]);
        n++;
    }
    return n;
}

/* Holes are values that were not measured together. */
static bool is_filled(const struct grid *g, size_t n)
{
    return g->n_x >= GRID_VALUES && g->n_y >= GRID_VALUES &&
           3 * n >= 2 * g->n_x * g->n_y;
}

/* Whether two parameters have a grid: then *g has its values. */
static bool choose(const struct rows *r, size_t x, size_t y, struct grid *g)
{
    size_t most = 0, best = 0;

    if (count_values(r, x, g->xs) < GRID_VALUES ||
        count_values(r, y, g->ys) < GRID_VALUES)
        return false;
    for (size_t i = 0; i < r->n; i++) {
        size_t n = collect(r, i, x, y, g);

        if (n > most && is_filled(g, n)) {
            most = n;
            best = i;
        }
    }
    if (!most)
        return false;
    collect(r, best, x, y, g);
    g->x = &r->workload->parameters[x];
    g->y = &r->workload->parameters[y];
    g->like = r->heads[best];
    return true;
}

/* As in the findings: wrong ones are not ranked, and the floor is none. */
static bool is_ranked(const struct entry *e, const struct entry *head)
{
    return !e->twin && e->measured && !e->missing && fact_same_group(e, head) &&
           !fact_is_wrong(e) && !fact_breaks_promise(e) &&
           !fact_is_floor(e->model);
}

/* The fastest one that is not `but`; NULL: there is none. */
static const struct entry *find_fastest(const struct table *t,
                                        const struct entry *head,
                                        const struct entry *but)
{
    const struct entry *best = NULL;
    double least = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct entry *e = &t->entries[i];
        double ns;

        if (e == but || !is_ranked(e, head))
            continue;
        ns = table_estimate(e, t->rounds, value_real_ns).median;
        if (!best || ns < least) {
            best = e;
            least = ns;
        }
    }
    return best;
}

static struct grid_cell rank(const struct table *t, const struct entry *head,
                             double noise)
{
    struct grid_cell c = {.best = find_fastest(t, head, NULL)};

    c.second = c.best ? find_fastest(t, head, c.best) : NULL;
    if (c.second)
        c.ratio = table_ratio(c.second, c.best, t->rounds, value_real_ns);
    c.clear = estimate_has_interval(&c.ratio) && c.ratio.low > 1 &&
              c.ratio.median >= noise;
    return c;
}

static size_t place_of(const uint64_t values[], uint64_t value)
{
    size_t i = 0;

    while (values[i] != value)
        i++;
    return i;
}

static int fill(const struct rows *r, size_t x, size_t y, struct grid *g)
{
    double noise = noise_of(r->table, r->workload->name);
    size_t like = 0;

    g->cells = calloc(g->n_x * g->n_y, sizeof(*g->cells));
    if (!g->cells)
        return -ENOMEM;
    while (r->heads[like] != g->like)
        like++;
    for (size_t i = 0; i < r->n; i++)
        if (is_crossed(r, like, i, x, y))
            g->cells[place_of(g->ys, r->values[i][y]) * g->n_x +
                     place_of(g->xs, r->values[i][x])] =
                rank(r->table, r->heads[i], noise);
    return 0;
}

static int find(const struct rows *r, size_t n, struct grid *g)
{
    for (size_t x = 0; x < r->workload->n_parameters; x++)
        for (size_t y = x + 1; y < r->workload->n_parameters; y++)
            if (choose(r, x, y, g) && n-- == 0)
                return fill(r, x, y, g);
    return -ENOENT;
}

int grid_find(const struct table *t, const char *workload, size_t n,
              struct grid *ret)
{
    struct rows r = {.table = t, .workload = workload_find(workload)};
    int error = -ENOENT;

    *ret = (struct grid){.table = t, .workload = r.workload};
    if (!r.workload)
        return error;
    r.heads = calloc(t->n + 1, sizeof(*r.heads));
    r.values = calloc(t->n + 1, sizeof(*r.values));
    ret->xs = calloc(t->n + 1, sizeof(*ret->xs));
    ret->ys = calloc(t->n + 1, sizeof(*ret->ys));
    if (!r.heads || !r.values || !ret->xs || !ret->ys) {
        error = -ENOMEM;
    } else {
        find_rows(&r);
        error = find(&r, n, ret);
    }
    free(r.heads);
    free(r.values);
    if (error)
        grid_finish(ret);
    return error;
}

void grid_finish(struct grid *g)
{
    free(g->xs);
    free(g->ys);
    free(g->cells);
    *g = (struct grid){0};
}

size_t grid_models(const struct grid *g, const struct entry *ret[])
{
    size_t n = 0;

    for (size_t i = 0; i < g->n_x * g->n_y; i++) {
        const struct entry *best = g->cells[i].best;
        size_t known = 0;

        while (best && known < n && strcmp(ret[known]->model, best->model) != 0)
            known++;
        if (best && known == n)
            ret[n++] = best;
    }
    return n;
}

void grid_text(const struct grid_cell *c, char *out, size_t size)
{
    char ratio[QUANTITY_SIZE];

    if (!c->second) {
        snprintf(out, size, "%s", c->best ? "only" : "-");
        return;
    }
    quantity_ratio(c->ratio.median, ratio, sizeof(ratio));
    snprintf(out, size, "%s%s", c->clear ? "" : "~", ratio);
}

void grid_others(const struct grid *g, char *out, size_t size)
{
    uint64_t values[MAX_PARAMETERS];

    *out = '\0';
    if (cell_values(g->workload, g->like->parameters, values))
        return;
    for (size_t i = 0; i < g->workload->n_parameters; i++) {
        const struct parameter *p = &g->workload->parameters[i];

        if (p != g->x && p != g->y && (p->always || values[i] != p->preset))
            text_add(out, size, "%s%s %" PRIu64, *out ? ", " : "", p->name,
                     values[i]);
    }
}

struct finding grid_finding(const struct grid *g)
{
    struct finding f = {.kind = FINDING_MAP,
                        .workload = g->workload->name,
                        .parameters = g->like->parameters,
                        .over = g->x->name,
                        .down = g->y->name,
                        .cells = g->n_x * g->n_y};

    for (size_t i = 0; i < f.cells; i++) {
        const struct grid_cell *c = &g->cells[i];
        size_t won = 0;

        f.even += c->second && !c->clear;
        for (size_t j = 0; c->clear && j < f.cells; j++)
            won += g->cells[j].clear &&
                   strcmp(g->cells[j].best->model, c->best->model) == 0;
        if (won > f.won) {
            f.won = won;
            f.a = c->best;
        }
    }
    return f;
}
