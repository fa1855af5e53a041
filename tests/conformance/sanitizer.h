/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SANITIZER_H
#define TESTS_SANITIZER_H

/*
 * Starts the same program with -fsanitize=NAME in the place of this one, which
 * is built first where that was not done.  It returns why it could not; NULL:
 * this program is that one.
 */
const char *sanitizer_become(const char *name, char *argv[]);

#endif
