/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_MERGE_H
#define BATON_HARNESS_RESULTS_MERGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Joins the recordings of all parts of one experiment (--shard) to one, in the
 * new directory `out`.  Their lines are copied; nothing is computed.  `command`
 * is recorded as that of the result.  Of whole runs of one experiment by
 * different hosts, the samples stand beside each other; their traces and sites
 * stay in the runs.
 *
 * 0; -EINVAL: they are no parts of one experiment, or one is missing, double or
 * not complete; another -errno: a file could not be read or written.  Then
 * `why` has a sentence, and `out` is not there.  *ret_check: they are of a
 * check.
 */
int merge_parts(const char *const dirs[], size_t n, const char *out,
                const char *command, bool *ret_check, char *why, size_t size);

#endif
