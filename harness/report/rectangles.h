/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_RECTANGLES_H
#define BATON_HARNESS_REPORT_RECTANGLES_H

#include <stdio.h>

/*
 * Writes a drawing as svg_inline() made it.  Rectangles of one colour that
 * follow each other become one path, which is a third of their size: the lanes
 * of a thousand slices are most of a page.
 */
void rectangles_write(const char *svg, FILE *out);

#endif
