/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_DATA_H
#define BATON_HARNESS_RESULTS_DATA_H

#include <stddef.h>

/*
 * Where a file that comes with the program is: "plots/ratios.gp".  Looked for
 * below $BATON_DATA when that is set, else beside the program (in its build
 * folder) and in ../share/baton (where it is installed), so that a copied
 * installation goes on working.  0, or -ENOENT.
 */
int data_path(const char *name, char *out, size_t size);

/* Its text, for free(); NULL: not there, or no memory. */
char *data_read(const char *name);
/* The same of any file. */
char *data_text(const char *path);

#endif
