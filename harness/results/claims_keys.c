/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a file of claims, and what each takes. */
#include "harness/results/claims_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/derived.h"
#include "harness/results/names.h"
#include "harness/results/sample.h"
#include "harness/results/text.h"

int claims_refuse(struct reader *r, const char *format, ...)
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
    claims_refuse(r, "there is no %s '%.40s'; there are", what, word);
    for (int i = 0; i < n; i++)
        text_add(r->why, r->size, "%s %s", i ? "," : "", names[i]);
    return -EINVAL;
}

int name_list_add(struct name_list *list, const char *name)
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
        return claims_refuse(r, "a value is missing behind '='");
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
    return claims_refuse(
        r, "there is no workload '%.40s'; `baton list` shows them", text);
}

static int check_value(struct reader *r, const struct parameter *p,
                       double value)
{
    if (value >= (double)p->min && value <= (double)p->max)
        return 0;
    return claims_refuse(r, "%s takes %" PRIu64 " to %" PRIu64 ", not %.0f",
                         p->name, p->min, p->max, value);
}

static int take_parameters(struct reader *r, const char *text, void *to)
{
    const struct workload *w = r->claim->workload;
    struct setup setup = {0};
    char why[256];

    if (cell_values(w, text, setup.values))
        return claims_refuse(r,
                             "'%.80s' are not parameters of %s; write them as "
                             "NAME=N,NAME=N (`baton run %s --help` lists them)",
                             text, w->name, w->name);
    for (size_t i = 0; i < w->n_parameters; i++)
        if (check_value(r, &w->parameters[i], (double)setup.values[i]))
            return -EINVAL;
    if (w->check(&setup, why, sizeof(why)))
        return claims_refuse(r, "%.200s", why);
    return take_text(r, text, to);
}

static int take_over(struct reader *r, const char *text, void *to)
{
    if (workload_parameter(r->claim->workload, text) < 0)
        return claims_refuse(r, "%s has no parameter '%.40s'",
                             r->claim->workload->name, text);
    return take_text(r, text, to);
}

static int take_number(struct reader *r, const char *text, void *to)
{
    struct numbers *numbers = to;
    double value;

    if (rule_number(text, &value))
        return claims_refuse(r, "'%.40s' is not a number", text);
    if (!ARRAY_ROOM(numbers->items, numbers->n))
        return -ENOMEM;
    numbers->items[numbers->n++] = value;
    return 0;
}

static int take_factor(struct reader *r, const char *text, void *to)
{
    if (rule_number(text, to) || *(double *)to <= 0)
        return claims_refuse(r, "factor= is a number above 0, such as 1/10");
    return 0;
}

static int take_rule(struct reader *r, const char *text, void *to)
{
    r->claim->rule_line = *r->line;
    if (rule_read(text, to) == 0)
        return 0;
    return claims_refuse(
        r,
        "'%.60s' is not a rule; there are at-least X, at-most X and "
        "between X Y",
        text);
}

static int take_yes(struct reader *r, const char *text, void *to)
{
    if (strcmp(text, "yes") != 0)
        return claims_refuse(r,
                             "the only value is yes; else leave out the line");
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
        return claims_refuse(r, "budget= is a time such as 300s");
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
        return claims_refuse(r, "put the line over= before the values");
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
        return claims_refuse(
            r,
            "samples have no number '%.40s'; results/README.md lists "
            "the columns, claims/README.md the derived numbers",
            text);
    return take_text(r, text, to);
}

static int take_rounds(struct reader *r, const char *text, void *to)
{
    if (text_u32(text, to))
        return claims_refuse(r, "rounds= is a number of rounds; 0 is all");
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
    return claims_refuse(
        r, "there is no model '%.40s'; `baton list` shows them", name);
}

static int take_model(struct reader *r, const char *text, void *to)
{
    int error = check_model(r, text);

    return error ? error : name_list_add(to, text);
}

static int take_models(struct reader *r, const char *text, void *to)
{
    if (text[0] != '@')
        return take_model(r, text, to);
    if (!claims_know_set(text))
        return claims_refuse(
            r,
            "there is no set '%.40s'; there are @core, @quick, @all "
            "and one for each family",
            text);
    return name_list_add(to, text);
}

static int take_pair(struct reader *r, const char *text, void *to)
{
    char copy[96], *slash;

    if (text_copy(text, copy, sizeof(copy)) || !(slash = strchr(copy, '/')))
        return claims_refuse(
            r, "'%.60s' is not a pair; write it as MODEL/MODEL", text);
    *slash = '\0';
    if (check_model(r, copy) || check_model(r, slash + 1))
        return -EINVAL;
    return name_list_add(to, text);
}

static int take_cell(struct reader *r, const char *text, void *to)
{
    struct cell_parts parts;
    char why[256];

    if (cell_read(text, &parts, why, sizeof(why)))
        return claims_refuse(r, "'%.120s' is not a cell: %s", text, why);
    return name_list_add(to, text);
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

int claims_set_key(void *data, const char *name, const char *value)
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
        return claims_refuse(r, "put the line workload= before %s=", name);
    to += keys[found].offset;
    return keys[found].is_list ? take_items(r, &keys[found], value, to)
                               : keys[found].take(r, value, to);
}
