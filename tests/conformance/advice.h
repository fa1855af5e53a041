/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a failed check has seen, and what its reader can look at. */
#ifndef TESTS_ADVICE_H
#define TESTS_ADVICE_H

#include "tests/conformance/suite.h"

enum { ADVICE_SIZE = 1024 };

/* One line of what was expected and seen; "" where nothing was written. */
void advice_seen(const struct suite_result *r, char text[ADVICE_SIZE]);

/* The next step; "" where there is none to name. */
void advice_next(const struct suite_result *r, const char *seen,
                 char text[ADVICE_SIZE]);

#endif
