/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that people type: of workloads, models and sets, cells, claims. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/results/data.h"
#include "harness/results/text.h"

int read_claims(const char *dir, struct claims *ret)
{
    char path[PATH_MAX], why[1024];

    /* The folder of an unfinished build may be there without its files. */
    if (!dir && data_path("claims/sets", path, sizeof(path)) == 0) {
        *strrchr(path, '/') = '\0';
        dir = path;
    }
    if (claims_read(dir, ret, why, sizeof(why)) == 0)
        return EXIT_DONE;
    complain("%s", why);
    claims_finish(ret);
    return EXIT_USAGE;
}

int read_workload(const char *name, const struct workload **ret)
{
    const char **names;

    *ret = workload_find(name);
    if (*ret)
        return EXIT_DONE;
    names = calloc(n_workloads, sizeof(*names));
    for (size_t i = 0; names && i < n_workloads; i++)
        names[i] = workloads[i]->name;
    complain_unknown("workload", name, names, names ? n_workloads : 0);
    free(names);
    return EXIT_USAGE;
}

static int show_usage(FILE *out, const char *command, const char *usage,
                      const char *examples)
{
    fprintf(out, "Usage: baton %s WORKLOAD %s\n\nWorkloads:\n", command, usage);
    for (size_t i = 0; i < n_workloads; i++)
        fprintf(out, "  %-14s %s\n", workloads[i]->name, workloads[i]->summary);
    fprintf(out,
            "\nExamples:\n%s\n`baton %s WORKLOAD --help` lists its options.\n",
            examples, command);
    return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

int read_command_workload(int argc, char *argv[], const char *usage,
                          const char *examples, const struct workload **ret)
{
    *ret = NULL;
    if (argc < 2)
        return show_usage(stderr, argv[0], usage, examples);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)
        return show_usage(stdout, argv[0], usage, examples);
    if (argv[1][0] != '-')
        return read_workload(argv[1], ret);
    return complain_usage("the workload comes first: baton %s WORKLOAD %s",
                          argv[0], usage);
}

/* What --models takes: models, and sets of them. */
int complain_model(const char *name)
{
    static const char *const sets[] = {"@core", "@quick", "@all"};
    enum { SETS = sizeof(sets) / sizeof(sets[0]) };
    const char **names =
        calloc(model_count() + SETS + FAMILY_N, sizeof(*names));
    char families[FAMILY_N][32];
    bool is_set = name[0] == '@';
    size_t n = 0;

    if (!names)
        return EXIT_USAGE;
    for (size_t i = 0; i < model_count() && !is_set; i++)
        names[n++] = model_known(i)->name;
    for (size_t i = 0; i < SETS; i++)
        names[n++] = sets[i];
    for (int i = 0; i < FAMILY_N; i++) {
        snprintf(families[i], sizeof(families[i]), "@%s",
                 family_name((enum family)i));
        names[n++] = families[i];
    }
    complain_unknown(is_set ? "set of models" : "model", name, names, n);
    free(names);
    return EXIT_USAGE;
}

int read_models(const struct claims *claims, const char *text,
                struct chosen *ret)
{
    char *copy = strdup(strcmp(text, "all") == 0 ? "@all" : text), *rest = copy;
    char *name;
    int status = EXIT_DONE;

    ret->n = 0;
    ret->models = calloc(model_count(), sizeof(*ret->models));
    if (!copy || !ret->models)
        status = EXIT_BROKEN;
    while (!status && (name = strsep(&rest, ",")))
        if (claims_choose(claims, name, ret->models, &ret->n))
            status = complain_model(name);
    free(copy);
    return status;
}

/* A model whose peer is in memory is the base only if it was named. */
static bool is_base(const struct model *m, const struct kind *kind)
{
    return !model_gap(m, kind) && !model_is_in_memory(m);
}

