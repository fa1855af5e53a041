/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/grade/hostile.h"

#include <errno.h>
#include <signal.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/grade/hostile_play.h"
#include "harness/process/child.h"
#include "harness/watch/stepper.h"
#include "workloads/clock.h"

static const struct schedule_row {
    const char *name;
    uint64_t tasks, increments;
    unsigned seeds; /* 0: the parts, and then all in turn */
    size_t n_parts;
    struct hostile_part parts[6];
} schedules[] = {
    {.name = "one preemption between load and store",
     .tasks = 2,
     .increments = 3,
     .n_parts = 3,
     .parts = {{UNTIL_LOADED, 0, 0}, {UNTIL_DONE, 1, 0}, {UNTIL_DONE, 0, 0}}},
    {.name = "the worst order, which leaves 2 where nothing guards",
     .tasks = 2,
     .increments = 10,
     .n_parts = 6,
     .parts = {{UNTIL_LOADED, 0, 0},
               {UNTIL_STORES, 1, 9},
               {UNTIL_STORES, 0, 1},
               {UNTIL_LOADED, 1, 0},
               {UNTIL_DONE, 0, 0},
               {UNTIL_DONE, 1, 0}}},
    {.name = "50 random orders", .tasks = 3, .increments = 3, .seeds = 50},
};
const size_t n_hostile = sizeof(schedules) / sizeof(schedules[0]);

const char *hostile_name(size_t i)
{
    return schedules[i].name;
}

enum { LONGEST_S = 10 };

/* What the process of a schedule works on, and where its result goes. */
struct playing {
    const struct schedule_row *row;
    const struct model *model;
    struct stepper *stepper;
    struct shared {
        bool finished;
        struct hostile_result result;
    } * shared;
};

/* The store that erased most; NULL: none did. */
static const struct step *worst(const struct stepper *s)
{
    size_t n;
    const struct step *log = stepper_log(s, &n), *found = NULL;

    for (size_t i = 0; i < n; i++)
        if (log[i].erased > (found ? found->erased : 0))
            found = &log[i];
    return found;
}

static void tell_lost(const struct playing *p, struct hostile_result *ret)
{
    const struct step *step = worst(p->stepper);
    uint64_t counter = stepper_counter(p->stepper);
    uint64_t items = stepper_items(p->stepper);

    ret->end = HOSTILE_FAILED;
    if (step)
        snprintf(ret->seen, sizeof(ret->seen),
                 "counter %" PRIu64 ", should be %" PRIu64
                 ": task %u stored %" PRIu64 ", which it had made of an old "
                 "value, and erased %" PRId64 " increments of others",
                 counter, items, step->task + 1, step->value, step->erased);
    else
        snprintf(ret->seen, sizeof(ret->seen),
                 "counter %" PRIu64 ", should be %" PRIu64, counter, items);
    snprintf(ret->next, sizeof(ret->next),
             "another task can run between the load and the store: hold a lock "
             "around both, or make them one with counter_add()");
}

static void tell_stuck(const struct playing *p, struct hostile_result *ret)
{
    char why[256] = "the tasks do not come to an end";

    stepper_stuck(p->stepper, why, sizeof(why));
    ret->end = HOSTILE_FAILED;
    snprintf(ret->seen, sizeof(ret->seen), "%s", why);
    snprintf(ret->next, sizeof(ret->next),
             "each way out of the code that a lock guards releases it, and a "
             "task never takes a lock that it has");
}

/* What it did with the counter; a value from elsewhere has no step. */
static void judge(const struct playing *p, struct hostile_result *ret)
{
    enum promise promise = p->model->counting.plain;
    uint64_t counter = stepper_counter(p->stepper), stores = 0;
    uint64_t items = stepper_items(p->stepper);

    for (size_t i = 0; i < stepper_tasks(p->stepper); i++)
        stores += hostile_stores(p->stepper, i);
    if (!stepper_over(p->stepper)) {
        tell_stuck(p, ret);
    } else if (counter != items && promise == PROMISE_EXACT) {
        tell_lost(p, ret);
    } else if (!stores) {
        ret->end = HOSTILE_FAILED;
        snprintf(ret->seen, sizeof(ret->seen),
                 "the counter is %" PRIu64 " and no task stored it", counter);
        snprintf(ret->next, sizeof(ret->next),
                 "the counter is reached through counter_load(), "
                 "counter_store(), counter_add() and counter_cas() alone");
    } else if (counter != items) {
        snprintf(ret->seen, sizeof(ret->seen),
                 "counter %" PRIu64 " of %" PRIu64 "; it promises no more",
                 counter, items);
    }
}

