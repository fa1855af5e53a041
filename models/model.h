/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_MODEL_H
#define BATON_MODELS_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "workloads/kinds/connections.h"
#include "workloads/kinds/counting.h"

/*
 * The contract of a concurrency model: who runs the work, and how it waits.
 * A model is one file named after it, one row in models/meson.build, and
 * one of these structs, constant, at the bottom of the file:
 *
 *     const struct model model_thread_per_socket = {
 *         .name = "thread-per-socket", ...
 *
 * It includes this header and nothing of the workloads or the harness beyond
 * what this header includes.  docs/adding-a-model.md shows a complete one.
 */

/* What the judge holds a model to. */
enum promise {
    PROMISE_EXACT,    /* a wrong counter is a defect: exit 1 */
    PROMISE_MAY_LOSE, /* losing updates is what the model demonstrates */
};

/* What the audit expects to be in flight at once. */
enum width {
    WIDTH_ONE, /* one task or lane after another */
    WIDTH_ALL, /* all tasks or lanes at once */
};

/* What one task or lane costs the kernel, for refusing too many beforehand. */
enum unit {
    UNIT_NONE,   /* a struct */
    UNIT_THREAD, /* a thread: limits of the user, the machine, the cgroup */
};

struct model {
    const char *name;    /* the file's name with '-' for '_' */
    const char *label;   /* for charts: "threads, no lock" */
    const char *summary; /* a line for `baton list` */

    /*
     * Why the model cannot be had in this build (its library is missing), or
     * NULL.  Set by the build for a model that it left out.
     */
    const char *absent;
    /*
     * 0, or -errno when this machine refuses what the model needs.  Called
     * once, by the process that will run it and by `baton list`.  NULL: 0.
     */
    int (*probe)(void);

    /*
     * The kinds of work, called by the harness on the main thread of a fresh
     * process, several times one after another.  Each returns 0 when all
     * tasks or lanes are done and all that it started is joined and closed;
     * or -errno after joining what it had started, when the model itself
     * could not go on (no more threads): that sample is dropped, loudly.  A
     * connection that fails is not a model that fails.  NULL: not applicable,
     * shown as a gap with the reason in *_gap.
     */
    int (*run_counting)(struct counting *work);
    int (*run_connections)(struct connections *work);
    const char *counting_gap, *connections_gap;

    enum promise counter, split; /* without and with a hand-over inside */
    enum width width;
    enum unit unit;
    /* Talks to work->answering, so no server witnesses what it does. */
    bool in_memory;
};

/* Generated from the rows of models/meson.build, in their order. */
extern const struct model *const models[];
extern const size_t n_models;

const struct model *model_find(const char *name); /* or NULL */

#endif
