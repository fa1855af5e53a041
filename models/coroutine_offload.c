/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What would keep the one thread of all coroutines goes to other threads, and
 * its coroutine waits for an eventfd, as it would for a socket.
 */
#include "models/coroutine_offload.h"

#include <sys/eventfd.h>
#include <time.h>

/* NULL: there will be no more. */
static struct job *take(struct offload *o)
{
    struct job *job;

    pthread_mutex_lock(&o->lock);
    while (!(job = STAILQ_FIRST(&o->jobs)) && !o->over)
        pthread_cond_wait(&o->come, &o->lock);
    if (job)
        STAILQ_REMOVE_HEAD(&o->jobs, behind);
    pthread_mutex_unlock(&o->lock);
    return job;
}

static void *work(void *data)
{
    static const struct timespec nap = {.tv_nsec = NS_PER_MS};
    struct offload *o = data;
    struct job *job;

    while ((job = take(o))) {
        enum work_left left;

        while ((left = conn_work(job->conn)) != WORK_DONE)
            if (left == WORK_LATER)
                nanosleep(&nap, NULL);
        eventfd_write(job->done_fd, 1);
    }
    return NULL;
}

int offload_init(struct offload *o)
{
    int error = 0;

    *o = (struct offload){.lock = PTHREAD_MUTEX_INITIALIZER,
                          .come = PTHREAD_COND_INITIALIZER};
    STAILQ_INIT(&o->jobs);
    for (; o->n < MODEL_WORKERS && !error; o->n += !error)
        error = pthread_create(&o->threads[o->n], NULL, work, o);
    return -error;
}

void offload_finish(struct offload *o)
{
    pthread_mutex_lock(&o->lock);
    o->over = true;
    pthread_mutex_unlock(&o->lock);
    pthread_cond_broadcast(&o->come);
    for (size_t i = 0; i < o->n; i++)
        pthread_join(o->threads[i], NULL);
    pthread_cond_destroy(&o->come);
    pthread_mutex_destroy(&o->lock);
}

void offload_put(struct offload *o, struct job *job)
{
    pthread_mutex_lock(&o->lock);
    STAILQ_INSERT_TAIL(&o->jobs, job, behind);
    pthread_mutex_unlock(&o->lock);
    pthread_cond_signal(&o->come);
}
