/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_JSON_H
#define BATON_HARNESS_RESULTS_JSON_H

#include <jansson.h>
#include <stdint.h>

void json_set_u64(json_t *to, const char *key, uint64_t value);

/* What is no UTF-8, as a path may be, has '?' where it is none. */
json_t *json_text(const char *text);
void json_set_text(json_t *to, const char *key, const char *text);

/*
 * Takes the reference to `root`.  Its text with a newline at the end, for
 * free(); NULL: no memory.
 */
char *json_line(json_t *root, size_t flags);

#endif
