/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_GNUPLOT_H
#define BATON_HARNESS_REPORT_GNUPLOT_H

#include <stddef.h>

/*
 * Lets gnuplot draw one picture: plots/SCRIPT.gp draws `data` as "svg", or in
 * characters as "dumb".  `name` is what the figure is called when it fails;
 * `more` are further arguments of the script, up to a NULL.
 *
 * 0 and the picture, for free(); -ENOENT: there is no gnuplot, or not its
 * script; -EIO: it failed; or another -errno.  `why` is the reason and the
 * remedy in words, or "".
 */
int gnuplot_draw(const char *script, const char *name, const char *data,
                 const char *terminal, char *const more[], char **ret_picture,
                 char *why, size_t size);

#endif
