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
        size_t len = strlen(out);
        char key[48];

        if (!p->always && values[i] == p->preset)
            continue;
        parameter_key(p, key, sizeof(key));
        snprintf(out + len, size - len, "/%s:%" PRIu64, key, values[i]);
    }
}

void cell_parameters(const struct workload *w, const uint64_t values[],
                     char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < w->n_parameters; i++) {
        const struct parameter *p = &w->parameters[i];
        size_t len = strlen(out);
        char key[48];

        if (p->implied && values[i] == p->preset)
            continue;
        parameter_key(p, key, sizeof(key));
        snprintf(out + len, size - len, "%s%s=%" PRIu64, len ? "," : "", key,
                 values[i]);
    }
}

static int set_value(const struct workload *w, const struct item *item,
                     uint64_t values[])
{
    for (size_t i = 0; i < w->n_parameters; i++) {
        char key[48];

        parameter_key(&w->parameters[i], key, sizeof(key));
        if (item_is(item, key))
            return item_u64(item, &values[i]);
    }
    return -EINVAL;
}

int cell_values(const struct workload *w, const char *parameters,
                uint64_t values[])
{
    struct item item;

    workload_presets(w, values);
    while (text_next(&parameters, ',', &item))
        if (set_value(w, &item, values))
            return -EINVAL;
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
