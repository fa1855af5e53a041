/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_SVG_H
#define BATON_HARNESS_REPORT_SVG_H

#include <stdio.h>

/*
 * Writes a drawing of gnuplot so that it can stand inside a page, beside
 * others: as wide as its place, with `label` for screen readers. Its ids and
 * references begin with `name`, its colours are variables of the page's style
 * sheet, so that it turns dark with it, and nothing in it can run or fetch
 * anything. 0; or -EINVAL, and nothing is written: this is no whole SVG.
 */
int svg_inline(const char *svg, const char *name, const char *label, FILE *out);

#endif
