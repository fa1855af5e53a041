/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/data.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int try(const char *folder, const char *name, char *out, size_t size)
{
    int n = snprintf(out, size, "%s/%s", folder, name);

    if (n < 0 || (size_t)n >= size)
        return -ENAMETOOLONG;
    return access(out, R_OK) == 0 ? 0 : -ENOENT;
}

/* The program's own folder, without the '/' at its end. */
static int own_folder(char out[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

    if (n <= 0)
        return -ENOENT;
    out[n] = '\0';
    *strrchr(out, '/') = '\0';
    return 0;
}

int data_path(const char *name, char *out, size_t size)
{
    const char *chosen = getenv("BATON_DATA");
    char own[PATH_MAX], shared[PATH_MAX + 32];

    if (chosen && *chosen)
        return try(chosen, name, out, size);
    if (own_folder(own))
        return -ENOENT;
    if (try(own, name, out, size) == 0)
        return 0;
    snprintf(shared, sizeof(shared), "%s/../share/baton", own);
    return try(shared, name, out, size);
}

char *data_text(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return NULL;
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

char *data_read(const char *name)
{
    char path[PATH_MAX + 64];

    return data_path(name, path, sizeof(path)) ? NULL : data_text(path);
}
