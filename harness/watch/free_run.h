/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_FREE_RUN_H
#define BATON_HARNESS_WATCH_FREE_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "models/model.h"
#include "workloads/workload.h"

/*
 * Free runs of a model that counts, one after another, in this process: as the
 * kernel schedules them, without a clock beside them.
 */
struct free_run {
    const struct workload *workload;
    const struct model *model;
    struct setup setup;
    /* The rest is free_run_prepare()'s. */
    struct work work;
    void *results;
    size_t size;
};

/* 0 or -errno; free_run_finish() in any case. */
int free_run_prepare(struct free_run *r);
/*
 * One run, and the counter's last value.  0, -errno of the model, or -EPROTO:
 * not all of its tasks came to the gate and left.
 */
int free_run_once(struct free_run *r, uint64_t *ret_final);
void free_run_finish(struct free_run *r);

#endif
