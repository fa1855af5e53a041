/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The loop of epoll.c, once for each thread: the lanes are dealt out before the
 * threads start, and no loop touches those of another one.  With --offload
 * further threads have the heavy work of all loops.
 */
#include "models/epoll_mt.h"

#include <errno.h>
#include <stdlib.h>

#include "models/wait/bursts.h"
#include "models/wait/epoll_loop.h"
#include "models/wait/offload.h"
#include "models/wait/threads.h"

struct team {
    struct connections *work;
    struct epoll_loop **loops;
    size_t n;
    struct offload offload;
};

/* A loop has every so many-th lane. */
static void run(void *context, size_t number)
{
    struct team *team = context;
    struct epoll_loop *loop = team->loops[number];
    int error = 0;

    for (size_t i = 0; !error && i < loop->n; i++) {
        lanes_start(&loop->lanes, &loop->each[i],
                    &team->work->conns[i * team->n + number]);
        if (burst_ends(i))
            error = epoll_loop_turn(loop, false);
    }
    while (!error && loop->lanes.left > 0)
        error = epoll_loop_turn(loop, true);
    loop->lanes.error = error;
}

static int run_all(struct team *team)
{
    struct offload *offload = team->work->offload ? &team->offload : NULL;
    size_t n = team->n;
    int error = offload ? offload_init(offload, epoll_loop_hand_back) : 0;

    for (size_t i = 0; !error && i < n; i++)
        error = epoll_loop_create((team->work->n - i + n - 1) / n, offload,
                                  &team->loops[i]);
    if (!error)
        error = threads_run(n, run, NULL, team);
    if (offload)
        offload_finish(offload);
    for (size_t i = 0; i < n; i++) {
        int own = epoll_loop_destroy(team->loops[i]);

        error = error ? error : own;
    }
    return error;
}

int epoll_mt_talk(struct connections *work)
{
    size_t n = epoll_mt_loops(work->workers, work->n);
    struct team team = {
        .work = work,
        .loops = calloc(n + 1, sizeof(struct epoll_loop *)),
        .n = n,
    };
    int error = team.loops ? run_all(&team) : -ENOMEM;

    free(team.loops);
    return error;
}
