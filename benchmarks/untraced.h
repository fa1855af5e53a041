/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_BENCHMARKS_UNTRACED_H
#define BATON_BENCHMARKS_UNTRACED_H

/*
 * Put before a source file by the compiler, this takes tracing out of it: with
 * nothing to note, nobody asks whether there is a trace.  What the asking costs
 * is the difference (benchmarks/trace.py).
 */
#include "workloads/trace.h"

#define trace_note(trace, what, lane, value)                                   \
    ((void)(what), (void)(lane), (void)(value))

#endif
