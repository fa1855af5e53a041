/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_SCHEDULE_H
#define BATON_HARNESS_WATCH_SCHEDULE_H

/*
 * Which task takes how many steps, in which order: a text that people write.
 *
 *     baton-schedule 1 counter tasks=100 increments=1000 model=MODEL
 *     # blank lines, and what follows a '#', mean nothing
 *     1 1          task 1 takes one step
 *     3-100 *      each of these tasks in turn, until it is finished
 *     2 1998
 *
 * Errors are negative errno and a sentence in `why`, with the line.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "models/model.h"

/* As `steps`: all that the task has left. */
#define SCHEDULE_REST UINT64_MAX

struct schedule_run {
    uint64_t first, last; /* tasks, the first one is 1; each in turn */
    uint64_t steps;       /* of each of them */
    unsigned line;        /* of its file; 0: of none */
};

struct schedule {
    char workload[64];
    char model[MODEL_NAME]; /* "": of any model */
    uint64_t tasks, increments;
    struct schedule_run *runs;
    size_t n;
};

/* schedule_finish() in any case.  `path` "-": standard input. */
int schedule_read(FILE *file, struct schedule *ret, char *why, size_t size);
int schedule_read_file(const char *path, struct schedule *ret, char *why,
                       size_t size);
void schedule_finish(struct schedule *s);

/* One line of it, as "3-100 *"; the tasks are 1 to `tasks`. */
int schedule_read_run(const char *text, uint64_t tasks,
                      struct schedule_run *ret, char *why, size_t size);

/* Whether it is of this work; NULL or 0: that is not asked. */
int schedule_fits(const struct schedule *s, const char *workload,
                  const char *model, uint64_t tasks, uint64_t increments,
                  char *why, size_t size);

/*
 * Adds a run; one of the same single task as the last run, steps counted,
 * makes that one longer.  0 or -ENOMEM.
 */
int schedule_add(struct schedule *s, uint64_t first, uint64_t last,
                 uint64_t steps);
void schedule_write(const struct schedule *s, FILE *out);

/* One task's part of a run. */
struct schedule_grant {
    uint64_t task, steps;
    unsigned line;
};
/* Begins as zeroes. */
struct schedule_place {
    size_t run;
    uint64_t done; /* tasks of that run */
};
/* The next grant; false: there is none. */
bool schedule_next(const struct schedule *s, struct schedule_place *place,
                   struct schedule_grant *ret);

#endif
