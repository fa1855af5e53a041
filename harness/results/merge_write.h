/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_MERGE_WRITE_H
#define BATON_HARNESS_RESULTS_MERGE_WRITE_H

#include <stddef.h>

#include "harness/results/store.h"

/* A part of an experiment, as its recording says; 1 of 1: a host's run. */
struct part {
    const char *dir;
    struct recording recording; /* its header alone */
    char host[96];              /* that key of it */
    unsigned number, of;
};

/* Writes the files of the whole from parts[0..n-1], which are in order.  0 or
 * -errno; what was written until then stays. */
int merge_write(const struct part parts[], size_t n, const char *command,
                const char *out);

#endif
