/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/results/array.h"
#include "harness/results/names.h"
#include "harness/results/statistics.h"
#include "workloads/kinds/outcome.h"

static const char differs[] = "differs";

/* What one model got from one site: the same in all samples, or `mixed`. */
struct seen {
    bool any, mixed;
    uint64_t bytes, hash;
};

struct builder {
    const struct sites *sites;
    struct matrix *matrix;
    size_t n_sites;
    struct seen *seen; /* [n_models][n_sites] */
};

static bool is_of(const struct visit *v, const struct matrix *m)
{
    return strcmp(v->workload, m->workload) == 0 &&
           strcmp(v->parameters, m->parameters) == 0;
}

static bool has_ended(const struct site *s)
{
    return strcmp(s->class, outcome_name(OUTCOME_CANCELLED)) != 0;
}

bool matrix_is_fault(const struct matrix_kind *k)
{
    return !k->known || k->group.outcome != OUTCOME_OK;
}

bool matrix_has_bytes(const struct matrix_kind *k)
{
    return k->known && k->group.same_bytes;
}

bool matrix_is_marked(const struct matrix_cell *c)
{
    return c->wrong || c->other_bytes;
}

bool matrix_is_alike(const struct matrix *m)
{
    for (size_t i = 0; i < m->n_kinds; i++)
        if (!m->kinds[i].alike)
            return false;
    return true;
}

/* The workload's group of the sites of that name; unknown ones are last. */
static struct matrix_kind kind_named(const struct matrix *m, const char *name)
{
    const struct workload *w = workload_find(m->workload);
    struct matrix_kind ret = {0};
    struct setup setup = {0};

    snprintf(ret.name, sizeof(ret.name), "%s", name);
    if (!w || !w->group)
        return ret;
    if (cell_values(w, m->parameters, setup.values))
        workload_presets(w, setup.values);
    while (!ret.known && w->group(&setup, ret.rank, &ret.group)) {
        ret.known = strcmp(ret.group.name, name) == 0;
        ret.rank += !ret.known;
    }
    return ret;
}

static size_t model_of(const struct matrix *m, const char *name)
{
    size_t i = 0;

    while (i < m->n_models && strcmp(m->models[i], name) != 0)
        i++;
    return i;
}

static size_t kind_of(const struct matrix *m, const char *name)
{
    size_t i = 0;

    while (i < m->n_kinds && strcmp(m->kinds[i].name, name) != 0)
        i++;
    return i;
}

static int add_model(struct matrix *m, const char *name)
{
    unsigned rank = fact_rank(name);
    size_t at = m->n_models;

    if (model_of(m, name) < m->n_models)
        return 0;
    if (!ARRAY_ROOM(m->models, m->n_models))
        return -ENOMEM;
    for (; at > 0 && fact_rank(m->models[at - 1]) > rank; at--)
        m->models[at] = m->models[at - 1];
    m->models[at] = name;
    m->n_models++;
    return 0;
}

static int add_kind(struct matrix *m, const char *name)
{
    struct matrix_kind kind = kind_named(m, name), *kinds;
    size_t at = m->n_kinds;

    if (kind_of(m, name) < m->n_kinds)
        return 0;
    if (!ARRAY_ROOM(m->kinds, m->n_kinds))
        return -ENOMEM;
    kinds = m->kinds;
    for (; at > 0 && kinds[at - 1].rank > kind.rank; at--)
        kinds[at] = kinds[at - 1];
    kinds[at] = kind;
    m->n_kinds++;
    return 0;
}

static int find_axes(struct builder *b)
{
    int error = 0;

    for (size_t i = 0; i < b->sites->n && !error; i++) {
        const struct visit *v = &b->sites->items[i];

        if (!is_of(v, b->matrix))
            continue;
        error = add_model(b->matrix, v->model);
        if (v->n > b->n_sites)
            b->n_sites = v->n;
        for (size_t j = 0; j < v->n && !error; j++)
            error = add_kind(b->matrix, v->sites[j].name);
    }
    return error;
}

/* "reset, empty": each class once, in the order in which they were seen. */
static void add_class(struct matrix_cell *c, const char *class)
{
    size_t len = strlen(c->classes), n = strlen(class);

    for (const char *at = c->classes; (at = strstr(at, class)); at += n)
        if ((at == c->classes || at[-1] == ' ') && (!at[n] || at[n] == ','))
            return;
    snprintf(c->classes + len, sizeof(c->classes) - len, "%s%s",
             len ? ", " : "", class);
    strcpy(c->class, len ? differs : class);
}

static void add_bytes(struct matrix_cell *c, uint64_t bytes)
{
    if (c->n == 0 || bytes < c->least)
        c->least = bytes;
    if (bytes > c->most)
        c->most = bytes;
}

static void see(struct seen *seen, const struct site *s)
{
    if (seen->any && (seen->bytes != s->bytes || seen->hash != s->hash))
        seen->mixed = true;
    seen->any = true;
    seen->bytes = s->bytes;
    seen->hash = s->hash;
}

static int add_site(struct builder *b, size_t model, const struct site *s,
                    size_t index)
{
    struct matrix_kind *k = &b->matrix->kinds[kind_of(b->matrix, s->name)];
    struct matrix_cell *c = &k->cells[model];

    add_class(c, s->class);
    add_bytes(c, s->bytes);
    c->n++;
    if (!has_ended(s))
        return 0;
    if (matrix_has_bytes(k))
        see(&b->seen[model * b->n_sites + index], s);
    if (!ARRAY_ROOM(c->times, c->ended))
        return -ENOMEM;
    c->times[c->ended++] = (double)s->elapsed_us / 1000;
    return 0;
}

