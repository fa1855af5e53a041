/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_PAGE_H
#define BATON_HARNESS_REPORT_PAGE_H

#include "harness/report/results.h"

/*
 * report.html: one file that needs nothing else, no network and no script, and
 * has the same bytes whenever it is made from the same results.  The figures
 * are those of `r`; one that was not drawn is said to be missing, in its place.
 *
 * The text for free(), or NULL: no memory.
 */
char *page_html(const struct results *r);

#endif
