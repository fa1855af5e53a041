/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_CHROME_H
#define BATON_HARNESS_RESULTS_CHROME_H

#include "harness/results/slices.h"

/*
 * A trace in Chrome's format, which Perfetto and chrome://tracing open: a row
 * for each task or lane with what it did, a row for each thread with the CPU it
 * was on and the lane it ran, arrows to the lane that runs next, named after
 * why (slice_passing()), and in otherData what was traced.  Events are in the
 * order of time.  Times are microseconds since the beginning of the iteration.
 *
 * The text for free(), ending in a newline; NULL: no memory.
 */
char *chrome_trace(const struct traced *t, const struct timeline *timeline);

#endif
