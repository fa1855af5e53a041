/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/grade/sanitized.h"

#include <stdio.h>
#include <string.h>

#include "harness/sample/reference_build.h"

/* What it is built by: part of the name of the folder, by its hash. */
static void compiler_version(char *out, size_t size)
{
    FILE *pipe = popen("cc --version 2>&1", "re");

    out[0] = '\0';
    if (pipe && fgets(out, (int)size, pipe))
        out[strcspn(out, "\n")] = '\0';
    if (pipe)
        pclose(pipe);
}

int sanitized_find(const char *sanitizers, char ret[PATH_MAX], char *why,
                   size_t size)
{
    struct reference_program program = {.name = "checks",
                                        .folder = "tests/conformance",
                                        .sources = "conformance.tar"};
    char version[200], build[512];
    struct reference_place place;
    int error;

    compiler_version(version, sizeof(version));
    snprintf(build, sizeof(build),
             "tar -xf \"$DIR/conformance.tar\" -C \"$OUT\" && cd \"$OUT\" && "
             "sh tests/conformance/sanitized.sh %s # %s",
             sanitizers, version);
    program.build = build;
    error = reference_build(&program, &place, why, size);
    if (!error)
        snprintf(ret, PATH_MAX, "%s/baton-conformance",
                 strchr(place.out, '=') + 1);
    return error;
}
