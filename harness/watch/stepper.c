/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stepper's side: it waits until all threads are at rest, and grants. */
#include "harness/watch/stepper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/watch/probe.h"
#include "harness/watch/runners.h"
#include "models/model.h"
#include "workloads/clock.h"

enum { ALIGNMENT = 64 };

/* For a model to return. */
static const uint64_t ending_ns = 5 * NS_PER_S;

const char *stepper_gap(const struct stepper_job *job)
{
    if (job->workload->kind != &kind_counting)
        return "only tasks that count have steps";
    if (model_gap(job->model, job->workload->kind))
        return model_gap(job->model, job->workload->kind);
    if (model_ability(job->model, job->workload->kind).unit == UNIT_PROCESS)
        return "its tasks are processes: they cannot be held at a step, for "
               "the stepper holds threads of its own process";
    return NULL;
}

static void *drive(void *data)
{
    struct stepper *s = data;

    s->error = model_run(s->job.model, s->job.workload->kind, s->work.job);
    atomic_store(&s->returned, 1);
    runners_report(s);
    return NULL;
}

/* The job's memory, with the counter at zero. */
static int prepare(struct stepper *s)
{
    const struct workload *w = s->job.workload;
    size_t size = w->results_size(&s->setup);
    int error;

    s->results = aligned_alloc(ALIGNMENT,
                               (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    s->tasks = calloc(w->tasks(&s->setup), sizeof(*s->tasks));
    if (!s->results || !s->tasks)
        return -ENOMEM;
    memset(s->results, 0, size);
    error = w->prepare(&s->work, &s->setup);
    if (error)
        return error;
    w->aim(&s->work, &s->setup, s->results);
    s->counting = s->work.job;
    return 0;
}

static void release(struct stepper *s)
{
    struct runner *after;

    for (struct runner *r = s->runners; r; r = after) {
        after = r->after;
        if (r->probed)
            probe_close(&r->probe);
        free(r);
    }
    if (s->work.job)
        s->job.workload->finish(&s->work);
    free(s->results);
    free(s->tasks);
    free(s->log);
    free(s->owners);
    free(s);
}

static int start(struct stepper *s, char *why, size_t size)
{
    int error;

    runners_watch(s);
    error = -pthread_create(&s->driver, NULL, drive, s);
    if (error) {
        runners_watch(NULL);
        release(s);
        snprintf(why, size, "no thread could be started: %s", strerror(-error));
        return error;
    }
    error = runners_rest(s);
    if (s->returned && s->error) {
        error = s->error;
        snprintf(why, size, "the model has failed: %s", strerror(-error));
    } else if (error) {
        snprintf(why, size,
                 "%u of %zu tasks have come to the gate, and the others do "
                 "not: the model would wait without end",
                 s->counting->gate->entered, s->counting->tasks);
    }
    if (error)
        stepper_destroy(s, NULL);
    return error;
}

int stepper_create(const struct stepper_job *job, struct stepper **ret,
                   char *why, size_t size)
{
    static uint64_t number;
    struct stepper *s = calloc(1, sizeof(*s));
    int error;

    if (!s)
        return -ENOMEM;
    s->number = ++number;
    s->job = *job;
    s->setup = *job->setup;
    atomic_flag_clear(&s->busy);
    error = prepare(s);
    if (error) {
        release(s);
        snprintf(why, size, "%s", strerror(-error));
        return error;
    }
    error = start(s, why, size);
    if (!error)
        *ret = s;
    return error;
}

size_t stepper_tasks(const struct stepper *s)
{
    return s->counting->tasks;
}

uint64_t stepper_counter(const struct stepper *s)
{
    return atomic_load(s->counting->counter);
}

uint64_t stepper_items(const struct stepper *s)
{
    return s->job.workload->items(&s->setup);
}

const struct step *stepper_log(const struct stepper *s, size_t *ret_n)
{
    *ret_n = s->n;
    return s->log;
}

static enum task_state state_of(const struct stepped *task, size_t number)
{
    const struct runner *r = task->runner;

    if (task->done)
        return TASK_DONE;
    if (!r)
        return TASK_COMING;
    if (r->task != number)
        return TASK_QUEUED;
    switch (atomic_load(&r->state)) {
    case RUNNER_HELD:
        return TASK_HELD;
    case RUNNER_BLOCKED:
        return TASK_BLOCKED;
    default:
        return r->spins ? TASK_SPINS : TASK_WAITS;
    }
}

struct task_view stepper_task(const struct stepper *s, size_t number)
{
    const struct stepped *task = &s->tasks[number];
    const struct runner *r = task->runner;
    struct task_view view = {.state = state_of(task, number),
                             .holder = STEP_NO_TASK,
                             .steps = task->steps,
                             .loaded = task->loaded,
                             .value = task->value};

    if (view.state == TASK_HELD)
        view.next = r->next;
    if (view.state == TASK_BLOCKED)
        view.holder = runners_owner((struct stepper *)s, r->lock);
    return view;
}

int stepper_grant(struct stepper *s, size_t task, uint64_t n,
                  uint64_t *ret_taken)
{
    struct runner *r = s->tasks[task].runner;
    uint64_t before = s->tasks[task].steps;
    int error;

    if (n == 0)
        return -EINVAL;
    if (state_of(&s->tasks[task], task) != TASK_HELD)
        return -EBUSY;
    r->budget = n;
    r->vain = 0;
    runners_go(r);
    error = runners_rest(s);
    if (!error && ret_taken)
        *ret_taken = s->tasks[task].steps - before;
    return error;
}

bool stepper_over(const struct stepper *s)
{
    return atomic_load(&s->returned);
}

static void open_all(struct stepper *s)
{
    atomic_store(&s->free, true);
    for (struct runner *r = s->runners; r; r = r->after)
        if (runners_is_held(r) || atomic_load(&r->state) == RUNNER_WAKES)
            runners_go(r);
}

/* Nothing is held any more, and no thread goes on. */
static bool never_returns(uint64_t end_ns)
{
    return clock_ns() > end_ns ||
           (clock_ns() + ending_ns > end_ns + 200 * NS_PER_MS &&
            probe_all_asleep(true));
}

int stepper_destroy(struct stepper *s, uint64_t *ret_counter)
{
    uint64_t end_ns = clock_ns() + ending_ns;
    int error;

    open_all(s);
    while (!atomic_load(&s->returned)) {
        uint32_t seen = atomic_load(&s->reports);

        if (never_returns(end_ns)) {
            runners_watch(NULL);
            return -ETIMEDOUT;
        }
        futex_wait(&s->reports, seen, NS_PER_MS);
        open_all(s);
    }
    pthread_join(s->driver, NULL);
    runners_watch(NULL);
    error = s->error;
    if (ret_counter)
        *ret_counter = stepper_counter(s);
    release(s);
    return error;
}
