/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CHECK_VERDICT_H
#define BATON_HARNESS_CHECK_VERDICT_H

#include <stdio.h>

#include "harness/check/ruling.h"

/*
 * Of a recorded check; 0, -ENOMEM, or -EINVAL: the recording is no check's, or
 * not of the order that its seed says.  `trial` 0: of a check; else of that
 * trial of a self-test.  Ends with verdict_finish().
 */
int verdict_reach(const struct recording *r, unsigned trial,
                  struct verdict *ret);
void verdict_finish(struct verdict *v);

/*
 * The verdict as text, which ends in a newline; each for free().  NULL: no
 * memory.  Equal verdicts give equal bytes: no date, no path but those of
 * `base` and `cand`.
 */
char *verdict_json(const struct verdict *v);
char *verdict_markdown(const struct verdict *v); /* for a summary page */
/* JUnit's XML: a test case for each cell. `strict`: inconclusive fails. */
char *verdict_junit(const struct verdict *v, bool strict);

#endif
