/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_HEAP_SLEEP_H
#define BATON_MODELS_WAIT_HEAP_SLEEP_H

#include <stddef.h>
#include <time.h>

#include "workloads/kinds/sleeping.h"

/*
 * A loop's sleepers: those with the numbers first, first + step, ... are in a
 * timer heap, and wait(context, timeout) waits for the earliest of them, or
 * shorter.  It returns 0 or -errno, and so does this.  They have entered the
 * gate; each leaves it.
 */
int heap_sleep(struct sleeping *work, size_t first, size_t step,
               int (*wait)(void *context, const struct timespec *timeout),
               void *context);

#endif
