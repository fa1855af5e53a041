/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/results/text.h"

void parameter_key(const struct parameter *p, char *out, size_t size)
{
    snprintf(out, size, "%s", p->name);
    for (; *out; out++)
        if (*out == '-')
            *out = '_';
}

void cell_name(const struct workload *w, const char *model,
               const uint64_t values[], char *out, size_t size)
{
    snprintf(out, size, "%s/%s", w->name, model);
    for (size_t i = 0; i < w->n_parameters; i++) {
        const struct parameter *p = &w->parameters[i];
        char key[48];

        if (!p->always && values[i] == p->preset)
            continue;
        parameter_key(p, key, sizeof(key));
        text_add(out, size, "/%s:%" PRIu64, key, values[i]);
    }
}

void cell_parameters(const struct workload *w, const uint64_t values[],
                     char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < w->n_parameters; i++) {
        const struct parameter *p = &w->parameters[i];
        char key[48];

        if (p->implied && values[i] == p->preset)
            continue;
        parameter_key(p, key, sizeof(key));
        text_add(out, size, "%s%s=%" PRIu64, *out ? "," : "", key, values[i]);
    }
}

int parameter_find(const struct workload *w, const char *text, size_t len)
{
    for (size_t i = 0; i < w->n_parameters; i++) {
        const char *name = w->parameters[i].name;
        size_t at = 0;

        while (at < len &&
               (text[at] == name[at] || (text[at] == '_' && name[at] == '-')))
            at++;
        if (at == len && !name[len])
            return (int)i;
    }
    return -1;
}

int cell_values(const struct workload *w, const char *parameters,
                uint64_t values[])
{
    struct item item;

    workload_presets(w, values);
    while (text_next(&parameters, ',', &item)) {
        int i = parameter_find(w, item.key, item.key_len);

        if (i < 0 || item_u64(&item, &values[i]))
            return -EINVAL;
    }
    return 0;
}

void sample_cell_name(const struct sample *s, char *out, size_t size)
{
    const struct workload *w = workload_find(s->workload);
    uint64_t values[MAX_PARAMETERS];

    if (w && cell_values(w, s->parameters, values) == 0)
        cell_name(w, s->model, values, out, size);
    else
        snprintf(out, size, "%s/%s%s%s", s->workload, s->model,
                 s->parameters[0] ? "/" : "", s->parameters);
}

bool cell_promised_exact(const struct workload *w, const struct model *m)
{
    struct ability a = model_ability(m, w->kind);

    return (w->split ? a.split : a.plain) == PROMISE_EXACT;
}

int parameter_read(const struct parameter *p, const char *text, uint64_t *ret)
{
    uint64_t value;

    if (p->kib ? text_size(text, &value) : text_u64(text, &value))
        return -EINVAL;
    if (value < p->min || value > p->max)
        return -ERANGE;
    *ret = value;
    return 0;
}

/* "tasks:100" */
static int read_value(const char *word, const struct workload *w,
                      uint64_t values[], char *why, size_t size)
{
    size_t len = strcspn(word, ":");
    int i = parameter_find(w, word, len);

    if (i >= 0 && word[len] &&
        parameter_read(&w->parameters[i], word + len + 1, &values[i]) == 0)
        return 0;
    snprintf(why, size,
             "'%.60s' is no parameter of %s with a value that it takes; "
             "`baton run %s --help` lists them",
             word, w->name, w->name);
    return -EINVAL;
}

int cell_read(const char *name, struct cell_parts *ret, char *why, size_t size)
{
    char copy[256], *rest = copy, *workload, *model, *word;
    int error = 0;

    snprintf(copy, sizeof(copy), "%s", name);
    workload = strsep(&rest, "/");
    model = strsep(&rest, "/");
    ret->workload = workload_find(workload);
    ret->model = model ? model_find(model) : NULL;
    if (!model)
        snprintf(why, size,
                 "it is written WORKLOAD/MODEL/PARAMETER:N/..., "
                 "as counter/locked/tasks:100");
    else if (!ret->workload || !ret->model)
        snprintf(why, size, "there is no %s '%.60s'; `baton list` shows them",
                 ret->workload ? "model" : "workload",
                 ret->workload ? model : workload);
    if (!ret->workload || !ret->model)
        return -EINVAL;
    workload_presets(ret->workload, ret->values);
    while (!error && (word = strsep(&rest, "/")))
        error = read_value(word, ret->workload, ret->values, why, size);
    return error;
}
