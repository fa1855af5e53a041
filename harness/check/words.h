/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_WORDS_H
#define BATON_HARNESS_CHECK_WORDS_H

#include "harness/check/verdict.h"

/* Fills `why` of each cell and `reason`: what all else is known for. */
void verdict_explain(struct verdict *v);

/* "+5.1 %" of a ratio of 1.051. */
void words_percent(double ratio, char *out, size_t size);

#endif
