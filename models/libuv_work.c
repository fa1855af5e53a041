/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is too long for a callback.  A piece in each turn of the loop leaves
 * the other lanes their turns; a worker thread leaves them the loop.
 */
#include "models/libuv_work.h"

#include <time.h>

static void on_turn(uv_idle_t *idle);

static void on_time(uv_timer_t *timer)
{
    struct libuv_works *works = timer->data;

    uv_idle_start(&works->idle, on_turn);
}

/* One piece in a turn of the loop: then come those that are ready. */
static void on_turn(uv_idle_t *idle)
{
    struct libuv_works *works = idle->data;
    struct libuv_work *done =
        (struct libuv_work *)work_queue_turn(&works->queue);
    int wait_ms;

    if (done)
        works->done(done);
    wait_ms = work_queue_wait_ms(&works->queue);
    if (wait_ms == 0)
        return;
    uv_idle_stop(idle);
    if (wait_ms > 0) /* all of it is for later */
        uv_timer_start(&works->timer, on_time, (uint64_t)wait_ms, 0);
}

/* On a worker thread, which has nothing else to do. */
static void on_worker(uv_work_t *request)
{
    static const struct timespec nap = {.tv_nsec = NS_PER_MS};
    struct libuv_work *work = request->data;
    enum work_left left;

    while ((left = conn_work(work->working.conn)) != WORK_DONE)
        if (left == WORK_LATER)
            nanosleep(&nap, NULL);
}

static void after_worker(uv_work_t *request, int status)
{
    struct libuv_work *work = request->data;

    (void)status; /* it is never cancelled */
    work->all->done(work);
}

void libuv_work_begin(struct libuv_works *works, struct libuv_work *work,
                      struct conn *conn)
{
    work->working.conn = conn;
    work->all = works;
    work->request.data = work;
    if (works->offload) {
        uv_queue_work(works->idle.loop, &work->request, on_worker,
                      after_worker);
        return;
    }
    work_queue_put(&works->queue, &work->working);
    uv_idle_start(&works->idle, on_turn);
}

void libuv_works_init(struct libuv_works *works, uv_loop_t *loop, bool offload,
                      void (*done)(struct libuv_work *work))
{
    *works = (struct libuv_works){.offload = offload, .done = done};
    work_queue_init(&works->queue);
    uv_idle_init(loop, &works->idle);
    uv_timer_init(loop, &works->timer);
    works->idle.data = works->timer.data = works;
}

void libuv_works_close(struct libuv_works *works)
{
    uv_close((uv_handle_t *)&works->idle, NULL);
    uv_close((uv_handle_t *)&works->timer, NULL);
}
