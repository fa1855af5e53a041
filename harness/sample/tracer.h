/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_TRACER_H
#define BATON_HARNESS_SAMPLE_TRACER_H

#include "harness/sample/sampler.h"
#include "workloads/trace.h"

/*
 * Events of one trace, and the kernel's switches of threads beside them: what
 * happens beyond is counted, and not kept.
 */
#define TRACER_CAPACITY (UINT32_C(1) << 17)
#define TRACER_SWITCHES (UINT32_C(1) << 16)

/*
 * Takes a sample of one iteration of `cell` with a trace of it.  As
 * sampler_take(); *ret_trace is for tracer_release(), and holds what there is
 * also when the sample failed.
 */
int tracer_take(const struct sampler *sampler, struct cell *cell,
                struct sample *ret, struct trace **ret_trace);
void tracer_release(struct trace *trace);

#endif
