/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_FORMATS_H
#define BATON_HARNESS_RESULTS_FORMATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/results/store.h"

/*
 * Writes a run in the formats of other programs, from its samples alone.
 * Samples that measured nothing and calibrations are left out; a cell that was
 * wrong in any sample is left out as a whole, since its times are not those of
 * the work.
 */
enum format {
    /*
     * Google Benchmark's JSON, a row for each cell: medians, for readers that
     * take every row for a benchmark of its own.
     */
    FORMAT_GBENCH_CELLS,
    /* Bencher Metric Format: the median of each cell, with its interval. */
    FORMAT_BENCHER,
    /* Go's benchmark text, a line for each sample: benchstat reads it. */
    FORMAT_BENCHSTAT,
    /*
     * RFC 4180, a record for each sample, with the columns of samples.tsv.
     * Those that hold commas by their nature, `parameters` and `text`, are in
     * quotes and stand last, so that what splits at every comma finds all the
     * others; these are in quotes only if they have a comma or a quote in them.
     */
    FORMAT_CSV,
    FORMAT_N
};

extern const char *const format_names[FORMAT_N];

/* Whether the format has a row for each cell, and so of one side only. */
bool format_is_of_cells(enum format format);

/* Whether the run is a check's, whose samples are of sides. */
bool recording_has_sides(const struct recording *r);

struct formatted {
    char *text;     /* ending in a newline; NULL: nothing was measured */
    char *left_out; /* a line for each cell of which something is missing */
    size_t rows;
};

/*
 * `side`: of a check, its samples alone; NULL: all, or "cand" where the format
 * is of cells.  0 or -ENOMEM.  Ends with formatted_finish().
 */
int format_recording(enum format format, const struct recording *r,
                     const char *side, struct formatted *ret);
void formatted_finish(struct formatted *f);

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
