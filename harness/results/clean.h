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

#endif
