/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output to the file of --out, or to standard output. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/results/store.h"
#include "harness/results/text.h"
#include "models/model.h"

/* Writes to a path that is no regular file: a pipe, a device or a link. */
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

bool takes_escapes(int fd)
{
    const char *term = getenv("TERM");

    return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

static int write_error; /* errno of the first failure, where it is known */

int output_print(const char *text)
{
    if (fputs(text, stdout) < 0 && !write_error)
        write_error = errno;
    return output_flush();
}

int output_flush(void)
{
    static bool complained;
    bool failed = ferror(stdout);

    if (fflush(stdout) && !write_error)
        write_error = errno;
    if (!failed && !write_error)
        return 0;
    if (!complained)
        complain("cannot write to standard output: %s",
                 write_error ? strerror(write_error) : "a write failed");
    complained = true;
    return -EIO;
}

/* Whether a file holds the samples of a recording: there is no other copy. */
static bool holds_samples(const char *path)
{
    static const char begin[] = "# schema=";
    char line[sizeof(begin)];
    struct stat is;

    if (stat(path, &is) || !S_ISREG(is.st_mode))
        return false;
    text_first_line(path, line, sizeof(line));
    return strcmp(line, begin) == 0;
}

bool output_keeps(const char *path, const char *dir)
{
    static const char *const names[] = {"samples.tsv", "events.tsv",
                                        "sites.tsv"};
    char to[64], input[PATH_MAX + 16];

    snprintf(to, sizeof(to), "/proc/self/fd/%d", STDOUT_FILENO);
    path = path ? path : to;
    for (size_t i = 0; dir && i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(input, sizeof(input), "%s/%s", dir, names[i]);
        if (is_same_file(path, input))
            return false;
    }
    return path == to || !holds_samples(path);
}

bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino &&
           S_ISREG(one.st_mode);
}

static int complain_of(const char *path, int error)
{
    /* output_print() has complained of standard output. */
    if (error && (path || error == -ENOMEM))
        complain("cannot write %s: %s", path ? path : "standard output",
                 strerror(-error));
    return error;
}

/* A shared object that models were loaded from. */
static bool holds_models(const char *path)
{
    for (size_t i = 0; i < n_models; i++)
        if (model_file(models[i]) && is_same_file(path, model_file(models[i])))
            return true;
    return false;
}

static int check(const char *path)
{
    char folder[PATH_MAX];
    struct stat is;

    if (!path)
        return 0;
    if (!*path || strlen(path) >= sizeof(folder))
        return *path ? -ENAMETOOLONG : -ENOENT;
    if (holds_samples(path) || holds_models(path))
        return -EEXIST;
    strcpy(folder, path);
    if (stat(path, &is) == 0)
        return S_ISDIR(is.st_mode) ? -EISDIR : access(path, W_OK) ? -errno : 0;
    return errno == ENOENT && !access(dirname(folder), W_OK) ? 0 : -errno;
}

int output_check(const char *path)
{
    return complain_of(path, check(path));
}

static int write_whole(const char *path, const char *text)
{
    char folder[PATH_MAX], file[PATH_MAX];
    struct stat is;

    if (!text)
        return -ENOMEM;
    if (!path)
        return output_print(text);
    if (strlen(path) >= sizeof(folder))
        return -ENAMETOOLONG;
    if (holds_samples(path))
        return -EEXIST;
    /* A file is written as a whole under another name and then renamed. */
    if (lstat(path, &is) == 0 && !S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode))
        return write_through(path, text);
    strcpy(folder, path);
    strcpy(file, path);
    return store_write_file(dirname(folder), basename(file), text,
                            strlen(text));
}

int output_text(const char *path, const char *text)
{
    return complain_of(path, write_whole(path, text));
}
