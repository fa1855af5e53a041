/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the files of a folder to claims: each key is checked where it stands. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/results/claims.h"
#include "harness/results/names.h"
#include "harness/results/sample.h"
#include "harness/results/text.h"

struct reader {
    struct claims *claims;
    struct claim *claim; /* the file's; of `sets` NULL */
    const char *value;   /* being read */
    char *why;           /* of what is wrong first; no file and no line */
    size_t size;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct reader *r,
                                                        const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(r->why, r->size, format, args);
    va_end(args);
    return -EINVAL;
}

static int add_name(struct name_list *list, const char *name, size_t len)
{
    char **grown = realloc(list->items, (list->n + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    list->items = grown;
    grown[list->n] = strndup(name, len);
    return grown[list->n] ? (list->n++, 0) : -ENOMEM;
}

static int read_text(struct reader *r, void *to)
{
    char **text = to;

    if (!r->value[0])
        return refuse(r, "a value is missing behind '='");
    free(*text);
    *text = strdup(r->value);
    return *text ? 0 : -ENOMEM;
}

/* "a,b": each must be what `check` says, where there is one. */
static int read_list(struct reader *r, struct name_list *list,
                     int (*check)(struct reader *r, const char *name))
{
    struct item item;
    int error = 0;

    for (const char *at = r->value; !error && text_next(&at, ',', &item);) {
        error = add_name(list, item.key, strcspn(item.key, ","));
        if (!error)
            error = check(r, list->items[list->n - 1]);
    }
    return error;
}

static int check_model(struct reader *r, const char *name)
{
    if (model_find(name))
        return 0;
    return refuse(r, "there is no model '%.40s'; `baton list` shows them",
                  name);
}

static int check_models(struct reader *r, const char *name)
{
    const struct model **chosen = calloc(n_models, sizeof(*chosen));
    size_t n = 0;
    int error = chosen ? claims_choose(r->claims, name, chosen, &n) : -ENOMEM;

    free(chosen);
    if (error != -ENOENT)
        return error;
    if (name[0] != '@')
        return check_model(r, name);
    return refuse(r,
                  "there is no set '%.40s'; there are @core, @quick, @all and "
                  "one for each family",
                  name);
}

static int check_pair(struct reader *r, const char *name)
{
    char copy[96], *slash;

    if (text_copy(name, copy, sizeof(copy)) || !(slash = strchr(copy, '/')))
        return refuse(r, "'%.60s' is not a pair; write it as MODEL/MODEL",
                      name);
    *slash = '\0';
    return check_model(r, copy) ? -EINVAL : check_model(r, slash + 1);
}

static int check_cell(struct reader *r, const char *name)
{
    struct cell_parts parts;
    char why[256];

    if (cell_read(name, &parts, why, sizeof(why)))
        return refuse(r, "'%.120s' is not a cell: %s", name, why);
    return 0;
}

static int read_models(struct reader *r, void *to)
{
    return read_list(r, to, check_models);
}

static int read_only_models(struct reader *r, void *to)
{
    return read_list(r, to, check_model);
}

static int read_pairs(struct reader *r, void *to)
{
    return read_list(r, to, check_pair);
}

static int read_cells(struct reader *r, void *to)
{
    return read_list(r, to, check_cell);
}

static int read_workload(struct reader *r, void *to)
{
    const struct workload **workload = to;

    *workload = workload_find(r->value);
    if (*workload)
        return 0;
    return refuse(r, "there is no workload '%.40s'; `baton list` shows them",
                  r->value);
}

/* What depends on the workload stands behind it. */
static int need_workload(struct reader *r, const char *key)
{
    if (r->claim->workload)
        return 0;
    return refuse(r, "put the line workload= before %s=", key);
}

static int check_value(struct reader *r, const struct parameter *p,
                       double value)
{
    if (value >= (double)p->min && value <= (double)p->max)
        return 0;
    return refuse(r, "%s takes %" PRIu64 " to %" PRIu64 ", not %.0f", p->name,
                  p->min, p->max, value);
}

/* Whether these are parameters that the workload takes. */
static int check_parameters(struct reader *r)
{
    const struct workload *w = r->claim->workload;
    struct setup setup = {0};
    char why[256];

    if (cell_values(w, r->claim->parameters, setup.values))
        return refuse(r,
                      "'%.80s' are not parameters of %s; write them as "
                      "NAME=N,NAME=N (`baton run %s --help` lists them)",
                      r->value, w->name, w->name);
    for (size_t i = 0; i < w->n_parameters; i++)
        if (check_value(r, &w->parameters[i], (double)setup.values[i]))
            return -EINVAL;
    if (w->check(&setup, why, sizeof(why)))
        return refuse(r, "%.200s", why);
    return 0;
}

static int read_parameters(struct reader *r, void *to)
{
    int error = need_workload(r, "parameters");

    if (!error)
        error = read_text(r, to);
    return error ? error : check_parameters(r);
}

static int read_over(struct reader *r, void *to)
{
    int error = need_workload(r, "over");

    if (error)
        return error;
    if (workload_parameter(r->claim->workload, r->value) < 0)
        return refuse(r, "%s has no parameter '%.40s'",
                      r->claim->workload->name, r->value);
    return read_text(r, to);
}

/* "0.0327", "1/3". */
static int read_number(const char *text, double *ret)
{
    double over = 1;
    const char *rest;

    if (text_real_unit(text, ret, &rest) ||
        (*rest && (*rest != '/' || text_real(rest + 1, &over) || over <= 0)))
        return -EINVAL;
    *ret /= over;
    return 0;
}

static int read_numbers(struct reader *r, void *to)
{
    struct numbers *numbers = to;
    struct item item;

    for (const char *at = r->value; text_next(&at, ',', &item);) {
        char text[32];
        double *grown =
            realloc(numbers->items, (numbers->n + 1) * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        numbers->items = grown;
        snprintf(text, sizeof(text), "%.*s", (int)item.key_len, item.key);
        if (read_number(text, &grown[numbers->n]))
            return refuse(r, "'%s' is not a number", text);
        numbers->n++;
    }
    return 0;
}

/* The values of `over` are values that the workload takes. */
static int read_sizes(struct reader *r, void *to)
{
    const struct numbers *numbers = to;
    const struct parameter *p;
    int error;

    if (!r->claim->over)
        return refuse(r, "put the line over= before the values");
    error = read_numbers(r, to);
    p = &r->claim->workload->parameters[workload_parameter(r->claim->workload,
                                                           r->claim->over)];
    for (size_t i = 0; !error && i < numbers->n; i++)
        error = check_value(r, p, numbers->items[i]);
    return error;
}

static int read_statistic(struct reader *r, void *to)
{
    enum statistic *statistic = to;

    for (int i = STATISTIC_RATIO; i <= STATISTIC_COUNT; i++)
        if (strcmp(statistic_name((enum statistic)i), r->value) == 0) {
            *statistic = (enum statistic)i;
            return 0;
        }
    return refuse(r,
                  "there is no statistic '%.40s'; there are ratio, exponent, "
                  "share, percentile and count",
                  r->value);
}

static int read_metric(struct reader *r, void *to)
{
    double value;
    static const struct sample none;

    if (sample_metric(&none, r->value, &value))
        return refuse(r,
                      "samples have no number '%.40s'; results/README.md lists "
                      "the columns",
                      r->value);
    return read_text(r, to);
}

static int read_rounds(struct reader *r, void *to)
{
    return text_u32(r->value, to)
               ? refuse(r, "rounds= is a number of rounds; 0 is all")
               : 0;
}

static int read_flags(struct reader *r, void *to)
{
    static const struct {
        const char *name;
        unsigned flag;
    } flags[] = {{"default", CLAIM_DEFAULT},
                 {"quick", CLAIM_QUICK},
                 {"check", CLAIM_CHECK},
                 {"trace", CLAIM_TRACE}};
    unsigned *set = to;
    struct item item;

    for (const char *at = r->value; text_next(&at, ',', &item);) {
        size_t i = 0, n = sizeof(flags) / sizeof(flags[0]);

        while (i < n && !item_is(&item, flags[i].name))
            i++;
        if (i == n)
            return refuse(r,
                          "there is no flag '%.*s'; there are default, quick, "
                          "check and trace",
                          (int)item.key_len, item.key);
        *set |= flags[i].flag;
    }
    return 0;
}

struct key {
    const char *name;
    int (*read)(struct reader *r, void *to);
    size_t offset;
};

#define KEY(member, reader)                                                    \
    {                                                                          \
        .name = #member, .read = reader,                                       \
        .offset = offsetof(struct claim, member)                               \
    }
static const struct key claim_keys[] = {
    KEY(workload, read_workload),  KEY(parameters, read_parameters),
    KEY(title, read_text),         KEY(note, read_text),
    KEY(over, read_over),          KEY(values, read_sizes),
    KEY(quick_values, read_sizes), KEY(statistic, read_statistic),
    KEY(metric, read_metric),      KEY(pairs, read_pairs),
    KEY(models, read_models),      KEY(beside, read_models),
    KEY(aa, read_only_models),     KEY(claimed, read_numbers),
    KEY(figure, read_text),        KEY(lesson, read_text),
    KEY(rounds, read_rounds),      KEY(flags, read_flags),
};

#undef KEY
#define KEY(member, reader)                                                    \
    {                                                                          \
        .name = #member, .read = reader,                                       \
        .offset = offsetof(struct claims, member)                              \
    }
static const struct key set_keys[] = {
    KEY(core, read_only_models),
    KEY(quick, read_only_models),
    KEY(scrape, read_only_models),
    KEY(suite, read_cells),
};

static int refuse_key(struct reader *r, const char *key,
                      const struct key keys[], size_t n)
{
    size_t len = (size_t)snprintf(r->why, r->size,
                                  "there is no key '%.40s'; there are", key);

    for (size_t i = 0; i < n && len < r->size; i++)
        len += (size_t)snprintf(r->why + len, r->size - len, "%s %s",
                                i ? "," : "", keys[i].name);
    return -EINVAL;
}

static int set_key(void *data, const char *key, const char *value)
{
    struct reader *r = data;
    const struct key *keys = r->claim ? claim_keys : set_keys;
    size_t n = r->claim ? sizeof(claim_keys) / sizeof(claim_keys[0])
                        : sizeof(set_keys) / sizeof(set_keys[0]);
    char *to = r->claim ? (char *)r->claim : (char *)r->claims;

    r->value = value;
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].name, key) == 0)
            return keys[i].read(r, to + keys[i].offset);
    return refuse_key(r, key, keys, n);
}

