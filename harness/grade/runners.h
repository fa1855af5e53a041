/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_RUNNERS_H
#define BATON_HARNESS_GRADE_RUNNERS_H

#include <limits.h>
#include <stddef.h>

/* The program with the conformance checks, as it was compiled. */
enum runner {
    RUNNER_PLAIN,
    RUNNER_ADDRESS, /* AddressSanitizer and UndefinedBehaviorSanitizer */
    RUNNER_THREAD,  /* ThreadSanitizer */
};

/* Its path: 0, or -ECANCELED and why there is none. */
int runner_find(enum runner which, char ret[PATH_MAX], char *why, size_t size);

#endif
