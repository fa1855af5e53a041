/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_TAKER_H
#define BATON_HARNESS_SAMPLE_TAKER_H

#include <stddef.h>
#include <stdint.h>

#include "harness/results/sample.h"

struct journal;

/* A sample is not ended before it took this long. */
#define TAKER_LEAST_LIMIT_NS (UINT64_C(10) * 1000000000)

/* Takes the samples of an experiment: of builds (builds.h), of commands. */
struct taker {
    size_t n; /* cells */
    /*
     * One sample in a process of its own, whatever becomes of it; the first of
     * a cell, of its base, calibrates it and measures nothing.  0, or -errno
     * to stop (-EINTR: a signal came), with a sentence in `why`.
     */
    int (*take)(void *context, size_t cell, enum sample_side side,
                struct sample *ret);
    /* How long a sample of base takes; 0: the cell is not calibrated. */
    uint64_t (*expected_ns)(void *context, size_t cell);
    void *context;
    /* Set before take(): which program of its side, from 1; 0: the first. */
    unsigned variant;
    /*
     * Of the last sample, where its workload has sites: of its last iteration.
     * The taker's, until the next sample; NULL: there is none.
     */
    struct journal *journal;
    char why[256];
};

#endif