/* What a statistic needs. */
static int check_claim(struct reader *r)
{
    const struct claim *c = r->claim;

    if (!c->workload)
        return refuse(r, "a line workload= is missing");
    if (!c->pairs.n && !c->models.n)
        return refuse(r, "add models= or pairs=: which models are measured");
    if ((c->statistic == STATISTIC_RATIO) != (c->pairs.n > 0))
        return refuse(r, "statistic=ratio and pairs= go together");
    if (c->statistic == STATISTIC_EXPONENT && c->values.n < 2)
        return refuse(r, "statistic=exponent needs over= and two values=");
    if ((c->statistic >= STATISTIC_PERCENTILE) != (c->metric != NULL))
        return refuse(r, "metric= goes with statistic=percentile and count");
    if (c->statistic && !c->title)
        return refuse(r, "statistic= needs title=, which its findings carry");
    return 0;
}

static int add_claim(struct claims *claims, const char *id)
{
    struct claim *grown =
        realloc(claims->items, (claims->n + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    claims->items = grown;
    grown[claims->n] =
        (struct claim){.id = strdup(id), .parameters = strdup("")};
    claims->n++;
    return grown[claims->n - 1].id && grown[claims->n - 1].parameters ? 0
                                                                      : -ENOMEM;
}

static bool is_sets(const char *name)
{
    return strcmp(name, "sets") == 0;
}

static int read_file(struct claims *claims, const char *name, FILE *file,
                     char *why, size_t size)
{
    char what[384] = "";
    struct reader r = {.claims = claims, .why = what, .size = sizeof(what)};
    unsigned line = 0;
    int error = is_sets(name) ? 0 : add_claim(claims, name);

    if (!error && !is_sets(name))
        r.claim = &claims->items[claims->n - 1];
    if (!error)
        error = text_pairs(file, set_key, &r, &line);
    if (error && line && !what[0])
        refuse(&r, "%s",
               error == -EINVAL ? "a line is KEY=VALUE, or begins with #"
                                : strerror(-error));
    if (error) {
        snprintf(why, size, "claims file %.200s, line %u: %s", name, line,
                 what[0] ? what : strerror(-error));
        return error;
    }
    error = r.claim ? check_claim(&r) : 0;
    if (error)
        snprintf(why, size, "claims file %.200s, line %u (its end): %s", name,
                 line, what);
    return error;
}

/* The cells of those with the flag `check` end the suite. */
static int add_to_suite(struct claims *claims, const struct claim *c)
{
    const struct model **chosen = calloc(n_models, sizeof(*chosen));
    uint64_t values[MAX_PARAMETERS];
    char name[CELL_NAME_SIZE];
    size_t n = 0, i = 0;
    int error = chosen ? 0 : -ENOMEM;

    if (!error)
        claim_models(claims, c, chosen, &n);
    do {
        claim_values(c, &c->values, i, values);
        for (size_t j = 0; j < n && !error; j++) {
            cell_name(c->workload, chosen[j]->name, values, name, sizeof(name));
            error = add_name(&claims->suite, name, strlen(name));
        }
    } while (++i < c->values.n && !error);
    free(chosen);
    return error;
}

static int finish_suite(struct claims *claims)
{
    int error = 0;

    for (size_t i = 0; i < claims->n && !error; i++)
        if (claims->items[i].flags & CLAIM_CHECK)
            error = add_to_suite(claims, &claims->items[i]);
    return error;
}

/* `sets` first: the others name its sets. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    int sets = is_sets((*b)->d_name) - is_sets((*a)->d_name);

    return sets ? sets : strcmp((*a)->d_name, (*b)->d_name);
}

static int is_claim_file(const struct dirent *entry)
{
    return !strpbrk(entry->d_name, ".~#");
}

static int read_named(struct claims *claims, const char *dir, const char *name,
                      char *why, size_t size)
{
    char path[PATH_MAX + 256];
    FILE *file;
    int error;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "re");
    if (!file) {
        error = -errno;
        snprintf(why, size, "cannot read %.300s: %s", path, strerror(-error));
        return error;
    }
    error = read_file(claims, name, file, why, size);
    fclose(file);
    return error;
}

static int read_folder(struct claims *claims, const char *dir, char *why,
                       size_t size)
{
    struct dirent **names;
    int n = scandir(dir, &names, is_claim_file, compare_names), error = 0;

    if (n < 0) {
        error = -errno;
        snprintf(why, size,
                 "cannot read the claims in %.300s: %s; --claims takes a "
                 "folder of claim files",
                 dir, strerror(-error));
        return error;
    }
    if (n == 0 || !is_sets(names[0]->d_name)) {
        snprintf(why, size,
                 "%.300s has no file `sets`, so it is not a folder "
                 "of claims",
                 dir);
        error = -ENOENT;
    }
    for (int i = 0; i < n; i++) {
        if (!error)
            error = read_named(claims, dir, names[i]->d_name, why, size);
        free(names[i]);
    }
    free(names);
    return error;
}

static int read_built_in(struct claims *claims, char *why, size_t size)
{
    int error = 0;

    for (size_t i = 0; i < n_claim_files && !error; i++) {
        const struct claim_file *f = &claim_files[i];
        FILE *file =
            fmemopen((void *)(uintptr_t)f->text, strlen(f->text), "re");

        if (!file)
            return -errno;
        error = read_file(claims, f->name, file, why, size);
        fclose(file);
    }
    return error;
}

int claims_read(const char *dir, struct claims *ret, char *why, size_t size)
{
    int error;

    *ret = (struct claims){0};
    snprintf(why, size, "%s", strerror(ENOMEM));
    error =
        dir ? read_folder(ret, dir, why, size) : read_built_in(ret, why, size);
    return error ? error : finish_suite(ret);
}
