/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where --out says, or to standard output. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/results/store.h"

/* To what is no file: a pipe, a device, or a link to whatever. */
static int write_through(const char *path, const char *text)
{
    FILE *out = fopen(path, "we");
    int error;

    if (!out)
        return -errno;
    error = fputs(text, out) < 0 ? -errno : 0;
    if (fclose(out) && !error)
        error = -errno;
    return error;
}

bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino &&
           S_ISREG(one.st_mode);
}

int output_check(const char *path)
{
    char folder[PATH_MAX];
    struct stat is;

    if (!path)
        return 0;
    if (!*path || strlen(path) >= sizeof(folder))
        return *path ? -ENAMETOOLONG : -ENOENT;
    strcpy(folder, path);
    if (stat(path, &is) == 0)
        return S_ISDIR(is.st_mode) ? -EISDIR : access(path, W_OK) ? -errno : 0;
    return errno == ENOENT && !access(dirname(folder), W_OK) ? 0 : -errno;
}

int output_text(const char *path, const char *text)
{
    char folder[PATH_MAX], file[PATH_MAX];
    struct stat is;

    if (!path)
        return fputs(text, stdout) < 0 || fflush(stdout) ? -errno : 0;
    if (strlen(path) >= sizeof(folder))
        return -ENAMETOOLONG;
    /* A file is there as a whole or not at all: it takes another's place. */
    if (lstat(path, &is) == 0 && !S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode))
        return write_through(path, text);
    strcpy(folder, path);
    strcpy(file, path);
    return store_write_file(dirname(folder), basename(file), text,
                            strlen(text));
}
