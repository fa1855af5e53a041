/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_THREADS_H
#define BATON_MODELS_WAIT_THREADS_H

#include <stddef.h>

/*
 * Runs body(context, i) for i = 0 .. n-1, each on a thread of its own, and
 * joins them all.  0, or -errno when not all of them could be started: then
 * give_up(context), unless NULL, is called before those that were are joined.
 */
int threads_run(size_t n, void (*body)(void *context, size_t index),
                void (*give_up)(void *context), void *context);

#endif
