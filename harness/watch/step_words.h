/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_STEP_WORDS_H
#define BATON_HARNESS_WATCH_STEP_WORDS_H

#include <stddef.h>

#include "harness/watch/step.h"

/* What the task did: "stores 2 over 3"; tasks are counted from 1. */
void step_words(const struct step *step, char *out, size_t size);
/* What a store did to those of other tasks: "erases 2"; or "". */
void step_mark(const struct step *step, char *out, size_t size);
/* What it is called alone: "store". */
const char *step_name(enum step_kind kind);

struct stepper;
/*
 * A sentence for each reason why no update is lost between a load and its store
 * that the steps so far show; or "".
 */
void stepper_reasons(const struct stepper *s, char *out, size_t size);
/*
 * All steps in Chrome's format, a row for each task; for free(), or NULL: no
 * memory.
 */
char *stepper_trace(const struct stepper *s);

#endif
