/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/names.h"

static void list_finish(struct name_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct name_list){0};
}

static void claim_finish(struct claim *c)
{
    struct name_list *lists[] = {&c->pairs, &c->models, &c->beside, &c->aa};
    char *texts[] = {c->id,    c->parameters, c->title,  c->note,
                     c->over,  c->metric,     c->figure, c->lesson,
                     c->claim, c->quote,      c->source, c->setting};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        list_finish(lists[i]);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(texts[i]);
    free(c->values.items);
    free(c->quick_values.items);
    free(c->claimed.items);
}

void claims_finish(struct claims *claims)
{
    for (size_t i = 0; i < claims->n; i++)
        claim_finish(&claims->items[i]);
    free(claims->items);
    list_finish(&claims->core);
    list_finish(&claims->quick);
    list_finish(&claims->scrape);
    list_finish(&claims->suite);
    *claims = (struct claims){0};
}

static void add_model(const struct model *m, const struct model *ret[],
                      size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        if (ret[i] == m)
            return;
    ret[(*n)++] = m;
}

static bool holds(const struct name_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i], name) == 0)
            return true;
    return false;
}

/* Whether a model is one of `set`: "@core", or "@loops", a family. */
static bool is_in(const struct claims *claims, const char *set,
                  const struct model *m)
{
    if (set[0] == '@' && strcmp(set + 1, family_name(m->family)) == 0)
        return true;
    if (strcmp(set, "@all") == 0)
        return m->family != FAMILY_REFERENCES;
    if (strcmp(set, "@core") == 0)
        return holds(&claims->core, m->name);
    return strcmp(set, "@quick") == 0 && holds(&claims->quick, m->name);
}

bool claims_know_set(const char *name)
{
    static const char *const sets[] = {"@core", "@quick", "@all"};

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        if (strcmp(sets[i], name) == 0)
            return true;
    for (int i = 0; name[0] == '@' && i < FAMILY_N; i++)
        if (strcmp(family_name((enum family)i), name + 1) == 0)
            return true;
    return false;
}

int claims_choose(const struct claims *claims, const char *name,
                  const struct model *ret[], size_t *n)
{
    const struct model *named = model_find(name), *m;

    if (named)
        add_model(named, ret, n);
    for (size_t i = 0; !named && (m = model_known(i)); i++)
        if (is_in(claims, name, m))
            add_model(m, ret, n);
    return named || claims_know_set(name) ? 0 : -ENOENT;
}

static bool is_of_pair(const struct claim *claim, const struct model *m)
{
    for (size_t i = 0; i < claim->pairs.n; i++) {
        const struct model *a, *b;

        claim_pair(claim, i, &a, &b);
        if (a == m || b == m)
            return true;
    }
    return false;
}

static bool is_listed(const struct claims *claims, const struct name_list *list,
                      const struct model *m)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i], m->name) == 0 ||
            is_in(claims, list->items[i], m))
            return true;
    return false;
}

void claim_models(const struct claims *claims, const struct claim *claim,
                  const struct model *ret[], size_t *ret_n)
{
    const struct model *m;

    *ret_n = 0;
    for (size_t i = 0; (m = model_known(i)); i++)
        if (is_listed(claims, &claim->models, m) ||
            is_listed(claims, &claim->beside, m) || is_of_pair(claim, m))
            ret[(*ret_n)++] = m;
}

int claims_set_core(struct claims *claims, const struct model *const chosen[],
                    size_t n)
{
    char **items = calloc(n ? n : 1, sizeof(*items));
    bool whole = items != NULL;

    for (size_t i = 0; whole && i < n; i++)
        whole = (items[i] = strdup(chosen[i]->name)) != NULL;
    if (!items)
        return -ENOMEM;
    list_finish(&claims->core);
    claims->core = (struct name_list){items, n};
    return whole ? 0 : -ENOMEM;
}

bool claims_core_holds(const struct claims *claims, const struct model *m)
{
    return holds(&claims->core, m->name);
}

bool claim_covers(const struct claims *claims, const struct name_list *list,
                  const char *model)
{
    const struct model *m = model_find(model);

    return holds(list, model) || holds(list, "@core") ||
           (m && is_listed(claims, list, m));
}

