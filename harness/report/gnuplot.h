/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_GNUPLOT_H
#define BATON_HARNESS_REPORT_GNUPLOT_H

#include <limits.h>
#include <stddef.h>

#include "harness/process/child.h"

/* One gnuplot, which draws one picture. */
struct gnuplot {
    /* The caller's, until gnuplot_finish(). */
    const char *script, *name;
    const char *data; /* what the script reads instead of a file; or NULL */
    /* Its own. */
    char picture[PATH_MAX + 64]; /* "": it is written to standard output */
    struct child child;
    int input, said, errors; /* its standard input, output and error */
};

/*
 * Starts plots/SCRIPT.gp, which reads DIR/figures/NAME.tsv: "svg" makes it
 * write DIR/figures/NAME.svg, "png" the same with .png, "dumb" draws in
 * characters.  With `data` and "-" as DIR it keeps no file.  `more` are further
 * arguments of the script, up to a NULL; or NULL.  gnuplot_finish() is due
 * after 0 only.  -ENOENT: there is no gnuplot, or not its script; else another
 * -errno; `why` is the reason and the remedy in words, or "".
 */
int gnuplot_start(struct gnuplot *g, const char *dir, const char *terminal,
                  char *const more[], char *why, size_t size);

/*
 * Waits for it.  0; or -EIO, `why`, and no picture.  What it drew in characters
 * or without a file is *ret_said, for free(), unless `ret_said` is NULL.
 */
int gnuplot_finish(struct gnuplot *g, char **ret_said, char *why, size_t size);

#endif
