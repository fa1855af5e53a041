/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/gnuplot.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/process/child.h"
#include "harness/results/data.h"

enum { MOST_ARGUMENTS = 16 };

/* Its standard input, output and error: files in memory, read several times. */
enum { N_FILES = 3 };

/* 0, -EIO: it failed; or another -errno. */
static int run(char *argv[], const int files[N_FILES])
{
    /*
     * The user's own settings of gnuplot, language included, must not change
     * these drawings; -d keeps gnuplot from reading its start-up files.
     */
    static const char *const dropped[] = {
        "GNUPLOT_", "GNUTERM=", "FIT_", "GDFONTPATH=", "LC_", "LANG", NULL};
    static const char *const added[] = {"LC_ALL=C.UTF-8", NULL};
    const struct child_setup setup = {
        .program = argv[0],
        .argv = argv,
        .dropped = dropped,
        .added = added,
        .fds = (const struct child_fd[]){{files[0], STDIN_FILENO},
                                         {files[1], STDOUT_FILENO},
                                         {files[2], STDERR_FILENO},
                                         {-1, -1}}};
    struct child child = {0};
    int error = child_spawn(&child, &setup);

    if (error)
        return error;
    child_reap(&child);
    return child.wait_status == 0 ? 0 : -EIO;
}

/* All of it, for free(); NULL: it is empty, or no memory. */
static char *read_file(int fd)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return data_text(path);
}

/* The last line of its standard error has the reason and the place. */
static void read_error(int fd, const char *name, char *why, size_t size)
{
    char *text = read_file(fd), *line = text ? text : "";

    for (size_t n = strlen(line); n > 0 && isspace((unsigned char)line[n - 1]);)
        line[--n] = '\0';
    if (strrchr(line, '\n'))
        line = strrchr(line, '\n') + 1;
    snprintf(why, size, "gnuplot failed at %s: %.300s", name,
             *line ? line : "it drew nothing");
    free(text);
}

static int draw(char *argv[], const char *name, const char *data,
                const int files[N_FILES], char **ret_picture, char *why,
                size_t size)
{
    size_t len = strlen(data);
    int error;

    if (files[0] < 0 || files[1] < 0 || files[2] < 0 ||
        write(files[0], data, len) != (ssize_t)len)
        return -errno;
    error = run(argv, files);
    if (error == -ENOENT)
        snprintf(why, size,
                 "gnuplot is not in PATH; install it (Debian and Ubuntu: apt "
                 "install gnuplot-nox)");
    if (!error) {
        *ret_picture = read_file(files[1]);
        error = *ret_picture ? 0 : -EIO;
    }
    if (error == -EIO)
        read_error(files[2], name, why, size);
    return error;
}

int gnuplot_draw(const char *script, const char *name, const char *data,
                 const char *terminal, char *const more[], char **ret_picture,
                 char *why, size_t size)
{
    char path[PATH_MAX + 64], file[64];
    char *argv[MOST_ARGUMENTS] = {"gnuplot", "-d", "-c",
                                  path,      "-",  (char *)terminal};
    int files[N_FILES], error;

    why[0] = '\0';
    snprintf(file, sizeof(file), "plots/%s.gp", script);
    if (data_path(file, path, sizeof(path))) {
        snprintf(why, size,
                 "%s is not there; it belongs beside the program or in "
                 "../share/baton, else set BATON_DATA to the folder that has "
                 "plots/",
                 file);
        return -ENOENT;
    }
    for (size_t i = 0; more[i] && 6 + i < MOST_ARGUMENTS - 1; i++)
        argv[6 + i] = more[i];
    for (size_t i = 0; i < N_FILES; i++)
        files[i] = memfd_create("gnuplot", MFD_CLOEXEC);
    error = draw(argv, name, data, files, ret_picture, why, size);
    for (size_t i = 0; i < N_FILES; i++)
        if (files[i] >= 0)
            close(files[i]);
    return error;
}
