/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_SWITCHES_H
#define BATON_HARNESS_SAMPLE_SWITCHES_H

#include "workloads/trace.h"

/*
 * The kernel's own word on which thread of this process ran when: a record
 * for each switch to or from one (perf_event_open(2), context_switch), with
 * whether it was stopped or went to sleep by itself, and one for its end. Needs
 * no privilege where kernel.perf_event_paranoid is 2 or less; with CAP_PERFMON,
 * or where it is 0 or less, starting a thread costs nothing more.
 */
struct switches;

/*
 * Listens to this thread and to those that it will start.  0 or -errno: where
 * the kernel refuses, a trace does without.
 */
int switches_start(struct switches **ret);

/* Forgets what was heard until now. */
void switches_reset(struct switches *s);

/*
 * Appends what was heard to the trace, and says from when on it may lack some:
 * the kernel's memory for them is small, and so is the trace's.
 */
void switches_collect(struct switches *s, struct trace *trace);
void switches_stop(struct switches *s); /* accepts NULL */

/*
 * For readers of a settled trace, whose first event is the main thread's own
 * note that it is on a CPU.  It may have been stopped after switches_reset()
 * and before that note: what was heard until then is forgotten, and the note
 * names the CPU to which the thread came back.
 */
void switches_trim(struct trace *trace);

#endif
