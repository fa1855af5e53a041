/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RUN_CELL_PROTOCOL_H
#define BATON_HARNESS_RUN_CELL_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "models/model.h"
#include "workloads/workload.h"

/* What `baton cell` is asked for: one sample of one cell. */
struct request {
    const struct workload *workload;
    const struct model *model;
    struct setup setup;
    uint64_t iterations, calibrate_ns;
    bool cold; /* no warm-up: the iterations are long */
    int results_fd, trace_fd;
};

/*
 * Reads `key=value` arguments, and pins this process where one says so.  0, or
 * -errno after "refused=ARGUMENT" on standard output where one is at fault.
 * The request refers to `argv`.
 */
int request_parse(int argc, char *argv[], struct request *ret);

#endif