/* Of @core, in its order, and then of all that were chosen. */
static const struct model *find_base(const struct claims *claims,
                                     const struct kind *kind,
                                     const struct chosen *chosen)
{
    for (size_t i = 0; i < claims->core.n; i++) {
        const struct model *m = model_find(claims->core.items[i]);

        for (size_t j = 0; j < chosen->n; j++)
            if (chosen->models[j] == m && is_base(m, kind))
                return m;
    }
    for (size_t i = 0; i < chosen->n; i++)
        if (is_base(chosen->models[i], kind))
            return chosen->models[i];
    return NULL;
}

const struct model *first_named(const char *list, const struct chosen *chosen)
{
    struct item item;

    while (text_next(&list, ',', &item))
        for (size_t i = 0; i < chosen->n; i++)
            if (item_is(&item, chosen->models[i]->name))
                return chosen->models[i];
    return NULL;
}

static int refuse_base(const struct model *base, const struct workload *w)
{
    fprintf(stderr,
            "baton: not applicable: %s cannot be the base of %s: %s; these "
            "can:",
            base->name, w->name, model_gap(base, w->kind));
    for (size_t i = 0; i < n_models; i++)
        if (!model_gap(models[i], w->kind))
            fprintf(stderr, " %s", models[i]->name);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

int read_base_model(const char *name, struct chosen *chosen,
                    const struct model **ret)
{
    const struct model *m = model_find(name);
    size_t i = 0;

    if (!m)
        return complain_model(name);
    while (i < chosen->n && chosen->models[i] != m)
        i++;
    if (i == chosen->n)
        chosen->models[chosen->n++] = m;
    *ret = m;
    return EXIT_DONE;
}

int read_base(const struct claims *claims, const struct asked *asked,
              const struct workload *w, struct chosen *chosen,
              const struct model **ret)
{
    if (asked->base) {
        if (read_base_model(asked->base, chosen, ret))
            return EXIT_USAGE;
    } else {
        *ret = first_named(asked->models, chosen);
        if (!*ret)
            *ret = find_base(claims, w->kind, chosen);
    }
    return *ret && model_gap(*ret, w->kind) ? refuse_base(*ret, w) : EXIT_DONE;
}

bool is_named(const char *list, const char *name)
{
    struct item item;

    while (text_next(&list, ',', &item))
        if (item_is(&item, name))
            return true;
    return false;
}

const struct model *first_losing(const struct workload *w)
{
    for (size_t i = 0; i < model_count(); i++) {
        const struct model *m = model_known(i);
        struct ability a = model_ability(m, w->kind);

        if (!m->absent && a.runs &&
            (w->split ? a.split : a.plain) == PROMISE_MAY_LOSE)
            return m;
    }
    return NULL;
}

const struct model *read_model(const char *text)
{
    const struct model *found = model_find(text);

    if (found && found->family == FAMILY_REFERENCES) {
        complain("%s is a model of a reference program, which only `baton run` "
                 "measures",
                 text);
        exit(EXIT_USAGE);
    }
    if (found)
        return found;
    if (strpbrk(text, ",@") || strcmp(text, "all") == 0)
        complain("--model takes one model; `baton list` shows them");
    else
        complain_model(text);
    exit(EXIT_USAGE);
}

int choose_cell(struct plan *plan, const struct cell_parts *parts,
                const struct setup *setup, bool needed)
{
    const struct workload *w = parts->workload;
    size_t gaps = plan->n_gaps;
    char why[256];
    int error;

    if (w->check(setup, why, sizeof(why)))
        return complain_usage("%s/%s: %s", w->name, parts->model->name, why);
    error = plan_add(plan, w, parts->model, setup);
    if (error < 0)
        return complain_broken("%s", strerror(-error));
    if (plan->n_gaps == gaps || !(needed || error == 1))
        return EXIT_DONE;
    return complain_usage("not applicable: %s cannot run %s: %s",
                          parts->model->name, w->name,
                          plan->gaps[plan->n_gaps - 1].why);
}
