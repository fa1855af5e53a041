/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which claims, and which models. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/report/data.h"

int read_claims(const char *dir, struct claims *ret)
{
    char path[PATH_MAX], why[1024];

    if (!dir && data_path("claims", path, sizeof(path)) == 0)
        dir = path;
    if (claims_read(dir, ret, why, sizeof(why)) == 0)
        return EXIT_DONE;
    complain("%s", why);
    claims_finish(ret);
    return EXIT_USAGE;
}

/* What --models takes: models, and sets of them. */
void complain_model(const char *name)
{
    static const char *const sets[] = {"@core", "@quick", "@all"};
    const char **names = calloc(n_models + 3 + FAMILY_N, sizeof(*names));
    char families[FAMILY_N][32];
    size_t n = 0;

    for (size_t i = 0; names && i < n_models; i++)
        names[n++] = models[i]->name;
    for (size_t i = 0; names && i < 3; i++)
        names[n++] = sets[i];
    for (int i = 0; names && i < FAMILY_N; i++) {
        snprintf(families[i], sizeof(families[i]), "@%s",
                 family_name((enum family)i));
        names[n++] = families[i];
    }
    complain_unknown("model", name, names, n);
    free(names);
}

int read_models(const struct claims *claims, const char *text,
                const struct model *ret[], size_t *ret_n, bool *ret_named)
{
    char *copy = strdup(strcmp(text, "all") == 0 ? "@all" : text), *rest = copy;
    char *name;
    int error = copy ? 0 : -ENOMEM;

    *ret_n = 0;
    *ret_named = false;
    while (!error && (name = strsep(&rest, ","))) {
        if (claims_choose(claims, name, ret, ret_n)) {
            complain_model(name);
            error = -EINVAL;
        }
        *ret_named = *ret_named || name[0] != '@';
    }
    free(copy);
    return error;
}

const struct model *read_model(const char *text)
{
    const struct model *found = model_find(text);

    if (found)
        return found;
    if (strpbrk(text, ",@") || strcmp(text, "all") == 0)
        complain("--model takes one model; `baton list` shows them");
    else
        complain_model(text);
    exit(EXIT_USAGE);
}
