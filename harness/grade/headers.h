/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_HEADERS_H
#define BATON_HARNESS_GRADE_HEADERS_H

#include <limits.h>

/*
 * What a compiler's -I needs to find models/model.h: the folder that was
 * installed with this program, or the source tree of its build folder.  0, or
 * -ENOENT.
 */
int headers_find(char ret[PATH_MAX]);

/* The program `name` that came with this one; likewise. */
int program_find(const char *name, char ret[PATH_MAX]);

#endif
