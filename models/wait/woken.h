/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_WOKEN_H
#define BATON_MODELS_WAIT_WOKEN_H

#include <stdbool.h>

#include "workloads/kinds/relay.h"

/*
 * A runner that the kernel runs: it sleeps at a futex, the word of its slot,
 * until the runner before it wakes it.  Shared: each is a process.
 */
void woken_runner(struct relay *work, size_t runner, bool shared);

/* Before the runners start: the first one will find the token. */
void woken_begin(struct relay *work);
/* The runners behind some one could not start: those before it end. */
void woken_break(struct relay *work);

#endif
