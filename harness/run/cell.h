/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RUN_CELL_H
#define BATON_HARNESS_RUN_CELL_H

#include "harness/results/names.h"
#include "harness/results/sample.h"
#include "models/model.h"
#include "workloads/workload.h"

/*
 * Inside the process that takes one sample: prepare, one warm-up iteration,
 * k timed ones, report.  The parent speaks to it in a line protocol, frozen
 * and versioned, so that a build can take samples of another one:
 *
 *   baton cell schema=1 workload=counter model=locked tasks=100 ...
 *       iterations=250 results_fd=3
 *
 * Keys: schema, workload, model, seed, the workload's parameters with '_' for
 * '-', iterations, calibrate_ns, cold (1: no warm-up), results_fd; then
 * trace_fd, pin (a CPU list), server (IPv4:port or [IPv6]:port), host,
 * refused_port, deaf_port, path, reference_bytes, link and title (XPath) where
 * they apply.
 *
 * The results of iteration i (0: the warm-up) go to byte i * results_size of
 * the memory behind results_fd, whose size says how many there is room for.
 * results_size depends on the build: "results_bytes=640" comes back.
 * Lines of key=value come back on standard output, the last one is "end=ok",
 * or "error=-11" when the model gave up (its errno).  With calibrate_ns
 * nothing is timed by Google Benchmark: iteration_ns is measured over about
 * that long instead, and written.  The memory behind trace_fd, when there is
 * one, holds a struct trace: of the last timed iteration.
 */
#define CELL_SCHEMA 1

/* Two fields of a sample come only from the child; the rest by name. */
struct cell_report {
    struct sample sample; /* real_ns ... fds_peak are set */
    uint64_t iteration_ns;
    uint64_t schema, results_bytes; /* of an iteration; 0: it did not say */
    int error;                      /* of the model, or 0 */
    bool ended;
};

/* The child's main(); the process's exit status. */
int cell_main(int argc, char *argv[]);

/* Reads what the child wrote.  Unknown keys are passed over. */
void cell_parse_report(char *text, struct cell_report *ret);

/* model_run() and the reason why it can't: NULL means that it can. */
int model_run(const struct model *m, struct work *work);
const char *model_gap(const struct model *m, enum kind kind);

#endif
