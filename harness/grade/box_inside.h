/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_BOX_INSIDE_H
#define BATON_HARNESS_GRADE_BOX_INSIDE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "harness/grade/box.h"

/* What the first process of the box tells its parent, in shared memory. */
struct box_note {
    bool ended; /* the command, with wait_status */
    int wait_status;
    int error;        /* of a step that failed, before the command ran */
    const char *step; /* a literal: the same in both */
};

/* All that the parent has prepared. */
struct box_inside {
    const struct box *box;
    char folder[PATH_MAX]; /* where its writable folder is mounted */
    int go;                /* a byte comes once it may begin */
    int output, taken;     /* where its output and its file go */
    int program;           /* argv[0], opened; -1: searched for */
    struct box_note *note;
};

/* The first process of the namespaces; it does not return. */
_Noreturn void box_inside(const struct box_inside *in);

#endif
