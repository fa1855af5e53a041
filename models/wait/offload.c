/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/wait/offload.h"

#include <time.h>

/* NULL: there will be no more. */
static struct working *take(struct offload *o)
{
    struct working *lane;

    pthread_mutex_lock(&o->lock);
    while (!(lane = STAILQ_FIRST(&o->lanes)) && !o->over)
        pthread_cond_wait(&o->come, &o->lock);
    if (lane)
        STAILQ_REMOVE_HEAD(&o->lanes, next);
    pthread_mutex_unlock(&o->lock);
    return lane;
}

static void *work(void *data)
{
    static const struct timespec nap = {.tv_nsec = NS_PER_MS};
    struct offload *o = data;
    struct working *lane;

    while ((lane = take(o))) {
        enum work_left left;

        while ((left = conn_work(lane->conn)) != WORK_DONE)
            if (left == WORK_LATER)
                nanosleep(&nap, NULL);
        o->done(lane);
    }
    return NULL;
}

int offload_init(struct offload *o, void (*done)(struct working *lane))
{
    int error = 0;

    *o = (struct offload){.lock = PTHREAD_MUTEX_INITIALIZER,
                          .come = PTHREAD_COND_INITIALIZER,
                          .done = done};
    STAILQ_INIT(&o->lanes);
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

void offload_put(struct offload *o, struct working *lane)
{
    pthread_mutex_lock(&o->lock);
    STAILQ_INSERT_TAIL(&o->lanes, lane, next);
    pthread_mutex_unlock(&o->lock);
    pthread_cond_signal(&o->come);
}
