/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What can be seen of a test's process from outside. */
#ifndef TESTS_LOOK_H
#define TESTS_LOOK_H

#include "tests/conformance/kit.h"

/*
 * Of a process whose run hangs: "9 of 10 tasks reached the gate, 8 left it;
 * threads: 0 running, 9 waiting (futex_wait_queue)".
 */
void look_at_hang(pid_t pid, const struct kit_watch *watch, char *text,
                  size_t size);

/* All that was written to it, closed; for free(). */
char *look_at_output(int fd);

/* Whether a signal ended the test, other than that of a failed assertion. */
bool look_for_crash(int wait_status, const char *output);

#endif
