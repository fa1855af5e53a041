/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue of tasks for the workers of a pool. */
#include "models/wait/ready_queue.h"

size_t ready_queue_bytes(size_t size)
{
    return sizeof(struct ready_queue) + size * sizeof(size_t);
}

void ready_queue_init(struct ready_queue *q, size_t size, bool shared)
{
    int scope = shared ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE;
    pthread_mutexattr_t mutex;
    pthread_condattr_t cond;

    q->size = size;
    q->first = q->n = 0;
    q->over = false;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, scope);
    pthread_mutex_init(&q->lock, &mutex);
    pthread_mutexattr_destroy(&mutex);
    pthread_condattr_init(&cond);
    pthread_condattr_setpshared(&cond, scope);
    pthread_cond_init(&q->come, &cond);
    pthread_condattr_destroy(&cond);
}

void ready_queue_finish(struct ready_queue *q)
{
    pthread_cond_destroy(&q->come);
    pthread_mutex_destroy(&q->lock);
}

void ready_queue_put(struct ready_queue *q, size_t task)
{
    pthread_mutex_lock(&q->lock);
    q->tasks[(q->first + q->n++) % q->size] = task;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_signal(&q->come);
}

bool ready_queue_get(struct ready_queue *q, size_t *ret_task)
{
    bool any;

    pthread_mutex_lock(&q->lock);
    while (q->n == 0 && !q->over)
        pthread_cond_wait(&q->come, &q->lock);
    any = q->n > 0;
    if (any) {
        *ret_task = q->tasks[q->first];
        q->first = (q->first + 1) % q->size;
        q->n--;
    }
    pthread_mutex_unlock(&q->lock);
    return any;
}

void ready_queue_end(struct ready_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->over = true;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_broadcast(&q->come);
}
