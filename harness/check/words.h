/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_WORDS_H
#define BATON_HARNESS_CHECK_WORDS_H

#include <stdio.h>

#include "harness/check/ruling.h"

/* Fills `why` of each cell and `reason`, after all other members are set. */
void verdict_explain(struct verdict *v);

/*
 * "REGRESSED"; of two cells, which are no two versions of one thing, "SLOWER".
 * Programs get ruling_name().
 */
const char *verdict_word(const struct verdict *v, enum ruling ruling);

/* For a terminal: a line for each cell, then the paragraph. */
void verdict_print(const struct verdict *v, FILE *out, bool colour);

/* "+5.1 %" of a ratio of 1.051. */
void words_percent(double ratio, char *out, size_t size);

/* "+5.1 % [+4.2 %, +6.3 %]"; "not measured" without any pair. */
void words_ratio(const struct estimate *e, char *out, size_t size);

#endif
