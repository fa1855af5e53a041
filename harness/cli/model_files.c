/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --model-file FILE: models that were built elsewhere. */
#include <stdio.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "models/model.h"

static const char option[] = "--model-file";
enum { SHORTEST = sizeof("--model-f") - 1 }; /* --models begins alike */

/* `word` is the option or what begins its name; *ret: what follows a '='. */
static bool is_option(const char *word, const char **ret)
{
    size_t len = strcspn(word, "=");

    if (len < SHORTEST || strncmp(word, option, len) != 0)
        return false;
    *ret = word[len] ? word + len + 1 : NULL;
    return true;
}

static int load(const char *file)
{
    char why[512];

    if (!file) {
        complain("%s takes the path of a shared object", option);
        return EXIT_USAGE;
    }
    if (model_load(file, why, sizeof(why))) {
        complain("%s %s: %s", option, file, why);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

int load_model_files(int *argc, char *argv[])
{
    int kept = 1, status = EXIT_DONE, i = 1;
    const char *file;

    for (; i < *argc && strcmp(argv[i], "--") != 0 && !status; i++)
        if (!is_option(argv[i], &file))
            argv[kept++] = argv[i];
        else
            status = load(file ? file : argv[i + 1] ? argv[++i] : NULL);
    while (i < *argc)
        argv[kept++] = argv[i++];
    argv[kept] = NULL;
    *argc = kept;
    return status;
}
