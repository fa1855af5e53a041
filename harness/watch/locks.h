/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_LOCKS_H
#define BATON_HARNESS_WATCH_LOCKS_H

/* The watcher that is installed: never NULL. */
struct watcher;
const struct watcher *watcher_now(void);

#endif