const char *claim_id(const struct claim *claim)
{
    return claim->claim ? claim->claim : claim->rule.kind ? claim->id : NULL;
}

const struct claim *claims_quote(const struct claims *claims, const char *id)
{
    for (size_t i = 0; i < claims->n; i++) {
        const struct claim *c = &claims->items[i];

        if (c->quote && c->source && claim_id(c) &&
            strcmp(claim_id(c), id) == 0)
            return c;
    }
    return NULL;
}

bool claim_is_plain(const struct claim *claim)
{
    bool of_time = claim->statistic == STATISTIC_RATIO ||
                   claim->statistic == STATISTIC_EXPONENT;

    return !claim_id(claim) && claim->statistic < STATISTIC_WRONG &&
           (!of_time || (!claim->metric && !claim->factor));
}

static bool is_one_subject(const struct claim *c)
{
    return c->statistic == STATISTIC_RATIO
               ? c->pairs.n == 1
               : c->models.n == 1 && c->models.items[0][0] != '@';
}

static const char *rule_fault(const struct claim *c)
{
    if (!c->statistic)
        return "rule= needs statistic=, which it judges";
    if (!is_one_subject(c))
        return "rule= judges one pair, or one model by its name; make a file "
               "for each, with claim=ID, and put other models into beside=";
    if (!rule_can_fail(&c->rule, c->statistic))
        return "rule= allows every number that this statistic can have, or "
               "none: such a rule decides nothing";
    if (c->rounds && c->rounds < LEAST_VALUES)
        return "rule= needs six rounds at least: leave out rounds=";
    return NULL;
}

static bool needs_metric(enum statistic s)
{
    return s == STATISTIC_PERCENTILE || s == STATISTIC_COUNT;
}

static bool takes_metric(enum statistic s)
{
    return needs_metric(s) || s == STATISTIC_RATIO || s == STATISTIC_EXPONENT ||
           s == STATISTIC_GROWTH;
}

static bool is_sweep(enum statistic s)
{
    return s == STATISTIC_EXPONENT || s == STATISTIC_GROWTH;
}

const char *claim_fault(const struct claim *c)
{
    if (!c->workload)
        return "a line workload= is missing";
    if (!c->pairs.n && !c->models.n)
        return "add models= or pairs=: which models are measured";
    if ((c->statistic == STATISTIC_RATIO) != (c->pairs.n > 0))
        return "statistic=ratio and pairs= go together";
    if (is_sweep(c->statistic) && c->values.n < 2)
        return "statistic=exponent and growth need over= and two values=";
    if (needs_metric(c->statistic) && !c->metric)
        return "statistic=percentile and count need metric=";
    if (c->metric && !takes_metric(c->statistic))
        return "metric= goes with statistic=percentile, count, ratio, exponent "
               "and growth";
    if (c->factor && c->statistic != STATISTIC_RATIO)
        return "factor= goes with statistic=ratio";
    if (c->statistic && !c->title)
        return "statistic= needs title=, which its findings carry";
    return c->rule.kind ? rule_fault(c) : NULL;
}

void claim_pair(const struct claim *claim, size_t i, const struct model **ret_a,
                const struct model **ret_b)
{
    const char *pair = claim->pairs.items[i], *slash = strchr(pair, '/');
    char a[64];

    memcpy(a, pair, (size_t)(slash - pair));
    a[slash - pair] = '\0';
    *ret_a = model_find(a);
    *ret_b = model_find(slash + 1);
}

void claim_values(const struct claim *claim, const struct numbers *over,
                  size_t i, uint64_t ret[])
{
    cell_values(claim->workload, claim->parameters, ret);
    if (claim->over && i < over->n)
        ret[workload_parameter(claim->workload, claim->over)] =
            (uint64_t)over->items[i];
}

void claim_parameters(const struct claim *claim, char *out, size_t size)
{
    uint64_t values[MAX_PARAMETERS];

    cell_values(claim->workload, claim->parameters, values);
    cell_parameters(claim->workload, values, out, size);
}
