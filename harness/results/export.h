/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_EXPORT_H
#define BATON_HARNESS_RESULTS_EXPORT_H

#include <jansson.h>

#include "harness/results/store.h"

/*
 * benchmark.json: Google Benchmark's format, one row per measured sample in
 * run order (compare.py wants repetitions).  `context` is the object that
 * gbench_context() returned; the recording's header is added to it.  Samples
 * that measured nothing have no row, for readers of this format take an
 * errored row's 0 for a time; context.dropped_samples counts them.
 * `findings`, which is taken over, stands in a member of its own; or NULL.
 *
 * The text for free(), ending in a newline; NULL: no memory, or `context` is
 * no JSON object.
 */
char *export_benchmark_json(const struct recording *r, const char *context,
                            json_t *findings);

#endif
