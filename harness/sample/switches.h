/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_SWITCHES_H
#define BATON_HARNESS_SAMPLE_SWITCHES_H

#include "workloads/trace.h"

/*
 * The kernel's record of which thread of this process ran when: an event
 * for each switch to or from one (perf_event_open(2), context_switch), with
 * whether it was stopped or went to sleep by itself, and one for its end. Needs
 * no privilege where kernel.perf_event_paranoid is 2 or less; with CAP_PERFMON,
 * or where it is 0 or less, starting a thread costs nothing more.
 */
struct switches;

/*
 * Records this thread and those that it will start.  0 or -errno: where the
 * kernel refuses it, a trace has no switches.
 */
int switches_start(struct switches **ret);

/* Drops what was recorded until now. */
void switches_reset(struct switches *s);

/*
 * Appends the switches to the trace, and sets from when on some may be missing:
 * the kernel's memory for them is small, and so is the trace's.
 */
void switches_collect(struct switches *s, struct trace *trace);
void switches_stop(struct switches *s); /* accepts NULL */

/*
 * For readers of a settled trace, whose first event is the main thread's own
 * note that it is on a CPU.  It may have been stopped after switches_reset()
 * and before that note: the switches until then are dropped, and the note
 * names the CPU to which the thread came back.
 */
void switches_trim(struct trace *trace);

#endif
