/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_HTML_H
#define BATON_HARNESS_REPORT_HTML_H

#include <stdio.h>

/* Text of any origin, as text of a page or in an attribute's quotes. */
void html_escape(const char *text, FILE *out);

/* The same of what printf() would print. */
__attribute__((format(printf, 2, 3))) void html_print(FILE *out,
                                                      const char *format, ...);

/* An element with nothing but such text in it: `start` is "td class=wrong". */
__attribute__((format(printf, 3, 4))) void
html_element(FILE *out, const char *start, const char *format, ...);

#endif
