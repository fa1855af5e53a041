/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands of the hooked program, which this one becomes for them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"

static const char name[] = "baton-watched";

/* Beside the program, as in a build folder, or where it is installed. */
static void become(const char *from, char *argv[])
{
    static const char *const places[] = {"", "../libexec/baton/"};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char *path = NULL;

        if (asprintf(&path, "%s%s%s", from, places[i], name) < 0)
            return;
        execv(path, argv);
        free(path);
        if (errno != ENOENT)
            return;
    }
}

int cli_watched(int argc, char *argv[])
{
    char own[4096];
    ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);

    (void)argc;
    if (n > 0) {
        own[n] = '\0';
        strrchr(own, '/')[1] = '\0';
        become(own, argv - 1); /* what main() was called with */
    }
    return complain_broken(
        "%s, which this command needs, cannot be started from %s or "
        "../libexec/baton (%s): install Baton completely",
        name, n > 0 ? own : "/proc/self/exe", strerror(errno));
}
