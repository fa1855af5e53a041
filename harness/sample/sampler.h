/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_SAMPLER_H
#define BATON_HARNESS_SAMPLE_SAMPLER_H

#include <gsl/gsl_rng.h>

#include "harness/origin/origin.h"
#include "harness/results/sample.h"
#include "harness/sample/plan.h"

/* What all samples of a run share. */
struct sampler {
    const char *program;   /* takes the samples, a build of Baton; NULL: this */
    uint64_t target_ns;    /* of a sample, at least */
    struct origin *origin; /* of the run; NULL: none needed, or a foreign one */
    const char *pin;       /* CPU list for the samples, or NULL */
    int trace_fd;          /* memory for a struct trace; -1: none */
    /*
     * Where the journal of a sample of a workload with sites goes, for free():
     * of the last iteration that was begun, which is the last timed one unless
     * the sample came to no end.  NULL: not wanted.
     */
    struct journal **journal;
    uint64_t start_ns; /* of the run */
    gsl_rng *random;   /* for the padding of the environment */
};

/* A sample is at least this long. */
#define SAMPLER_TARGET_NS (UINT64_C(50) * 1000000)

/* With fewer iterations a sample does not show how the heap grows. */
enum { SAMPLER_FEW = 3 };

/*
 * Takes one sample of `cell` in a process of its own and judges it: a cell
 * that is not calibrated yet gets its iterations set from this one, which is
 * then no measurement.  Returns 0 with *ret filled, whatever became of the
 * sample; -EINTR after an interrupt, the child ended; -EPIPE when the
 * origin died; another -errno when no process could be started.
 */
int sampler_take(const struct sampler *sampler, struct cell *cell,
                 struct sample *ret);

/* Sets the columns that name the cell of a sample. */
void sampler_identify(const struct cell *cell, struct sample *s);

#endif
