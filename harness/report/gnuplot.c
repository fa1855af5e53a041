/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/gnuplot.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/report/data.h"

enum { MOST_ARGUMENTS = 16 };

static int spawn(struct gnuplot *g, char *argv[])
{
    /*
     * What a person has set up for their own drawings, language included, must
     * not change these; -d keeps gnuplot from reading its start-up files.
     */
    static const char *const dropped[] = {
        "GNUPLOT_", "GNUTERM=", "FIT_", "GDFONTPATH=", "LC_", "LANG", NULL};
    static const char *const added[] = {"LC_ALL=C.UTF-8", NULL};
    char **environment = child_environment(0, dropped, added);
    int error;

    if (!environment)
        return -ENOMEM;
    error = child_spawn(&g->child, argv[0], argv, environment,
                        (const struct child_fd[]){{g->input, STDIN_FILENO},
                                                  {g->said, STDOUT_FILENO},
                                                  {g->errors, STDERR_FILENO},
                                                  {-1, -1}});
    free(environment);
    return error;
}

static void close_memory(const struct gnuplot *g)
{
    if (g->input >= 0)
        close(g->input);
    if (g->said >= 0)
        close(g->said);
    if (g->errors >= 0)
        close(g->errors);
}

static int open_memory(struct gnuplot *g)
{
    const char *data = g->data ? g->data : "";
    int error;

    g->input = memfd_create("input", MFD_CLOEXEC);
    g->said = memfd_create("said", MFD_CLOEXEC);
    g->errors = memfd_create("errors", MFD_CLOEXEC);
    if (g->input >= 0 && g->said >= 0 && g->errors >= 0 &&
        write(g->input, data, strlen(data)) == (ssize_t)strlen(data))
        return 0;
    error = -errno;
    close_memory(g);
    return error;
}

static int start(struct gnuplot *g, const char *script, const char *dir,
                 const char *terminal, char *const more[])
{
    char *argv[MOST_ARGUMENTS] = {
        "gnuplot", "-d", "-c", (char *)script, (char *)dir, (char *)terminal};
    int error = open_memory(g);

    if (error)
        return error;
    for (size_t i = 0; more && more[i] && 6 + i < MOST_ARGUMENTS - 1; i++)
        argv[6 + i] = more[i];
    error = spawn(g, argv);
    if (error)
        close_memory(g);
    return error;
}

int gnuplot_start(struct gnuplot *g, const char *dir, const char *terminal,
                  char *const more[], char *why, size_t size)
{
    char path[PATH_MAX + 64], file[64];
    int error;

    why[0] = '\0';
    g->picture[0] = '\0';
    snprintf(file, sizeof(file), "plots/%s.gp", g->script);
    if (data_path(file, path, sizeof(path))) {
        snprintf(why, size,
                 "%s is not there; it belongs beside the program or in "
                 "../share/baton, else set BATON_DATA to the folder that has "
                 "plots/",
                 file);
        return -ENOENT;
    }
    if (strcmp(terminal, "dumb") != 0 && !g->data)
        snprintf(g->picture, sizeof(g->picture), "%s/figures/%s.%s", dir,
                 g->name, terminal);
    error = start(g, path, dir, terminal, more);
    if (error == -ENOENT)
        snprintf(why, size,
                 "gnuplot is not in PATH; install it (Debian and Ubuntu: apt "
                 "install gnuplot-nox)");
    return error;
}

/* The last line that it wrote says what is wrong and where. */
static void read_error(int fd, char *out, size_t size)
{
    char text[4096];
    ssize_t n;
    char *line = text;

    n = lseek(fd, 0, SEEK_END);
    n = pread(fd, text, sizeof(text) - 1,
              n >= (off_t)sizeof(text) ? n - (off_t)sizeof(text) + 1 : 0);
    text[n > 0 ? n : 0] = '\0';
    for (n = (ssize_t)strlen(text);
         n > 0 && isspace((unsigned char)text[n - 1]); n--)
        text[n - 1] = '\0';
    if (strrchr(text, '\n'))
        line = strrchr(text, '\n') + 1;
    snprintf(out, size, "%.300s", *line ? line : "it said nothing");
}

/* On a full disk gnuplot ends well, and what it wrote does not. */
static bool is_whole(const char *picture)
{
    static const char svg[] = "</svg>", png[] = "IEND\xae\x42\x60\x82";
    char tail[16];
    int fd = open(picture, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    bool whole = size > (off_t)sizeof(tail) &&
                 pread(fd, tail, sizeof(tail), size - (off_t)sizeof(tail)) ==
                     (ssize_t)sizeof(tail) &&
                 (memmem(tail, sizeof(tail), svg, strlen(svg)) ||
                  memmem(tail, sizeof(tail), png, strlen(png)));

    if (fd >= 0)
        close(fd);
    return whole;
}

/* All of it, for free(); NULL: no memory, or it cannot be read. */
static char *read_all(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);

    if (text && pread(fd, text, (size_t)size, 0) != size) {
        free(text);
        return NULL;
    }
    if (text)
        text[size] = '\0';
    return text;
}

int gnuplot_finish(struct gnuplot *g, char **ret_said, char *why, size_t size)
{
    char said[400];
    bool good;

    child_reap(&g->child);
    good = g->child.wait_status == 0;
    read_error(g->errors, said, sizeof(said));
    if (ret_said)
        *ret_said = good && !g->picture[0] ? read_all(g->said) : NULL;
    close_memory(g);
    if (good && (!g->picture[0] || is_whole(g->picture)))
        return 0;
    snprintf(why, size, "gnuplot failed at %s: %s", g->name,
             good ? "it wrote no whole picture (is the disk full?)" : said);
    if (g->picture[0])
        unlink(g->picture);
    return -EIO;
}
