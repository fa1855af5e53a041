/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_NAMES_H
#define BATON_HARNESS_RESULTS_NAMES_H

#include <stdbool.h>

#include "harness/results/sample.h"
#include "models/model.h"
#include "workloads/workload.h"

/* "latency-ms" as a key in files: "latency_ms". */
void parameter_key(const struct parameter *p, char *out, size_t size);

/*
 * Which parameter has the key, or is spelled so as an option: "latency_ms",
 * "latency-ms"; -1: none.
 */
int parameter_find(const struct workload *w, const char *text, size_t len);

/* One value of a parameter; 0, -EINVAL, or -ERANGE. */
int parameter_read(const struct parameter *p, const char *text, uint64_t *ret);

/*
 * "counter/locked/tasks:100/increments:1000": the parameters that always stand
 * in a name, and those that are not at their preset.
 */
void cell_name(const struct workload *w, const char *model,
               const uint64_t values[], char *out, size_t size);

/* The same of a sample; of an unknown workload, its texts. */
void sample_cell_name(const struct sample *s, char *out, size_t size);

/* Room for the name of any sample. */
enum { CELL_NAME_SIZE = 32 + SAMPLE_MODEL + SAMPLE_PARAMETERS };

/* "tasks=100,increments=1000,per_turn=0": all of them, as in samples.tsv. */
void cell_parameters(const struct workload *w, const uint64_t values[],
                     char *out, size_t size);

/*
 * Whether a wrong result is a defect: the model promised exact results, or the
 * workload is a download.
 */
bool cell_promised_exact(const struct workload *w, const struct model *m);

/*
 * The values behind cell_parameters(); keys that are missing keep their
 * preset.  0, or -EINVAL: a key that the workload does not have.
 */
int cell_values(const struct workload *w, const char *parameters,
                uint64_t values[]);

/* The parts of a cell's name; parameters that it leaves out are presets. */
struct cell_parts {
    const struct workload *workload;
    const struct model *model;
    uint64_t values[MAX_PARAMETERS];
};
/* Reads what cell_name() writes; -EINVAL: it names no cell, and why. */
int cell_read(const char *name, struct cell_parts *ret, char *why, size_t size);

#endif
