/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/model.h"

#include <signal.h>
#include <string.h>

size_t model_count(void)
{
    return n_models + n_reference_models;
}

const struct model *model_known(size_t i)
{
    if (i < n_models)
        return models[i];
    return i < model_count() ? reference_models[i - n_models] : NULL;
}

const struct model *model_find(const char *name)
{
    const struct model *m;

    for (size_t i = 0; (m = model_known(i)); i++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

const char *const *model_environment(const struct model *m)
{
    static const char *const none[] = {NULL};

    for (size_t i = 0; i < n_models; i++)
        if (models[i] == m && !model_file(m))
            return model_environments[i];
    return none;
}

struct model_lines model_lines(const struct model *m)
{
    for (size_t i = 0; i < n_model_lines; i++)
        if (models[i] == m)
            return model_lines_of[i];
    return (struct model_lines){0};
}

const char *family_name(enum family family)
{
    static const char *const names[FAMILY_N] = {
        [FAMILY_SEQUENTIAL] = "sequential", [FAMILY_THREADS] = "threads",
        [FAMILY_LOCKS] = "locks",           [FAMILY_POOLS] = "pools",
        [FAMILY_PROCESSES] = "processes",   [FAMILY_LOOPS] = "loops",
        [FAMILY_COROUTINES] = "coroutines", [FAMILY_ACTORS] = "actors",
        [FAMILY_REFERENCES] = "references",
    };

    return names[family];
}

int model_probe(const struct model *m)
{
    static const struct model *last; /* asked once for all of its work */
    static int error;

    if (m != last)
        error = m->probe ? m->probe() : 0;
    last = m;
    return error;
}

static const void *member(const struct model *m, const struct kind *kind)
{
    const struct model_member *at = model_members;

    while (at->kind != kind)
        at++;
    return (const char *)m + at->offset;
}

struct ability model_ability(const struct model *m, const struct kind *kind)
{
    return kind->ability(member(m, kind));
}

/*
 * To a library that calls write(), a connection that the peer has reset is an
 * error like others.
 */
static void ignore_broken_pipes(void)
{
    static bool ignored;

    if (!ignored)
        signal(SIGPIPE, SIG_IGN);
    ignored = true;
}

int model_run(const struct model *m, const struct kind *kind, void *job)
{
    ignore_broken_pipes();
    return kind->run(member(m, kind), job);
}

int model_run_empty(const struct model *m, const struct kind *kind)
{
    return kind->run_empty ? kind->run_empty(member(m, kind)) : 0;
}

bool model_is_in_memory(const struct model *m)
{
    for (size_t i = 0; i < n_kinds; i++)
        if (model_ability(m, kind_list[i]).in_memory)
            return true;
    return false;
}

const char *model_gap(const struct model *m, const struct kind *kind)
{
    struct ability a = model_ability(m, kind);

    if (m->absent)
        return m->absent;
    if (a.runs)
        return NULL;
    return a.gap ? a.gap : "not written yet";
}
