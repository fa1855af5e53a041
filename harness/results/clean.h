/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_CLEAN_H
#define BATON_HARNESS_RESULTS_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A copy that a terminal, JSON, or XML takes: control characters and what is no
 * UTF-8 become '?', with `ascii` all but ASCII does.  Cut off where `size`
 * ends.
 */
const char *clean_text(const char *text, bool ascii, char *out, size_t size);

/*
 * The same in place, of one line: a tab or a line's end becomes a blank, and a
 * character of which the end of `text` cuts a part is dropped.
 */
void clean_line(char *text);
/* The same of lines that end in newlines; nothing is dropped. */
void clean_lines(char *text);
/* How many bytes, `most` at most, the first whole characters have. */
int clean_length(const char *text, int most);

#endif
