/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * -Dcopies=N: so many models more, each a model of this build under another
 * name, in its family and with a mark of its own.  What is to hold for 25
 * models is tried with them; nobody installs such a build.
 */
#include <stdio.h>
#include <stdlib.h>

#include "models/model.h"

enum { MOST_COPIES = 60 }; /* as in meson_options.txt */

struct model model_copies[MOST_COPIES];
extern const size_t n_model_copies; /* in the registry */

/* In memory a model is the floor for all others: there is one. */
static bool can_be_copied(const struct model *m)
{
    return !m->absent && !m->connections.in_memory;
}

static bool is_taken(enum family family, unsigned char mark)
{
    for (size_t i = 0; i < n_models; i++)
        if (!models[i]->absent && models[i]->family == family &&
            models[i]->mark == mark)
            return true;
    return false;
}

static void copy(struct model *to, const struct model *from, size_t number)
{
    char *name, *label;

    if (asprintf(&name, "%s-%zu", from->name, number) < 0 ||
        asprintf(&label, "%.16s %zu", from->label, number) < 0)
        abort();
    *to = *from;
    to->name = name;
    to->label = label;
    to->counting.label = NULL; /* that of the original would stand twice */
    to->mark = 1;
    /* Not yet among the marks that are taken. */
    to->absent = "being copied";
    while (is_taken(to->family, to->mark))
        to->mark++;
    to->absent = NULL;
}

/* Before main(): the registry already points to the copies. */
static __attribute__((constructor)) void copy_models(void)
{
    size_t n_originals = n_models - n_model_copies, made = 0;

    for (size_t i = 0; i < n_model_copies; i++)
        model_copies[i].absent = "not copied yet";
    for (size_t number = 2; made < n_model_copies; number++)
        for (size_t i = 0; i < n_originals && made < n_model_copies; i++)
            if (can_be_copied(models[i]))
                copy(&model_copies[made++], models[i], number);
}
