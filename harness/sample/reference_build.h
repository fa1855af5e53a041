/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_REFERENCE_BUILD_H
#define BATON_HARNESS_SAMPLE_REFERENCE_BUILD_H

#include <limits.h>

#include "harness/sample/references.h"

/* "DIR=...", its sources, and "OUT=...", what is made of them. */
struct reference_place {
    char dir[PATH_MAX], out[PATH_MAX];
};

/*
 * Builds a program into a folder below the user's cache, named after a hash of
 * its sources, unless that was done before.  0; or -ECANCELED and why, with the
 * end of what the compiler wrote; or -EINTR.
 */
int reference_build(const struct reference_program *of,
                    struct reference_place *ret, char *why, size_t size);

#endif
