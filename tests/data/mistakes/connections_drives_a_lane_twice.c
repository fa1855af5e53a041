/* SPDX-License-Identifier: MIT */
/*
 * mine: the first lane is driven twice.
 *
 * Who runs it?  The kernel's scheduler: a thread for each lane.
 * How it waits.  In connect(), send() and recv().
 * Shared state.  None.
 */
#include <models/model.h>
#include <models/wait/blocking.h>
#include <models/wait/threads.h>

static void talk_one(void *context, size_t index)
{
    struct connections *work = context;

    blocking_talk(&work->conns[index]);
}

static int connect_all(struct connections *work)
{
    int error = threads_run(work->n, talk_one, NULL, work);

    return error || !work->n ? error : threads_run(1, talk_one, NULL, work);
}

static const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "the first lane is driven twice",
    .family = FAMILY_THREADS,
    .mark = 12,
    .counting = {.gap = "it only connects"},
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_THREAD},
    .sleeping = {.gap = "it only connects"},
    .relay = {.gap = "it only connects"},
};
BATON_MODELS(&model_mine);
