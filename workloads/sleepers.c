/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "workloads/clock.h"
#include "workloads/kinds/sleepers.h"
#include "workloads/workload.h"

enum { TASKS, SLEEP, SPREAD, WAITS, N_WORKERS };

/* A model that takes longer does not sleep much at once. */
#define LONGEST_NS (10 * NS_PER_S)

static const struct parameter parameters[] = {
    [TASKS] = {.name = "tasks",
               .preset = 1000,
               .min = 1,
               .max = 10000000,
               .size = true,
               .always = true,
               .help = "tasks that sleep at once"},
    [SLEEP] = {.name = "sleep-ms",
               .unit = "ms",
               .preset = 100,
               .max = 10000,
               .always = true,
               .help = "how long each sleeps (0: its deadline has passed)"},
    [SPREAD] = {.name = "spread-ms",
                .unit = "ms",
                .preset = 0,
                .beside = 100,
                .max = 10000,
                .always = true,
                .help = "how much later the last deadline is than the first"
                        " (0: all are the same; `run` takes 100 as well)"},
    [WAITS] = {.name = "waits",
               .preset = 1,
               .min = 1,
               .max = 1000000,
               .help = "deadlines that each task waits for, one after another"},
    [N_WORKERS] = PARAMETER_WORKERS,
};

static uint64_t items(const struct setup *s)
{
    return s->values[TASKS] * s->values[WAITS];
}

static uint64_t tasks(const struct setup *s)
{
    return s->values[TASKS];
}

/* Of a task: on average it wakes in the middle of the spread. */
static uint64_t sleep_ns(const struct setup *s)
{
    return s->values[WAITS] *
           (s->values[SLEEP] * NS_PER_MS + s->values[SPREAD] * NS_PER_MS / 2);
}

static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t n = s->values[TASKS], waves = (n + at_once - 1) / at_once;

    return waves * sleep_ns(s) + items(s) * 1000 +
           (at_once > 1 ? s->values[SPREAD] * NS_PER_MS / 2 : 0);
}

static uint64_t patience_ns(const struct setup *s)
{
    uint64_t in_turn_ns = expected_ns(s, 1);

    return in_turn_ns < LONGEST_NS ? in_turn_ns : LONGEST_NS;
}

static int check(const struct setup *s, char *why, size_t size)
{
    uint64_t all_ns = expected_ns(s, s->values[TASKS]);

    if (all_ns <= LONGEST_NS)
        return 0;
    snprintf(why, size,
             "an iteration takes %.3g s at least; the limit is %.3g s: choose "
             "smaller values",
             (double)all_ns / 1e9, (double)LONGEST_NS / 1e9);
    return -EINVAL;
}

static size_t results_size(const struct setup *s)
{
    (void)s;
    return sizeof(struct sleep_results);
}

static size_t shared_size(const struct sleeping *job)
{
    return job->tasks * sizeof(uint64_t);
}

/* The layer's 8 bytes a task are in memory that processes share. */
static int prepare(struct work *w, const struct setup *s)
{
    struct sleeping *job = calloc(1, sizeof(*job) + sizeof(struct sleepers));
    struct sleepers *own = job ? (struct sleepers *)(job + 1) : NULL;

    if (!job)
        return -ENOMEM;
    *job = (struct sleeping){.tasks = s->values[TASKS],
                             .workers = s->values[N_WORKERS],
                             .sleepers = own};
    *own = (struct sleepers){.sleep_ns = s->values[SLEEP] * NS_PER_MS,
                             .spread_ns = s->values[SPREAD] * NS_PER_MS,
                             .waits = s->values[WAITS],
                             .seed = s->seed};
    own->tasks = mmap(NULL, shared_size(job), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (own->tasks == MAP_FAILED) {
        free(job);
        return -ENOMEM;
    }
    *w = (struct work){.job = job};
    return 0;
}

static void aim(struct work *w, const struct setup *s, void *results)
{
    struct sleep_results *r = results;
    struct sleeping *job = w->job;

    r->gate.expected = (uint32_t)s->values[TASKS];
    r->gate.sample_peak = w->sample_peak;
    r->gate.trace = w->trace;
    job->gate = &r->gate;
    job->now_ns = NULL;
    job->sleepers->results = r;
    job->sleepers->sample_peak = w->sample_peak;
}

static void finish(struct work *w)
{
    struct sleeping *job = w->job;

    munmap(job->sleepers->tasks, shared_size(job));
    free(job);
    w->job = NULL;
}

/* Of the wakes in a bucket, the longest is known exactly. */
static uint64_t lateness(const struct sleep_results *r, unsigned bucket,
                         uint32_t which)
{
    uint64_t ns = lateness_of(bucket);

    if (which == 0 && bucket == lateness_bucket(r->late_ns))
        return r->late_ns;
    return ns < r->late_ns ? ns : r->late_ns;
}

/* How many woke; with their lateness where that is wanted. */
static uint64_t count_wakes(const struct sleep_results *r, struct findings *f)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < LATENESS_BUCKETS; i++) {
        n += r->counts[i];
        for (uint32_t j = 0; f->take_time && j < r->counts[i]; j++)
            f->take_time(f, lateness(r, i, j), 0);
    }
    return n;
}

static void describe(const struct setup *s, const struct sleep_results *r,
                     uint64_t wakes, char *text, size_t size)
{
    if (r->early)
        snprintf(text, size,
                 "%" PRIu32 " of %" PRIu64
                 " wakes came before their deadline, by up to %" PRIu64 " ns",
                 r->early, items(s), r->early_ns);
    else if (r->unasked)
        snprintf(text, size, "%" PRIu32 " wakes of tasks that did not sleep",
                 r->unasked);
    else if (wakes != items(s))
        snprintf(text, size, "%" PRIu64 " wakes, should be %" PRIu64, wakes,
                 items(s));
    else
        snprintf(text, size,
                 "%" PRIu32 " tasks came and %" PRIu32
                 " left, should be %" PRIu64,
                 r->gate.entered, r->gate.left, s->values[TASKS]);
}

static void judge(const struct workload *w, const struct setup *s,
                  const void *expected, const void *results, struct findings *f)
{
    const struct sleep_results *r = results;
    uint64_t wakes = count_wakes(r, f);

    (void)w;
    (void)expected;
    f->iterations++;
    f->inner_ns += r->gate.left_ns - r->gate.opened_ns;
    if (r->gate.peak > f->peak)
        f->peak = r->gate.peak;
    if (wakes == items(s) && !r->early && !r->unasked &&
        r->gate.entered == s->values[TASKS] && r->gate.left == s->values[TASKS])
        return;
    f->wrong_iterations++;
    f->broken_iterations++;
    if (!f->text[0])
        describe(s, r, wakes, f->text, sizeof(f->text));
}

const struct workload workload_sleepers = {
    .name = "sleepers",
    .summary = "tasks sleep until their deadlines, many at once",
    .kind = &kind_sleeping,
    .item = "wake",
    .parameters = parameters,
    .n_parameters = sizeof(parameters) / sizeof(parameters[0]),
    .check = check,
    .items = items,
    .tasks = tasks,
    .expected_ns = expected_ns,
    .patience_ns = patience_ns,
    .longest_ns = LONGEST_NS,
    .results_size = results_size,
    .prepare = prepare,
    .aim = aim,
    .finish = finish,
    .judge = judge,
};
