/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/conformance/sanitizer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "harness/grade/sanitized.h"

const char *sanitizer_become(const char *name, char *argv[])
{
    static char why[512];
    char path[PATH_MAX];

    if (sanitized_find(name, path, why, sizeof(why)))
        return why;
    /* ThreadSanitizer finds no room for its memory among random addresses. */
    personality(ADDR_NO_RANDOMIZE);
    execv(path, argv);
    return strerror(errno);
}
