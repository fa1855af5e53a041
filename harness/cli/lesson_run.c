/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a lesson's commands run: with ./baton and docs/, as in the source. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/lesson.h"

static int link_program(void)
{
    char program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (n < 0)
        return -errno;
    program[n] = '\0';
    return symlink(program, "baton") && errno != EEXIST ? -errno : 0;
}

static int link_docs(const struct lesson_place *l)
{
    char docs[PATH_MAX];

    snprintf(docs, sizeof(docs), "%s", l->folder);
    *strrchr(docs, '/') = '\0';
    return symlink(docs, "docs") && errno != EEXIST ? -errno : 0;
}

/* 0 or -errno after complaining. */
static int prepare(struct lesson_place *l)
{
    char dir[PATH_MAX], stamp[32];
    time_t now = time(NULL);
    int error;

    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime(&now));
    snprintf(dir, sizeof(dir), "baton-results/%s-lesson-%ju", stamp,
             (uintmax_t)l->number);
    if (l->out)
        snprintf(dir, sizeof(dir), "%s", l->out);
    error = store_make_directory(dir);
    if (error == -EEXIST)
        error = 0;
    if (!error && chdir(dir))
        error = -errno;
    if (!error)
        error = link_program();
    if (!error)
        error = link_docs(l);
    if (error)
        complain("cannot write to %.200s: %s; choose another --out", dir,
                 strerror(-error));
    l->ready = !error;
    return error;
}

/*
 * The server that commands start in the background ends with them.  SIGTERM has
 * no trap: a child that has not begun its program yet would lose it.
 */
static const char head[] =
    "trap 'test -z \"${!-}\" || kill \"$!\" 2>/dev/null || true' EXIT\n"
    "trap 'exit 130' INT\n";

void lesson_run(void *context, const char *commands, int expected)
{
    struct lesson_place *l = context;
    char *text;
    int status;

    if ((!l->ready && prepare(l)) ||
        asprintf(&text, "%s%s", head, commands) < 0)
        return;
    status = store_write_file(".", "commands.sh", text, strlen(text))
                 ? -1
                 : system("sh -eu ./commands.sh");
    free(text);
    if (status == -1)
        complain("the commands could not be run: %s", strerror(errno));
    else if (WIFSIGNALED(status) || WEXITSTATUS(status) >= 128)
        puts("(interrupted)");
    else if (WEXITSTATUS(status) != expected)
        printf("(exit status %d instead of %d)\n", WEXITSTATUS(status),
               expected);
}
