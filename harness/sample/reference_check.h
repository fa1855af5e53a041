/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_REFERENCE_CHECK_H
#define BATON_HARNESS_SAMPLE_REFERENCE_CHECK_H

#include "harness/sample/reference.h"

/* What one check of a program came to. */
struct reference_check {
    char name[64];
    bool passed;
    char result[320];   /* what it did */
    const char *remedy; /* what to do; NULL: nothing */
};

struct reference_checks {
    struct reference_check *items; /* for free() */
    size_t n;
};

/*
 * Tries whether a program speaks the protocol: one of the table, else a
 * command.  0 with all checks, also where some did not pass; or -errno.
 */
int reference_check(const struct reference_program *of, char *words[],
                    struct reference_checks *ret);

#endif
