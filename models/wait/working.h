/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_WORKING_H
#define BATON_MODELS_WAIT_WORKING_H

#include <stddef.h>
#include <sys/queue.h>

#include "workloads/kinds/connections.h"

/*
 * Heavy work (CONN_WORK) of lanes that share a thread.  Such lanes stand in a
 * queue, of which the loop does one piece in each turn; then it serves those
 * that are ready.
 */
struct working {
    struct conn *conn;
    STAILQ_ENTRY(working) next;
};

struct work_queue {
    STAILQ_HEAD(, working) lanes;
    size_t n;
    size_t later; /* WORK_LATER without a piece of another lane between */
};

static inline void work_queue_init(struct work_queue *q)
{
    STAILQ_INIT(&q->lanes);
    q->n = q->later = 0;
}

static inline void work_queue_put(struct work_queue *q, struct working *lane)
{
    STAILQ_INSERT_TAIL(&q->lanes, lane, next);
    q->n++;
}

/* A piece of the first lane.  NULL: there is none, or it has more to do. */
static inline struct working *work_queue_turn(struct work_queue *q)
{
    struct working *lane = STAILQ_FIRST(&q->lanes);
    enum work_left left;

    if (!lane)
        return NULL;
    STAILQ_REMOVE_HEAD(&q->lanes, next);
    q->n--;
    left = conn_work(lane->conn);
    q->later = left == WORK_LATER ? q->later + 1 : 0;
    if (left == WORK_DONE)
        return lane;
    work_queue_put(q, lane);
    return NULL;
}

/* How long the loop may wait for events.  -1: as long as it likes. */
static inline int work_queue_wait_ms(const struct work_queue *q)
{
    if (q->n == 0)
        return -1;
    return q->later >= q->n ? 1 : 0;
}

#endif
