/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_MODELS_COROUTINE_OFFLOAD_H
#define BATON_MODELS_COROUTINE_OFFLOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "workloads/kinds/connections.h"

/* Threads beside that of the coroutines, for heavy work (CONN_WORK). */
struct offload {
    pthread_mutex_t lock;
    pthread_cond_t come;
    STAILQ_HEAD(, job) jobs;
    bool over;
    size_t n;
    pthread_t threads[MODEL_WORKERS];
};

/* All work of a lane that is due; on the stack of its coroutine. */
struct job {
    struct conn *conn;
    int done_fd; /* an eventfd, which is written when it is done */
    STAILQ_ENTRY(job) behind;
};

/* Starts the threads: 0, or -errno when not all could be started. */
int offload_init(struct offload *o);
/* Joins those that were. */
void offload_finish(struct offload *o);

void offload_put(struct offload *o, struct job *job);

#endif
