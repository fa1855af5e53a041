/* SPDX-License-Identifier: MIT */
/*
 * mine: a thread for each lane, and calls that block.
 *
 * Replace this, and answer these questions for your model:
 *
 * Who runs it?  Which scheduler decides whose turn it is, and where can it
 *   interrupt a lane?
 * How it waits.  What does a lane do while no byte comes, and what ends that?
 * Shared state.  What is used by several lanes, and what guards it?
 */
#include "models/model.h"
#include "models/wait/blocking.h"
#include "models/wait/threads.h"

/*
 * Drives a lane from conn_start() to CONN_DONE; models/wait/talk.h has the
 * steps, for a model that waits in another way.
 */
static void talk_one(void *context, size_t index)
{
    struct connections *work = context;

    blocking_talk(&work->conns[index]);
}

/* A thread for each lane; all are joined. */
static int connect_all(struct connections *work)
{
    return threads_run(work->n, talk_one, NULL, work);
}

const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "a thread for each lane, calls that block",
    .family = FAMILY_THREADS,
    .mark = 12,
    .counting = {.gap = "it only connects"},
    /* What it promises; the checks compare it with what the model does. */
    .connections = {.run = connect_all,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_THREAD},
    .sleeping = {.gap = "it only connects"},
    .relay = {.gap = "it only connects"},
};
BATON_MODELS(&model_mine);
