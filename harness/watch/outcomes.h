/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_OUTCOMES_H
#define BATON_HARNESS_WATCH_OUTCOMES_H

#include <stddef.h>
#include <stdint.h>

/* The last values of the counter in many runs, as a table. */
struct outcomes {
    uint64_t tasks, increments;
    const uint64_t *finals;
    size_t n;
};

enum outcome_verdict {
    OUTCOME_EXPECTED,
    OUTCOME_LOST,       /* lost updates, as an order of loads and stores can */
    OUTCOME_IMPOSSIBLE, /* no order of them ends there */
};
const char *outcome_verdict_name(enum outcome_verdict verdict);

/* No row is without a run. */
struct outcome_row {
    uint64_t low, high; /* the lowest and the highest value that was seen */
    size_t runs;
    enum outcome_verdict verdict;
};

/*
 * From the highest value to the lowest: those above the expected one, that one,
 * those that lost updates by tenths of it, and those below the lowest possible.
 * Few values have a row each.
 */
enum { OUTCOME_FEW = 40, OUTCOME_ROWS = OUTCOME_FEW + 3 };
size_t outcomes_rows(const struct outcomes *o,
                     struct outcome_row ret[OUTCOME_ROWS]);

/* How many runs lost nothing, and the mean share that was lost. */
size_t outcomes_exact(const struct outcomes *o);
double outcomes_mean_loss(const struct outcomes *o);

/*
 * The possible values that were never seen, from the lowest one on: at most
 * `room` of them; returns how many there are.
 */
size_t outcomes_unseen(const struct outcomes *o, uint64_t ret[], size_t room);

#endif
