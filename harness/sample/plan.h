/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_PLAN_H
#define BATON_HARNESS_SAMPLE_PLAN_H

#include <stdbool.h>

#include "models/model.h"
#include "workloads/workload.h"

/* A cell: one (workload, model, parameters) triple, and how it is sampled. */
struct cell {
    const struct workload *workload;
    const struct model *model;
    struct setup setup;
    bool twin;             /* of the cell like it: measures noise */
    uint32_t most_rounds;  /* it is not in later ones; 0: in all */
    void *expected;        /* what the judge compares with */
    bool borrowed;         /* `expected` is another cell's */
    uint64_t iterations;   /* in a sample; 0 until calibrated */
    uint64_t extra;        /* of these: injected */
    uint64_t iteration_ns; /* as calibrated */
    /* As counted in the last warm-up. */
    uint64_t threads_peak, fds_peak, children_bytes;
    double own_growth, kernel_growth;
    /* As counted in the calibration, or in a sample for the heap alone. */
    uint64_t heap_left_bytes;
    double heap_growth_bytes;
    bool warm;       /* its samples have a warm-up, however long it takes */
    unsigned warmed; /* which start of its reference program was; 0: none */
};

/* Whether its samples have no warm-up. */
bool cell_is_cold(const struct cell *cell);

/* A cell that is not run, and why. */
struct gap {
    const struct workload *workload;
    const struct model *model;
    struct setup setup;
    bool by_limit; /* of time or the machine, at these parameters */
    char why[256];
};

struct plan {
    struct cell *cells;
    size_t n;
    struct gap *gaps;
    size_t n_gaps;
};

/*
 * Why `tasks` tasks of a kind cannot be run by a model: 0, it can; -ENOTSUP or
 * -E2BIG (too many for the model) and why; or -EDQUOT and which limit of the
 * machine is in the way.
 * `foreign`: with a server that is not the origin.
 */
int plan_refusal(const struct model *m, const struct kind *kind, uint64_t tasks,
                 uint64_t workers, bool foreign, char *why, size_t size);

/*
 * Adds the cell, or a gap when the model is absent, has no such kind, would
 * take too long, or the machine's limits are in the way: 1 is a gap by a limit
 * of the machine, 0 all else, -errno without memory.  Neither a cell nor a gap
 * is added twice.
 */
int plan_add(struct plan *plan, const struct workload *workload,
             const struct model *model, const struct setup *setup);
/*
 * Adds the cell at `index` once more, as its twin: the two do identical work,
 * so what their ratio differs from 1 by is noise.  Its index, or -ENOMEM.
 */
long plan_add_twin(struct plan *plan, size_t index);
/*
 * Leaves the cells for which stays[] is true.  A cell whose work another one
 * shares goes with it, or stays with it.
 */
void plan_keep(struct plan *plan, const bool stays[]);
/*
 * A hash of all cells: parts of one experiment have the same.  Those of a check
 * whose candidate has other cells are in `other`; NULL: there are none.
 */
uint64_t plan_hash(const struct plan *plan, const struct plan *other);
void plan_finish(struct plan *plan);

/* The index of a cell that is no twin, or -1. */
long plan_find(const struct plan *plan, const char *workload, const char *model,
               const uint64_t values[]);

#endif
