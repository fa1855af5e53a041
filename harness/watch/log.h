/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_LOG_H
#define BATON_HARNESS_WATCH_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/watch/autopsy.h"
#include "harness/watch/hooks.h"

/*
 * A watcher that notes each increment of a free run: a stamp, the value that
 * was read, and a second stamp, which stands between the load and the store.
 * Its memory is mapped and touched beforehand, and shared with processes that a
 * model starts: a page fault would look as if a task had been stopped.
 */
struct log;

/* Room for `tasks` tasks of `increments` each.  0 or -ENOMEM. */
int log_create(size_t tasks, uint64_t increments, struct log **ret);
void log_destroy(struct log *log); /* accepts NULL */

const struct watcher *log_watcher(struct log *log);
/* Before each run. */
void log_clear(struct log *log);
/* After it: what was noted, until log_clear(). */
struct increment_log log_read(struct log *log);

/* Whether the stamps are the CPU's own counter, else clock_gettime(2). */
bool log_ticks(const struct log *log);
/* How many of them are in a microsecond; what an increment's note costs. */
double log_ticks_per_us(const struct log *log);
double log_event_ns(struct log *log);

#endif
