/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models from a shared object join those of the build. */
#include "models/model.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which file a model came from; the last MODEL of `models` are loaded ones. */
static struct origin {
    const struct model *model;
    char *file;
} * origins;
static size_t n_origins;

const char *model_file(const struct model *m)
{
    for (size_t i = 0; i < n_origins; i++)
        if (origins[i].model == m)
            return origins[i].file;
    return NULL;
}

static bool has_ability(const struct model *m)
{
    for (size_t i = 0; i < n_kinds; i++)
        if (model_ability(m, kind_list[i]).runs)
            return true;
    return false;
}

/* 0, or -EINVAL and why it is no model of this program's. */
static int check_model(const struct model *m, char *why, size_t size)
{
    if (m->contract != MODEL_CONTRACT)
        snprintf(why, size,
                 "a model of contract %u, and this program has contract %d: "
                 "compile it against the headers of this version",
                 m->contract, MODEL_CONTRACT);
    else if (!m->name || !m->name[0] || strlen(m->name) >= MODEL_NAME ||
             strpbrk(m->name, "/,\t\n ") || !m->label || !m->summary)
        snprintf(why, size,
                 "a model without a name (of less than %d characters, without "
                 "'/', ',' and blanks), a label and a summary",
                 MODEL_NAME);
    else if (model_find(m->name))
        snprintf(why, size,
                 "a model named '%s', and there is one already: rename it",
                 m->name);
    else if (!m->absent && !has_ability(m))
        snprintf(why, size,
                 "the model '%s', which can do nothing: set .run of an "
                 "ability",
                 m->name);
    else
        return 0;
    return -EINVAL;
}

static int add_model(const struct model *m, const char *file)
{
    const struct model **grown = calloc(n_models + 1, sizeof(*grown));
    struct origin *more = realloc(origins, (n_origins + 1) * sizeof(*origins));

    if (more)
        origins = more;
    if (!grown || !more || !(more[n_origins].file = strdup(file))) {
        free(grown);
        return -ENOMEM;
    }
    more[n_origins++].model = m;
    memcpy(grown, models, n_models * sizeof(*grown));
    grown[n_models++] = m;
    if (n_origins > 1)
        free((void *)models); /* the array of the one before */
    models = grown;
    return 0;
}

static int add_models(const struct model *const *all, const char *file,
                      char *why, size_t size)
{
    int error = 0;

    if (!all[0]) {
        snprintf(why, size, "no model: its baton_models[] is empty");
        return -EINVAL;
    }
    for (size_t i = 0; all[i] && !error; i++) {
        error = check_model(all[i], why, size);
        if (!error && (error = add_model(all[i], file)))
            snprintf(why, size, "%s", strerror(-error));
    }
    return error;
}

int model_load(const char *file, char *why, size_t size)
{
    /* Else dlopen() would look for it where libraries are. */
    char *path = realpath(file, NULL);
    void *object = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    const struct model *const *all =
        object ? dlsym(object, "baton_models") : NULL;
    int error = -EINVAL;

    if (!path)
        snprintf(why, size, "%s", strerror(errno));
    else if (!object)
        snprintf(why, size, "%s", dlerror());
    else if (!all)
        snprintf(why, size,
                 "no model: it needs BATON_MODELS(&model_name) of "
                 "models/model.h");
    else
        error = add_models(all, path, why, size);
    free(path);
    return error;
}
