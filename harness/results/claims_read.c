/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the files of a folder into claims, and checks each key. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/claims.h"
#include "harness/results/derived.h"
#include "harness/results/names.h"
#include "harness/results/sample.h"
#include "harness/results/text.h"

struct reader {
    struct claims *claims;
    struct claim *claim; /* the file's; of `sets` NULL */
    const unsigned *line;
    char *why; /* the first error, without its file and line */
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

/* The index of a word that has to be one of these; else -EINVAL. */
static int find_word(struct reader *r, const char *what, const char *word,
                     const char *const names[], int n)
{
    int found = text_index(names, (size_t)n, word);

    if (found >= 0)
        return found;
    refuse(r, "there is no %s '%.40s'; there are", what, word);
    for (int i = 0; i < n; i++)
        text_add(r->why, r->size, "%s %s", i ? "," : "", names[i]);
    return -EINVAL;
}

static int add_name(struct name_list *list, const char *name)
{
    if (!ARRAY_ROOM(list->items, list->n))
        return -ENOMEM;
    list->items[list->n] = strdup(name);
    return list->items[list->n] ? (list->n++, 0) : -ENOMEM;
}

/* Reads one value, or one of several, to where it belongs: 0 or -errno. */

static int take_text(struct reader *r, const char *text, void *to)
{
    char **own = to;

    if (!text[0])
        return refuse(r, "a value is missing behind '='");
    free(*own);
    *own = strdup(text);
    return *own ? 0 : -ENOMEM;
}

static int take_workload(struct reader *r, const char *text, void *to)
{
    const struct workload **workload = to;

    *workload = workload_find(text);
    if (*workload)
        return 0;
    return refuse(r, "there is no workload '%.40s'; `baton list` shows them",
                  text);
}

static int check_value(struct reader *r, const struct parameter *p,
                       double value)
{
    if (value >= (double)p->min && value <= (double)p->max)
        return 0;
    return refuse(r, "%s takes %" PRIu64 " to %" PRIu64 ", not %.0f", p->name,
                  p->min, p->max, value);
}

static int take_parameters(struct reader *r, const char *text, void *to)
{
    const struct workload *w = r->claim->workload;
    struct setup setup = {0};
    char why[256];

    if (cell_values(w, text, setup.values))
        return refuse(r,
                      "'%.80s' are not parameters of %s; write them as "
                      "NAME=N,NAME=N (`baton run %s --help` lists them)",
                      text, w->name, w->name);
    for (size_t i = 0; i < w->n_parameters; i++)
        if (check_value(r, &w->parameters[i], (double)setup.values[i]))
            return -EINVAL;
    if (w->check(&setup, why, sizeof(why)))
        return refuse(r, "%.200s", why);
    return take_text(r, text, to);
}

static int take_over(struct reader *r, const char *text, void *to)
{
    if (workload_parameter(r->claim->workload, text) < 0)
        return refuse(r, "%s has no parameter '%.40s'",
                      r->claim->workload->name, text);
    return take_text(r, text, to);
}

static int take_number(struct reader *r, const char *text, void *to)
{
    struct numbers *numbers = to;
    double value;

    if (rule_number(text, &value))
        return refuse(r, "'%.40s' is not a number", text);
    if (!ARRAY_ROOM(numbers->items, numbers->n))
        return -ENOMEM;
    numbers->items[numbers->n++] = value;
    return 0;
}

static int take_factor(struct reader *r, const char *text, void *to)
{
    if (rule_number(text, to) || *(double *)to <= 0)
        return refuse(r, "factor= is a number above 0, such as 1/10");
    return 0;
}

static int take_rule(struct reader *r, const char *text, void *to)
{
    r->claim->rule_line = *r->line;
    if (rule_read(text, to) == 0)
        return 0;
    return refuse(r,
                  "'%.60s' is not a rule; there are at-least X, at-most X and "
                  "between X Y",
                  text);
}

static int take_yes(struct reader *r, const char *text, void *to)
{
    if (strcmp(text, "yes") != 0)
        return refuse(r, "the only value is yes; else leave out the line");
    *(bool *)to = true;
    return 0;
}

/* "300s", in whole seconds. */
static int take_budget(struct reader *r, const char *text, void *to)
{
    const char *rest;
    double seconds;

    if (text_real_unit(text, &seconds, &rest) || strcmp(rest, "s") != 0 ||
        seconds < 1 || seconds > 1e6)
        return refuse(r, "budget= is a time such as 300s");
    *(uint64_t *)to = (uint64_t)(seconds * 1e9);
    return 0;
}

static int take_size(struct reader *r, const char *text, void *to)
{
    const struct claim *c = r->claim;
    const struct numbers *numbers = to;
    const struct workload *w = c->workload;
    int error;

    if (!c->over)
        return refuse(r, "put the line over= before the values");
    error = take_number(r, text, to);
    return error
               ? error
               : check_value(r, &w->parameters[workload_parameter(w, c->over)],
                             numbers->items[numbers->n - 1]);
}

static int take_statistic(struct reader *r, const char *text, void *to)
{
    int found = find_word(r, "statistic", text, statistic_names, STATISTIC_N);

    if (found < 0)
        return found;
    *(enum statistic *)to = (enum statistic)found;
    return 0;
}

static int take_metric(struct reader *r, const char *text, void *to)
{
    if (!sample_has_number(text))
        return refuse(r,
                      "samples have no number '%.40s'; results/README.md lists "
                      "the columns, claims/README.md the derived numbers",
                      text);
    return take_text(r, text, to);
}

static int take_rounds(struct reader *r, const char *text, void *to)
{
    if (text_u32(text, to))
        return refuse(r, "rounds= is a number of rounds; 0 is all");
    return 0;
}

static int take_flag(struct reader *r, const char *text, void *to)
{
    static const char *const names[] = {"default", "quick", "check",
                                        "trace",   "named", "references"};
    int found = find_word(r, "flag", text, names, 6);

    if (found < 0)
        return found;
    *(unsigned *)to |= 1u << found; /* in the order of enum claim_flag */
    return 0;
}

static int check_model(struct reader *r, const char *name)
{
    if (model_find(name))
        return 0;
    return refuse(r, "there is no model '%.40s'; `baton list` shows them",
                  name);
}

static int take_model(struct reader *r, const char *text, void *to)
{
    int error = check_model(r, text);

    return error ? error : add_name(to, text);
}

static int take_models(struct reader *r, const char *text, void *to)
{
    if (text[0] != '@')
        return take_model(r, text, to);
    if (!claims_know_set(text))
        return refuse(r,
                      "there is no set '%.40s'; there are @core, @quick, @all "
                      "and one for each family",
                      text);
    return add_name(to, text);
}

static int take_pair(struct reader *r, const char *text, void *to)
{
    char copy[96], *slash;

    if (text_copy(text, copy, sizeof(copy)) || !(slash = strchr(copy, '/')))
        return refuse(r, "'%.60s' is not a pair; write it as MODEL/MODEL",
                      text);
    *slash = '\0';
    if (check_model(r, copy) || check_model(r, slash + 1))
        return -EINVAL;
    return add_name(to, text);
}

static int take_cell(struct reader *r, const char *text, void *to)
{
    struct cell_parts parts;
    char why[256];

    if (cell_read(text, &parts, why, sizeof(why)))
        return refuse(r, "'%.120s' is not a cell: %s", text, why);
    return add_name(to, text);
}

struct key {
    const char *name;
    int (*take)(struct reader *r, const char *text, void *to);
    size_t offset;
    bool is_list;     /* takes each of "a,b" */
    bool of_workload; /* needs to know which */
};

#define CLAIM(member, ...)                                                     \
    {                                                                          \
#member, __VA_ARGS__, .offset = offsetof(struct claim, member)         \
    }
#define SET(member, ...)                                                       \
    {                                                                          \
#member, __VA_ARGS__, .offset = offsetof(struct claims, member),       \
                              .is_list = true                                  \
    }
static const struct key claim_keys[] = {
    CLAIM(workload, take_workload),
    CLAIM(parameters, take_parameters, .of_workload = true),
    CLAIM(title, take_text),
    CLAIM(note, take_text),
    CLAIM(over, take_over, .of_workload = true),
    CLAIM(values, take_size, .is_list = true),
    CLAIM(quick_values, take_size, .is_list = true),
    CLAIM(statistic, take_statistic),
    CLAIM(metric, take_metric),
    CLAIM(pairs, take_pair, .is_list = true),
    CLAIM(models, take_models, .is_list = true),
    CLAIM(beside, take_models, .is_list = true),
    CLAIM(aa, take_model, .is_list = true),
    CLAIM(claimed, take_number, .is_list = true),
    CLAIM(figure, take_text),
    CLAIM(lesson, take_text),
    CLAIM(rounds, take_rounds),
    CLAIM(flags, take_flag, .is_list = true),
    CLAIM(claim, take_text),
    CLAIM(quote, take_text),
    CLAIM(source, take_text),
    CLAIM(setting, take_text),
    CLAIM(own, take_yes),
    CLAIM(rule, take_rule),
    CLAIM(factor, take_factor),
    {"budget", take_budget, .offset = offsetof(struct claim, budget_ns)},
};
static const struct key set_keys[] = {
    SET(core, take_model),
    SET(quick, take_model),
    SET(scrape, take_model),
    SET(suite, take_cell),
};
enum {
    N_CLAIM_KEYS = sizeof(claim_keys) / sizeof(claim_keys[0]),
    N_SET_KEYS = sizeof(set_keys) / sizeof(set_keys[0]),
};

static int take_items(struct reader *r, const struct key *key,
                      const char *value, void *to)
{
    char *copy = strdup(value), *rest = copy, *item;
    int error = copy ? 0 : -ENOMEM;

    while (!error && (item = strsep(&rest, ",")))
        error = key->take(r, item, to);
    free(copy);
    return error;
}

static int set_key(void *data, const char *name, const char *value)
{
    struct reader *r = data;
    const struct key *keys = r->claim ? claim_keys : set_keys;
    const char *names[N_CLAIM_KEYS];
    int n = r->claim ? N_CLAIM_KEYS : N_SET_KEYS, found;
    char *to = r->claim ? (char *)r->claim : (char *)r->claims;

    for (int i = 0; i < n; i++)
        names[i] = keys[i].name;
    found = find_word(r, "key", name, names, n);
    if (found < 0)
        return found;
    if (keys[found].of_workload && !r->claim->workload)
        return refuse(r, "put the line workload= before %s=", name);
    to += keys[found].offset;
    return keys[found].is_list ? take_items(r, &keys[found], value, to)
                               : keys[found].take(r, value, to);
}

static int check_claim(struct reader *r)
{
    const char *fault = claim_fault(r->claim);

    return fault ? refuse(r, "%s", fault) : 0;
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
    error = text_pairs(file, set_key, &r, &line);
    if (error == -EINVAL && !what[0])
        refuse(&r, "a line is KEY=VALUE, or begins with #");
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
            error = add_name(&claims->suite, name);
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
