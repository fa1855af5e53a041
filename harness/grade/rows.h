/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_ROWS_H
#define BATON_HARNESS_GRADE_ROWS_H

#include <jansson.h>

#include "harness/grade/grade.h"

/* The parts of a grade: each adds rows; 0, or -errno and why. */

/*
 * An empty row, the last one of the grade; NULL: no memory, or too many.  It is
 * valid until the next one is added.
 */
struct grade_row *rows_add(struct grade *g, const char *check, unsigned points);

/* The checks of baton-conformance. */
int rows_conformance(struct grade *g, const struct compiled *c, char *why,
                     size_t size);
/* The schedules of hostile.h. */
int rows_hostile(struct grade *g, char *why, size_t size);
/* One row: what a sanitizer reports meanwhile. */
int rows_sanitizer(struct grade *g, enum build build, char *why, size_t size);

/*
 * A program that comes with this one, in the box with the model: each line of
 * JSON that it prints is a check, and the last one says that it has finished.
 * The model is loaded by its process, so that a line that is missing at the end
 * is a failure, whatever its exit status.
 */
struct rows_run {
    struct box box;
    struct box_result result;
    bool finished;
    unsigned checks;
    char *rest; /* of its output */
};

/* `argv` is that of the box; 0, and rows_end(), or -errno and why. */
int rows_start(struct rows_run *run, const struct compiled *c,
               char *const argv[], uint64_t seconds, bool fixed_addresses,
               char *why, size_t size);
/* The next check, for json_decref(); NULL: there is none. */
json_t *rows_next(struct rows_run *run);
/* A text of it, or "". */
const char *rows_text(const json_t *line, const char *key);
/* A row of that check; 0 or -ENOMEM. */
int rows_add_check(struct grade *g, const json_t *line, unsigned points);
/* What a check has seen, and what to look at. */
void rows_copy(struct grade_row *row, const json_t *line);
/* All checks, and how it ended, as a row: 0 or -errno. */
int rows_add_all(struct grade *g, struct rows_run *run, unsigned points);
/* The first words of its output that are no check. */
void rows_first_words(const struct rows_run *run, char *out, size_t size);
void rows_end(struct rows_run *run);

#endif
