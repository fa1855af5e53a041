/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_GROUPS_H
#define BATON_HARNESS_RESULTS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/results/statistics.h"
#include "harness/results/store.h"

/*
 * The samples of one cell; of a check, those of one side of it.  What measured
 * nothing is none of the right ones, nor is a calibration.
 */
struct group {
    const struct sample *first;  /* of any kind */
    const struct sample **right; /* in run order */
    size_t n, wrong, missing;
    size_t index;    /* among the items */
    const char *why; /* of the first that was wrong or missing */
};

struct groups {
    struct group **items; /* in the order in which they first appear */
    size_t n;
    void *tree; /* of the same, for a self-test has thousands */
};

/*
 * `side`: of a check, its samples alone; NULL: all.  Without twins, unless
 * `twins`.  0 or -ENOMEM; ends with groups_finish() in any case.
 */
int groups_collect(struct groups *g, const struct recording *r,
                   const char *side, bool twins);
void groups_finish(struct groups *g);

/* Whose samples `s` is of; NULL: nobody's. */
struct group *groups_find(const struct groups *g, const struct sample *s);

/* A cell that was ever wrong is not: its times are not those of the work. */
bool group_is_shown(const struct group *g);

/* A line for each cell of which something is missing. */
void groups_print_left_out(const struct groups *groups, FILE *out);

bool sample_is_right(const struct sample *s);

/*
 * ns of an iteration.  Where a self-test has injected iterations, a time is
 * that of the others with what was injected, as the check itself has it.
 */
double sample_real_ns(const struct sample *s);
double sample_cpu_ns(const struct sample *s);
/* The iterations that were not injected. */
uint64_t sample_iterations(const struct sample *s);

/* Of one value of all right samples; 0 or -ENOMEM. */
int group_estimate(const struct group *g,
                   double (*value)(const struct sample *),
                   struct estimate *ret);

#endif