static int play_once(struct playing *p, uint64_t seed,
                     struct hostile_result *ret)
{
    const struct workload *w = NULL;
    struct setup setup = {.seed = seed};
    struct stepper_job job = {p->model, NULL, &setup};
    char why[256];
    int error = 0;

    for (size_t i = 0; i < n_workloads && !w; i++)
        if (workloads[i]->kind == &kind_counting && !workloads[i]->split)
            w = workloads[i];
    job.workload = w;
    workload_presets(w, setup.values);
    setup.values[workload_parameter(w, "tasks")] = p->row->tasks;
    setup.values[workload_parameter(w, "increments")] = p->row->increments;
    if (stepper_gap(&job)) {
        ret->end = HOSTILE_SKIPPED;
        snprintf(ret->seen, sizeof(ret->seen), "%s", stepper_gap(&job));
        return -ENOTSUP;
    }
    error = stepper_create(&job, &p->stepper, why, sizeof(why));
    if (error) {
        ret->end = HOSTILE_FAILED;
        snprintf(ret->seen, sizeof(ret->seen), "%s", why);
        return error;
    }
    for (size_t i = 0; i < p->row->n_parts && !error; i++)
        error = hostile_play(p->stepper, &p->row->parts[i]);
    while (p->row->seeds && !error && !stepper_over(p->stepper))
        error = stepper_random(p->stepper, &seed);
    if (!error)
        hostile_rest(p->stepper);
    judge(p, ret);
    return 0;
}

static int play(void *context)
{
    struct playing *p = context;
    struct hostile_result result = {0};
    uint64_t counter;
    unsigned seed = 0;
    int error;

    do {
        error = play_once(p, seed++, &result);
        /* A task that is stuck would not let the model return. */
        if (!error && result.end == HOSTILE_PASSED)
            stepper_destroy(p->stepper, &counter);
    } while (!error && result.end == HOSTILE_PASSED && seed < p->row->seeds);
    if (!error && result.end == HOSTILE_FAILED && p->row->seeds) {
        size_t len = strlen(result.seen);

        snprintf(result.seen + len, sizeof(result.seen) - len, " (seed %u)",
                 seed - 1);
    }
    p->shared->result = result;
    p->shared->finished = true;
    return 0;
}

/* By its deadline, or by the limit of CPU time. */
static bool was_endless(const struct child *child)
{
    int status = child->wait_status;

    return child->hung ||
           (WIFSIGNALED(status) &&
            (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU));
}

static void tell_end(const struct child *child, struct hostile_result *ret)
{
    char end[128];

    child_describe_end(child, end, sizeof(end));
    ret->end = HOSTILE_FAILED;
    snprintf(ret->seen, sizeof(ret->seen),
             "the process of the model ended in the middle: %s", end);
    snprintf(ret->next, sizeof(ret->next), "%s",
             was_endless(child)
                 ? "a loop that is left by no condition: the limit of the box "
                   "ended it"
                 : "what a signal ended runs in a debugger, too; a "
                   "model calls neither exit() nor _exit()");
}

int hostile_run(size_t i, const struct model *m, struct hostile_result *ret)
{
    struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct playing playing = {
        .row = &schedules[i], .model = m, .shared = shared};
    struct child child = {0};
    int error;

    if (shared == MAP_FAILED)
        return -ENOMEM;
    *ret = (struct hostile_result){0};
    error = child_fork(&child, play, &playing);
    if (!error) {
        child.spawned_ns = clock_ns();
        child.deadline_ns = child.spawned_ns + LONGEST_S * NS_PER_S;
        error = child_attend(&child);
        child_reap(&child);
        if (shared->finished)
            *ret = shared->result;
        else
            tell_end(&child, ret);
    }
    munmap(shared, sizeof(*shared));
    return error;
}
