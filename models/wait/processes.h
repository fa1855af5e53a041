/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_PROCESSES_H
#define BATON_MODELS_WAIT_PROCESSES_H

#include <stddef.h>

/*
 * Runs body(context, i) for i = 0 .. n-1, each in a child process, and reaps
 * them all.  What a child writes is its own copy, except in memory that was
 * mapped to be shared.  Meanwhile it reaps every child of the calling process.
 *
 * 0; or -errno when not all of them could be started: then give_up(context),
 * unless NULL, is called before those that were are reaped; or -ECHILD when one
 * was killed or failed: then the others, which may wait for it, are killed.
 */
int processes_run(size_t n, void (*body)(void *context, size_t index),
                  void (*give_up)(void *context), void *context);

#endif
