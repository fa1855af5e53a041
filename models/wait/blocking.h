/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_BLOCKING_H
#define BATON_MODELS_WAIT_BLOCKING_H

#include "workloads/kinds/connections.h"
#include "workloads/kinds/sleeping.h"

/*
 * How the blocking models wait: drives one lane from start to DONE with
 * connect(), send() and recv() on a blocking socket, on the calling thread.
 * 64 KiB of stack.
 */
void blocking_talk(struct conn *c);

/* All that a task of the sleeping kind does between its gates. */
void blocking_sleep(struct sleeping *work, size_t task);

#endif