static int make_room(struct builder *b)
{
    struct matrix *m = b->matrix;

    b->seen = calloc(m->n_models * b->n_sites + 1, sizeof(*b->seen));
    for (size_t i = 0; i < m->n_kinds; i++) {
        m->kinds[i].cells = calloc(m->n_models, sizeof(*m->kinds[i].cells));
        if (!m->kinds[i].cells)
            return -ENOMEM;
    }
    return b->seen ? 0 : -ENOMEM;
}

static int fill(struct builder *b)
{
    struct matrix *m = b->matrix;
    int error = make_room(b);

    for (size_t i = 0; i < b->sites->n && !error; i++) {
        const struct visit *v = &b->sites->items[i];

        for (size_t j = 0; is_of(v, m) && j < v->n && !error; j++)
            error = add_site(b, model_of(m, v->model), &v->sites[j], j);
    }
    for (size_t i = 0; i < m->n_kinds * m->n_models && !error; i++) {
        struct matrix_cell *c =
            &m->kinds[i / m->n_models].cells[i % m->n_models];

        c->ms = estimate_median(c->times, c->ended).median;
    }
    return error;
}

/* The class that it has to be; of an unknown kind, that of the first model. */
static const char *right_class(const struct matrix *m,
                               const struct matrix_kind *k)
{
    if (k->known)
        return outcome_name(k->group.outcome);
    for (size_t i = 0; i < m->n_models; i++)
        if (k->cells[i].n)
            return k->cells[i].class;
    return "";
}

static void compare_classes(struct matrix *m)
{
    for (size_t i = 0; i < m->n_kinds; i++) {
        const struct matrix_kind *k = &m->kinds[i];
        const char *right = right_class(m, k);

        for (size_t j = 0; j < m->n_models; j++)
            k->cells[j].wrong =
                k->cells[j].n && (strcmp(k->cells[j].class, right) != 0 ||
                                  strcmp(right, differs) == 0);
    }
}

/* Whether more than half of the models got the same from this site. */
static bool is_common(const struct builder *b, const struct seen *s,
                      size_t index)
{
    size_t same = 0, all = 0;

    for (size_t i = 0; i < b->matrix->n_models; i++) {
        const struct seen *other = &b->seen[i * b->n_sites + index];

        all += other->any;
        same += other->any && !other->mixed && other->bytes == s->bytes &&
                other->hash == s->hash;
    }
    return !s->mixed && same * 2 > all;
}

/* The site's kind, which depends on the parameters: the same in all samples. */
static struct matrix_kind *kind_at(const struct builder *b, size_t index)
{
    for (size_t i = 0; i < b->sites->n; i++) {
        const struct visit *v = &b->sites->items[i];

        if (is_of(v, b->matrix) && index < v->n)
            return &b->matrix->kinds[kind_of(b->matrix, v->sites[index].name)];
    }
    return NULL;
}

static void compare_bytes(struct builder *b)
{
    for (size_t index = 0; index < b->n_sites; index++) {
        const struct matrix_kind *k = kind_at(b, index);

        for (size_t i = 0; k && i < b->matrix->n_models; i++) {
            const struct seen *s = &b->seen[i * b->n_sites + index];

            if (s->any && !k->cells[i].wrong && !is_common(b, s, index))
                k->cells[i].other_bytes = true;
        }
    }
}

static void compare(struct builder *b)
{
    struct matrix *m = b->matrix;

    compare_classes(m);
    compare_bytes(b);
    for (size_t i = 0; i < m->n_kinds; i++) {
        m->kinds[i].alike = true;
        for (size_t j = 0; j < m->n_models; j++)
            if (matrix_is_marked(&m->kinds[i].cells[j]))
                m->kinds[i].alike = false;
    }
}

static int build(const struct sites *s, struct matrix *m)
{
    struct builder b = {.sites = s, .matrix = m};
    int error = find_axes(&b);

    if (!error)
        error = fill(&b);
    if (!error)
        compare(&b);
    free(b.seen);
    return error;
}

static bool is_known(const struct matrices *m, const struct visit *v)
{
    for (size_t i = 0; i < m->n; i++)
        if (is_of(v, &m->items[i]))
            return true;
    return false;
}

int matrices_build(struct matrices *m, const struct sites *s)
{
    int error = 0;

    *m = (struct matrices){0};
    for (size_t i = 0; i < s->n && !error; i++) {
        const struct visit *v = &s->items[i];

        if (is_known(m, v))
            continue;
        if (!ARRAY_ROOM(m->items, m->n)) {
            error = -ENOMEM;
            break;
        }
        m->items[m->n] = (struct matrix){.workload = v->workload,
                                         .parameters = v->parameters};
        error = build(s, &m->items[m->n++]);
    }
    if (error)
        matrices_finish(m);
    return error;
}

static void finish(struct matrix *m)
{
    for (size_t i = 0; i < m->n_kinds; i++) {
        for (size_t j = 0; m->kinds[i].cells && j < m->n_models; j++)
            free(m->kinds[i].cells[j].times);
        free(m->kinds[i].cells);
    }
    free(m->kinds);
    free(m->models);
}

void matrices_finish(struct matrices *m)
{
    for (size_t i = 0; i < m->n; i++)
        finish(&m->items[i]);
    free(m->items);
    *m = (struct matrices){0};
}
