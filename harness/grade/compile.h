/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_COMPILE_H
#define BATON_HARNESS_GRADE_COMPILE_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/grade/submission.h"

/* Which program is going to load it: each needs code of its own. */
enum build {
    BUILD_PLAIN,
    BUILD_ADDRESS, /* AddressSanitizer and UndefinedBehaviorSanitizer */
    BUILD_THREAD,  /* ThreadSanitizer */
    BUILD_WATCHED, /* each access to the counter is a call */
    BUILD_N,
};

/* The file in the box that is made. */
#define COMPILE_OBJECT "model.so"

struct compiled {
    char *object; /* NULL: the compiler refused the text */
    size_t len;
    unsigned warnings;
    char said[256]; /* the first error, else the first warning, or "" */
};

/*
 * Compiles it in the box: 0, also where the compiler refuses it, and *ret, for
 * compile_finish(); or -errno and why.
 */
int compile(const struct submission *s, const char *headers, enum build build,
            struct compiled *ret, char *why, size_t size);
void compile_finish(struct compiled *c);

#endif
