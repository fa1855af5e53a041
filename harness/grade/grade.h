/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_GRADE_H
#define BATON_HARNESS_GRADE_GRADE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/grade/box.h"
#include "harness/grade/compile.h"

/* One line of a grade. */
struct grade_row {
    char check[160];
    enum grade_end {
        GRADE_PASSED,
        GRADE_FAILED,
        GRADE_SKIPPED,   /* something is missing here */
        GRADE_NOT_ASKED, /* it is not for this model */
    } end;
    unsigned points; /* that it is worth; skipped: they do not count */
    char seen[512];  /* or why it was skipped */
    char look[512];  /* what to look at, or "" */
};

struct grade {
    struct box_protections holds;
    const struct grade_progress *progress;
    struct grade_row *rows;
    size_t n;
    /* Why no other build is tried: it would not end there either; or NULL. */
    const char *stops;
    bool broken; /* the process that loads the model does not come to its end */
    /* What is given to all checks. */
    struct submission submission;
    char headers[PATH_MAX];
    const char *kind; /* the only one, or NULL */
};

/* Called meanwhile. */
struct grade_progress {
    void (*begin)(const struct box_protections *holds); /* NULL: not wanted */
    void (*step)(const char *what);
};

/*
 * Compiles the file and runs all checks with its model, in boxes: 0 and *ret;
 * -EINVAL, and in `why` what makes it no submission; or another -errno, and
 * what this machine lacks.  -EINTR: a signal came.  grade_finish() in any case.
 */
int grade_file(const char *path, const char *kind,
               const struct grade_progress *progress, struct grade *ret,
               char *why, size_t size);
void grade_finish(struct grade *g);

/* Points got, and those that there were. */
void grade_sum(const struct grade *g, unsigned *ret_got, unsigned *ret_of);
/* "passed". */
const char *grade_end_name(enum grade_end end);
/* All of it, with the reference to its root. */
json_t *grade_json(const struct grade *g);

#endif
