/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_CELL_PROTOCOL_H
#define BATON_HARNESS_SAMPLE_CELL_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/results/sample.h"
#include "models/model.h"
#include "workloads/workload.h"

/*
 * The line protocol between a run and the process that takes one sample.  It is
 * frozen and versioned, so that a build can take samples of another one:
 *
 *   baton cell schema=1 workload=counter model=locked tasks=100 ...
 *       iterations=250 results_fd=3
 *
 * Keys: schema, workload, model, seed, the workload's parameters with '_' for
 * '-', iterations, calibrate_ns, cold (1: no warm-up), results_fd; then
 * trace_fd, pin (a CPU list), server (IPv4:port or [IPv6]:port), host,
 * addresses, refused_port, deaf_port, names_port, tls_port, authority (PEM),
 * path, reference_bytes, link and title (XPath) where they apply.
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

/* What `baton cell` is asked for: one sample of one cell. */
struct request {
    const struct workload *workload;
    const struct model *model;
    struct setup setup;
    uint64_t iterations, calibrate_ns;
    uint64_t cold;                 /* 1: no warm-up: the iterations are long */
    uint64_t results_fd, trace_fd; /* in that process; 0: none */
};

/* Its arguments, for exec(). */
struct arguments {
    char *argv[MAX_PARAMETERS + 32];
    size_t n;
    char text[8192];
    size_t used;
    bool full;
};

/* 0, or -E2BIG.  `pin` is the list of CPUs to run on, or NULL. */
int request_write(const struct request *r, const char *pin,
                  struct arguments *ret);

/*
 * Reads `key=value` arguments, and pins this process where one says so.  0, or
 * -errno after "refused=ARGUMENT" on standard output where one is at fault.
 * The request refers to `argv`; what is not asked for stays as it was in *ret.
 */
int request_parse(int argc, char *argv[], struct request *ret);

/* What the process reports besides the values of its sample. */
struct cell_report {
    uint64_t iteration_ns;
    uint64_t schema, results_bytes; /* of an iteration; 0: not reported */
    int error;                      /* of the model, or 0 */
    char refused[100];              /* "refused pages=7", or "" */
    bool ended;
    /* Of memory while all tasks were there, in bytes; 0: not measured. */
    double own_growth, kernel_growth;
};

/*
 * Reads what the process wrote: its own values go into *s, whose other members
 * stay.  Unknown keys are passed over.
 */
void cell_parse_report(char *text, struct sample *s, struct cell_report *ret);

/* main() of the process that takes the sample; its exit status. */
int cell_main(int argc, char *argv[]);

#endif
