/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_READY_QUEUE_H
#define BATON_MODELS_WAIT_READY_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The tasks of a pool that can go on, first come, first served; the others hold
 * no worker.  A mutex and a condition variable, in the memory of the caller.
 */
struct ready_queue {
    pthread_mutex_t lock;
    pthread_cond_t come;
    size_t size, first, n;
    bool over;
    size_t tasks[]; /* a ring */
};

/* Of a queue for so many tasks. */
size_t ready_queue_bytes(size_t size);
/* `shared`: the memory is mapped to be shared, and its users are processes. */
void ready_queue_init(struct ready_queue *q, size_t size, bool shared);
void ready_queue_finish(struct ready_queue *q);

void ready_queue_put(struct ready_queue *q, size_t task);
/* Waits for a task; false: there will be no more. */
bool ready_queue_get(struct ready_queue *q, size_t *ret_task);
/* There will be no more. */
void ready_queue_end(struct ready_queue *q);

#endif
