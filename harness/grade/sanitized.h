/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_SANITIZED_H
#define BATON_HARNESS_GRADE_SANITIZED_H

#include <limits.h>
#include <stddef.h>

/*
 * The path of baton-conformance as it is with -fsanitize=SANITIZERS ("thread",
 * "address,undefined"): built into the user's cache at first use by the
 * compiler `cc`, and again for another version of it or of the sources.  It
 * has no models of its own.  0; or -ECANCELED and why there is none; or -EINTR.
 */
int sanitized_find(const char *sanitizers, char ret[PATH_MAX], char *why,
                   size_t size);

#endif
