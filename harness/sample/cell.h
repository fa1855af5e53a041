/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_CELL_H
#define BATON_HARNESS_SAMPLE_CELL_H

#include "harness/results/names.h"
#include "harness/results/sample.h"
#include "models/model.h"
#include "workloads/workload.h"

/*
 * Inside the process that takes one sample: prepare, one warm-up iteration,
 * k timed ones, report.  cell_protocol.h tells how it is spoken to.
 */

/* The child's main(); the process's exit status. */
int cell_main(int argc, char *argv[]);

#endif
