/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/sites.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/fault.h"
#include "workloads/kinds/outcome.h"

/* From the memory of the sample. */

static void describe(const struct fault *fault, const struct row *row,
                     struct site *ret)
{
    /* Its writer may have crashed. */
    unsigned outcome = row->outcome < OUTCOME_N ? row->outcome : OUTCOME_OTHER;

    snprintf(ret->name, sizeof(ret->name), "%s", fault->name);
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
    struct visit *grown = realloc(s->items, (s->n + 1) * sizeof(*grown));

    if (!grown)
        return NULL;
    s->items = grown;
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
        v->sites[i].index = i;
        describe(w->site(setup, i), &j->rows[i], &v->sites[i]);
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

static int parse_number(const char *text, int base, uint64_t most,
                        uint64_t *ret)
{
    char *end;

    /* What strtoull() takes besides: blanks, signs, "0x". */
    if (!isxdigit((unsigned char)text[0]) || strchr(text, 'x'))
        return -EINVAL;
    errno = 0;
    *ret = strtoull(text, &end, base);
    return errno || *end || *ret > most ? -EINVAL : 0;
}

static int parse_u32(const char *text, uint32_t *ret)
{
    uint64_t number = 0;
    int error = parse_number(text, 10, UINT32_MAX, &number);

    *ret = (uint32_t)number;
    return error;
}

static int parse_text(const char *text, char *out, size_t size)
{
    size_t len = strlen(text);

    if (!len || len >= size)
        return -EINVAL;
    memcpy(out, text, len + 1);
    return 0;
}

static int parse_site(char *const fields[COLUMNS], struct site *ret)
{
    if (parse_u32(fields[5], &ret->index) ||
        parse_text(fields[6], ret->name, sizeof(ret->name)) ||
        parse_text(fields[7], ret->class, sizeof(ret->class)) ||
        parse_u32(fields[8], &ret->status) ||
        parse_number(fields[9], 10, UINT64_MAX, &ret->bytes) ||
        parse_number(fields[10], 16, UINT64_MAX, &ret->hash) ||
        parse_number(fields[11], 10, UINT64_MAX, &ret->elapsed_us) ||
        parse_u32(fields[12], &ret->dials))
        return -EINVAL;
    return 0;
}

static int parse_visit(char *const fields[COLUMNS], struct visit *ret)
{
    *ret = (struct visit){0};
    if (parse_u32(fields[0], &ret->round) || parse_u32(fields[1], &ret->slot) ||
        parse_text(fields[2], ret->workload, sizeof(ret->workload)) ||
        parse_text(fields[3], ret->model, sizeof(ret->model)) ||
        parse_text(fields[4], ret->parameters, sizeof(ret->parameters)) ||
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
    if (v->n % 256 == 0) {
        struct site *grown = realloc(v->sites, (v->n + 256) * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        v->sites = grown;
    }
    v->sites[v->n++] = *site;
    return 0;
}

static int add_line(struct sites *s, char *line)
{
    char *fields[COLUMNS];
    struct visit visit;
    struct site site;

    for (size_t i = 0; i < COLUMNS; i++)
        if (!(fields[i] = strsep(&line, "\t")))
            return -EINVAL;
    if (line || parse_visit(fields, &visit) || parse_site(fields, &site))
        return -EINVAL;
    return add_site(s, &visit, &site);
}

static int read_lines(FILE *file, struct sites *s)
{
    bool named = false;
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    int error = 0;

    while (!error && (len = getline(&line, &size, file)) > 0) {
        bool whole = line[len - 1] == '\n' && !memchr(line, '\0', len);

        line[len - 1] = '\0';
        if (!whole)
            error = -EINVAL;
        else if (named)
            error = add_line(s, line);
        else
            error = strcmp(line, sites_columns) == 0 ? 0 : -EINVAL;
        named = true;
    }
    if (!error && ferror(file))
        error = -EIO;
    free(line);
    return error ? error : named ? 0 : -EINVAL;
}

int sites_read(const char *dir, struct sites *ret)
{
    char path[PATH_MAX + 16];
    struct sites s = {0};
    FILE *file;
    int error;

    snprintf(path, sizeof(path), "%s/sites.tsv", dir);
    file = fopen(path, "re");
    *ret = s;
    if (!file)
        return errno == ENOENT ? 0 : -errno;
    error = read_lines(file, &s);
    fclose(file);
    if (error)
        sites_finish(&s);
    else
        *ret = s;
    return error;
}
