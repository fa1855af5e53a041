/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_BLOCKING_H
#define BATON_MODELS_WAIT_BLOCKING_H

#include "workloads/kinds/connections.h"

/*
 * How the blocking models wait: drives one lane from start to DONE with
 * connect(), send() and recv() on a blocking socket, on the calling thread.
 * 64 KiB of stack.
 */
void blocking_talk(struct conn *c);

#endif
