/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/sites.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/text.h"
#include "workloads/kinds/outcome.h"

/* From the memory of the sample. */

static void describe(const struct page_group *group, const struct row *row,
                     struct site *ret)
{
    /* Its writer may have crashed. */
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

static struct visit *add_visit(struct sites *s)
{
    if (!ARRAY_ROOM(s->items, s->n))
        return NULL;
    s->items[s->n] = (struct visit){0};
    return &s->items[s->n];
}

int sites_add(struct sites *s, const struct sample *sample,
              const struct workload *w, const struct setup *setup,
              const struct journal *j)
{
    struct visit *v = add_visit(s);

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
enum { COLUMNS = 13 };

void sites_write(const struct sites *s, FILE *out)
{
    fprintf(out, "%s\n", sites_columns);
    for (size_t i = 0; i < s->n; i++) {
        const struct visit *v = &s->items[i];

        for (size_t j = 0; j < v->n; j++) {
            const struct site *site = &v->sites[j];

            fprintf(out,
                    "%" PRIu32 "\t%" PRIu32 "\t%s\t%s\t%s\t%" PRIu32
                    "\t%s\t%s\t%" PRIu32 "\t%" PRIu64 "\t%016" PRIx64
                    "\t%" PRIu64 "\t%" PRIu32 "\n",
                    v->round, v->slot, v->workload, v->model, v->parameters,
                    site->index, site->name, site->class, site->status,
                    site->bytes, site->hash, site->elapsed_us, site->dials);
        }
    }
}

static int parse_site(char *const fields[COLUMNS], struct site *ret)
{
    if (text_u32(fields[5], &ret->index) ||
        text_copy(fields[6], ret->name, sizeof(ret->name)) ||
        text_copy(fields[7], ret->class, sizeof(ret->class)) ||
        text_u32(fields[8], &ret->status) || text_u64(fields[9], &ret->bytes) ||
        text_hex(fields[10], &ret->hash) ||
        text_u64(fields[11], &ret->elapsed_us) ||
        text_u32(fields[12], &ret->dials))
        return -EINVAL;
    return 0;
}

static int parse_visit(char *const fields[COLUMNS], struct visit *ret)
{
    *ret = (struct visit){0};
    if (text_u32(fields[0], &ret->round) || text_u32(fields[1], &ret->slot) ||
        text_copy(fields[2], ret->workload, sizeof(ret->workload)) ||
        text_copy(fields[3], ret->model, sizeof(ret->model)) ||
        text_copy(fields[4], ret->parameters, sizeof(ret->parameters)) ||
        !ret->round)
        return -EINVAL;
    return 0;
}

static bool is_same(const struct visit *a, const struct visit *b)
{
    return a->round == b->round && a->slot == b->slot &&
           strcmp(a->workload, b->workload) == 0 &&
           strcmp(a->model, b->model) == 0 &&
           strcmp(a->parameters, b->parameters) == 0;
}

/* The lines of a sample stand together, its sites in their order. */
static int add_site(struct sites *s, const struct visit *of,
                    const struct site *site)
{
    struct visit *v = s->n ? &s->items[s->n - 1] : NULL;

    if (site->index == 0) {
        v = add_visit(s);
        if (!v)
            return -ENOMEM;
        *v = *of;
        s->n++;
    }
    if (!v || !is_same(v, of) || site->index != v->n)
        return -EINVAL;
    if (!ARRAY_ROOM(v->sites, v->n))
        return -ENOMEM;
    v->sites[v->n++] = *site;
    return 0;
}

struct reading {
    struct sites sites;
    bool named; /* the line of the columns' names was there */
};

static int add_line(void *data, char *line, size_t len)
{
    struct reading *r = data;
    char *fields[COLUMNS];
    struct visit visit;
    struct site site;

    if (strlen(line) != len)
        return -EINVAL;
    if (!r->named) {
        r->named = true;
        return strcmp(line, sites_columns) == 0 ? 0 : -EINVAL;
    }
    if (text_fields(line, fields, COLUMNS) || parse_visit(fields, &visit) ||
        parse_site(fields, &site))
        return -EINVAL;
    return add_site(&r->sites, &visit, &site);
}

int sites_read(const char *dir, struct sites *ret)
{
    char path[PATH_MAX + 16];
    struct reading r = {0};
    FILE *file;
    int error;

    snprintf(path, sizeof(path), "%s/sites.tsv", dir);
    file = fopen(path, "re");
    *ret = r.sites;
    if (!file)
        return errno == ENOENT ? 0 : -errno;
    error = text_lines(file, add_line, &r);
    fclose(file);
    if (error == -ENODATA || (!error && !r.named))
        error = -EINVAL;
    if (error)
        sites_finish(&r.sites);
    else
        *ret = r.sites;
    return error;
}
