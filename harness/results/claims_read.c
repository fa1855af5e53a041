/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the files of a folder into claims. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/claims_keys.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

static int check_claim(struct reader *r)
{
    const char *fault = claim_fault(r->claim);

    return fault ? claims_refuse(r, "%s", fault) : 0;
}

static int add_claim(struct claims *claims, const char *id)
{
    struct claim *c;

    if (!ARRAY_ROOM(claims->items, claims->n))
        return -ENOMEM;
    c = &claims->items[claims->n++];
    *c = (struct claim){.id = strdup(id), .parameters = strdup("")};
    return c->id && c->parameters ? 0 : -ENOMEM;
}

static bool is_sets(const char *name)
{
    return strcmp(name, "sets") == 0;
}

static int read_file(struct claims *claims, const char *name, FILE *file,
                     char *why, size_t size)
{
    char what[384] = "";
    unsigned line = 0;
    struct reader r = {
        .claims = claims, .line = &line, .why = what, .size = sizeof(what)};
    int error = is_sets(name) ? 0 : add_claim(claims, name);

    if (error)
        return error;
    if (!is_sets(name))
        r.claim = &claims->items[claims->n - 1];
    error = text_pairs(file, claims_set_key, &r, &line);
    if (error == -EINVAL && !what[0])
        claims_refuse(&r, "a line is KEY=VALUE, or begins with #");
    if (!error && r.claim)
        error = check_claim(&r);
    if (error)
        snprintf(why, size, "claims file %.200s, line %u: %s", name, line,
                 what[0] ? what : strerror(-error));
    return error;
}

/* The cells of those with the flag `check` end the suite. */
static int add_to_suite(struct claims *claims, const struct claim *c)
{
    const struct model **chosen = calloc(model_count(), sizeof(*chosen));
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
            error = name_list_add(&claims->suite, name);
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

/* No rule stands for words that a reader cannot look up. */
static int check_quotes(const struct claims *claims, char *why, size_t size)
{
    for (size_t i = 0; i < claims->n; i++) {
        const struct claim *c = &claims->items[i];

        if (!c->rule.kind || claims_quote(claims, claim_id(c)))
            continue;
        snprintf(why, size,
                 "claims file %.200s, line %u: rule= needs quote= and source= "
                 "here or in another file with claim=%.100s",
                 c->id, c->rule_line, claim_id(c));
        return -EINVAL;
    }
    return 0;
}

int claims_read(const char *dir, struct claims *ret, char *why, size_t size)
{
    int error;

    *ret = (struct claims){0};
    snprintf(why, size, "%s", strerror(ENOMEM));
    error =
        dir ? read_folder(ret, dir, why, size) : read_built_in(ret, why, size);
    if (!error)
        error = check_quotes(ret, why, size);
    return error ? error : finish_suite(ret);
}
