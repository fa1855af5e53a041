/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_UNGUARDED_H
#define BATON_MODELS_WAIT_UNGUARDED_H

#include "workloads/kinds/counting.h"

/*
 * A counting task that the kernel runs and that guards nothing: waits at the
 * gate for the others, counts, and leaves.  With passes, it yields the CPU
 * between each load and its store, with the value in hand.
 */
void unguarded_task(const struct counting *work, size_t task);

/* The increments of such a task alone, without the gate. */
void unguarded_count(const struct counting *work, size_t task);

#endif
