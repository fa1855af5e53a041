/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_OFFLOAD_H
#define BATON_MODELS_WAIT_OFFLOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "models/wait/working.h"

/* Threads beside those of the lanes, for heavy work (CONN_WORK). */
struct offload {
    pthread_mutex_t lock;
    pthread_cond_t come;
    STAILQ_HEAD(, working) lanes;
    void (*done)(struct working *lane);
    bool over;
    size_t n;
    pthread_t threads[MODEL_WORKERS];
};

/*
 * Starts the threads: 0, or -errno when not all could be started.  On one of
 * them done() is called when all work of a lane is done.
 */
int offload_init(struct offload *o, void (*done)(struct working *lane));
/* Joins those that were, when the work of all lanes is done. */
void offload_finish(struct offload *o);

/* All work of a lane that is due. */
void offload_put(struct offload *o, struct working *lane);

#endif
