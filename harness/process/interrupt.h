/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_PROCESS_INTERRUPT_H
#define BATON_HARNESS_PROCESS_INTERRUPT_H

/* The signals that end a run early; it keeps its samples: Ctrl-C and others. */

/* Blocks SIGINT, SIGTERM and SIGHUP but for the waits inside child_attend(). */
void interrupt_catch(void);

/* The opposite: the signals have their default actions again. */
void interrupt_release(void);

/* Whether one of them came. */
int interrupt_came(void);

#endif
