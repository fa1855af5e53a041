/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_MEASURE_ESTIMATE_H
#define BATON_HARNESS_MEASURE_ESTIMATE_H

#include <stdint.h>

#include "harness/sample/plan.h"

/*
 * How long an experiment takes, from its parameters alone: before anything has
 * run, within a factor of two.
 */

/* The fewest rounds that give an interval. */
enum { ESTIMATE_ROUNDS = 6 };

/* What calibrating a cell takes, and what each of its samples takes then. */
uint64_t estimate_calibration_ns(const struct cell *cell, uint64_t target_ns);
uint64_t estimate_sample_ns(const struct cell *cell, uint64_t target_ns);

/* All of it: the calibration, that many rounds, and the traces (or NULL). */
uint64_t estimate_run_ns(const struct plan *plan, const struct plan *traced,
                         unsigned rounds);

#endif
