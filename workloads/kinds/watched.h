/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_KINDS_WATCHED_H
#define BATON_WORKLOADS_KINDS_WATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What models call in the hooked build, baton-watched: there they are compiled
 * once more with -DBATON_WATCHED, and each access to the counter, each task
 * that begins, has its turn or leaves is a call, which a watcher (the stepper,
 * a log) may hold or record.  The measured build has none of these: a test of a
 * pointer in its loop would cost a quarter of an increment.
 */

/* The counter's: without a watcher each does what it is named after. */
uint64_t watched_load(const _Atomic(uint64_t) *counter);
void watched_store(_Atomic(uint64_t) *counter, uint64_t value);
uint64_t watched_add(_Atomic(uint64_t) *counter, uint64_t n);
bool watched_cas(_Atomic(uint64_t) *counter, uint64_t *expected,
                 uint64_t value);

/*
 * The gate's, on the thread that runs the task from there on, until it is named
 * another one: it has passed the gate, it has its turn (of tasks that share a
 * thread), its last increment is made.
 */
void watched_begin(size_t task);
void watched_turn(size_t task);
void watched_leave(size_t task);

#endif
