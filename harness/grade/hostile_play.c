/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/grade/hostile_play.h"

#include "harness/watch/stepper.h"

enum {
    PATIENCE = 2000, /* steps of a task that does not store: it spins */
    MOST_STEPS = 50000,
};

uint64_t hostile_stores(const struct stepper *s, size_t task)
{
    size_t n;
    const struct step *log = stepper_log(s, &n);
    uint64_t stores = 0;

    for (size_t i = 0; i < n; i++)
        stores += log[i].task == task &&
                  (log[i].kind == STEP_STORE || log[i].kind == STEP_ADD ||
                   log[i].kind == STEP_CAS);
    return stores;
}

static bool has_reached(const struct stepper *s,
                        const struct hostile_part *part)
{
    struct task_view view = stepper_task(s, part->task);

    if (view.state != TASK_HELD)
        return true; /* it cannot go on: others are to */
    if (part->until == UNTIL_LOADED)
        return view.loaded;
    return part->until == UNTIL_STORES &&
           hostile_stores(s, part->task) >= part->stores;
}

int hostile_play(struct stepper *s, const struct hostile_part *part)
{
    uint64_t taken;
    int error = 0;

    if (part->task >= stepper_tasks(s))
        return 0;
    for (int n = 0; n < PATIENCE && !error && !has_reached(s, part); n++)
        error = stepper_grant(s, part->task, 1, &taken);
    return error;
}

int hostile_rest(struct stepper *s)
{
    uint64_t taken;
    bool went = true;
    int error = 0;

    for (int n = 0; n < MOST_STEPS && went && !error && !stepper_over(s); n++) {
        went = false;
        for (size_t i = 0; i < stepper_tasks(s) && !error; i++)
            if (stepper_task(s, i).state == TASK_HELD) {
                error = stepper_grant(s, i, 1, &taken);
                went = true;
            }
    }
    return error;
}
