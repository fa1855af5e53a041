/* SPDX-License-Identifier: MIT */
/*
 * mine: load and store without a lock.
 *
 * Who runs it?  The kernel's scheduler: a thread for each task.
 * How it waits.  It does not.
 * Shared state.  The counter, without a guard.
 */
#include <models/model.h>
#include <models/wait/guarded.h>

static void count_task(const struct counting *work, size_t task, void *guard)
{
    (void)guard;
    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        uint64_t value = counter_load(work);

        counter_hold(work);
        counter_store(work, value + 1);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    return guarded_run(work, count_task, NULL);
}

static const struct model model_mine = {
    .contract = MODEL_CONTRACT,
    .name = "mine",
    .label = "mine",
    .summary = "load and store without a lock",
    .family = FAMILY_LOCKS,
    .mark = 12,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.gap = "it only guards a counter"},
};
BATON_MODELS(&model_mine);
