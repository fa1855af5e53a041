/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/sites.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/text.h"
#include "workloads/kinds/outcome.h"

/* Reads the memory of the sample. */

static void describe(const struct page_group *group, const struct row *row,
                     struct site *ret)
{
    /* The process that wrote it may have crashed. */
    unsigned outcome = row->outcome < OUTCOME_N ? row->outcome : OUTCOME_OTHER;

    snprintf(ret->name, sizeof(ret->name), "%s", group->name);
    if (!row->end_ns) {
        snprintf(ret->class, sizeof(ret->class), "%s",
                 outcome_name(OUTCOME_CANCELLED));
        return;
    }
    snprintf(ret->class, sizeof(ret->class), "%s",
             outcome_name((enum outcome)outcome));
    ret->status = row->status;
    ret->dials = row->dials;
    ret->bytes = row->bytes;
    ret->hash = row->hash;
    if (row->end_ns > row->start_ns)
        ret->elapsed_us = (row->end_ns - row->start_ns) / 1000;
}

int sites_add(struct sites *s, const struct sample *sample,
              const struct workload *w, const struct setup *setup,
              const struct journal *j)
{
    struct visit *v = ARRAY_NEXT(s->items, s->n);

    if (!v)
        return -ENOMEM;
    v->round = sample->round;
    v->slot = sample->slot;
    snprintf(v->workload, sizeof(v->workload), "%s", sample->workload);
    snprintf(v->model, sizeof(v->model), "%s", sample->model);
    snprintf(v->parameters, sizeof(v->parameters), "%s", sample->parameters);
    v->n = w->items(setup);
    v->sites = calloc(v->n ? v->n : 1, sizeof(*v->sites));
    if (!v->sites)
        return -ENOMEM;
    for (uint32_t i = 0; i < v->n; i++) {
        struct page_group group;

        v->sites[i].index = i;
        w->group(setup, w->group_of(setup, i), &group);
        describe(&group, &j->rows[i], &v->sites[i]);
    }
    s->n++;
    return 0;
}

void sites_finish(struct sites *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->items[i].sites);
    free(s->items);
    *s = (struct sites){0};
}

/* The file. */

const char sites_columns[] =
    "round\tslot\tworkload\tmodel\tparameters\tsite\tname\tclass\tstatus\t"
    "bytes\thash\telapsed_us\tdials";

struct line {
    struct visit of;
    struct site site;
};

#define AT(member) COLUMN_AT(struct line, member)
static const struct column columns[] = {
    {.type = COLUMN_U32, AT(of.round)},
    {.type = COLUMN_U32, AT(of.slot)},
    {.type = COLUMN_TEXT, AT(of.workload)},
    {.type = COLUMN_TEXT, AT(of.model)},
    {.type = COLUMN_TEXT, AT(of.parameters)},
    {.type = COLUMN_U32, AT(site.index)},
    {.type = COLUMN_TEXT, AT(site.name)},
    {.type = COLUMN_TEXT, AT(site.class)},
    {.type = COLUMN_U32, AT(site.status)},
    {.type = COLUMN_U64, AT(site.bytes)},
    {.type = COLUMN_HEX, AT(site.hash)},
    {.type = COLUMN_U64, AT(site.elapsed_us)},
    {.type = COLUMN_U32, AT(site.dials)},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

void sites_write(const void *sites, FILE *out)
{
    const struct sites *s = sites;

    fprintf(out, "%s\n", sites_columns);
    for (size_t i = 0; i < s->n; i++) {
        struct line line = {.of = s->items[i]};
        char text[sizeof(line) + 256];

        for (size_t j = 0; j < line.of.n; j++) {
            line.site = line.of.sites[j];
            columns_format(columns, COLUMNS, &line, text, sizeof(text));
            fputs(text, out);
        }
    }
}

static bool is_same(const struct visit *a, const struct visit *b)
{
    return a->round == b->round && a->slot == b->slot &&
           strcmp(a->workload, b->workload) == 0 &&
           strcmp(a->model, b->model) == 0 &&
           strcmp(a->parameters, b->parameters) == 0;
}

/* The lines of a sample stand together, its sites in their order. */
static int add_site(struct sites *s, const struct line *line)
{
    struct visit *v = s->n ? &s->items[s->n - 1] : NULL;

    if (line->site.index == 0) {
        v = ARRAY_NEXT(s->items, s->n);
        if (!v)
            return -ENOMEM;
        *v = line->of;
        s->n++;
    }
    if (!v || !is_same(v, &line->of) || line->site.index != v->n)
        return -EINVAL;
    if (!ARRAY_ROOM(v->sites, v->n))
        return -ENOMEM;
    v->sites[v->n++] = line->site;
    return 0;
}

struct reading {
    struct sites *sites;
    bool named; /* the line of the columns' names was there */
};

static int add_line(void *data, char *text, size_t len)
{
    struct reading *r = data;
    struct line line = {0};
    char *fields[COLUMNS];

    if (!r->named) {
        r->named = true;
        return strcmp(text, sites_columns) == 0 ? 0 : -EINVAL;
    }
    if (strlen(text) != len || text_fields(text, fields, COLUMNS))
        return -EINVAL;
    for (size_t i = 0; i < COLUMNS; i++)
        if (!*fields[i] || column_set(&columns[i], fields[i], &line))
            return -EINVAL;
    return line.of.round ? add_site(r->sites, &line) : -EINVAL;
}

int sites_read(const char *dir, struct sites *ret)
{
    struct reading r = {.sites = ret};
    int error;

    *ret = (struct sites){0};
    error = text_read_part(dir, "sites.tsv", add_line, &r);
    if (!error && !r.named)
        error = -EINVAL;
    if (error)
        sites_finish(ret);
    return error == -ENOENT ? 0 : error;
}
