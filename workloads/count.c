/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/count.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TASKS, INCREMENTS, PER_TURN, N_WORKERS };

const struct parameter count_parameters[COUNT_PARAMETERS] = {
    [TASKS] = {.name = "tasks",
               .preset = 100,
               .min = 1,
               .max = 1000000,
               .size = true,
               .always = true,
               .help = "tasks that count at once"},
    [INCREMENTS] = {.name = "increments",
                    .preset = 1000,
                    .min = 1,
                    .max = UINT64_C(1000000000000),
                    .size = true,
                    .always = true,
                    .help = "increments that each task makes"},
    [PER_TURN] = {.name = "per-turn",
                  .preset = 0,
                  .max = UINT64_C(1000000000000),
                  .help = "increments before a cooperative task hands over"
                          " (0: all)"},
    [N_WORKERS] = PARAMETER_WORKERS,
};

int count_check(const struct setup *s, char *why, size_t size)
{
    if (count_items(s) <= UINT64_C(1000000000000))
        return 0;
    snprintf(why, size,
             "%" PRIu64 " increments in one iteration take hours; "
             "at most 10^12",
             count_items(s));
    return -EINVAL;
}

uint64_t count_items(const struct setup *s)
{
    return s->values[TASKS] * s->values[INCREMENTS];
}

uint64_t count_tasks(const struct setup *s)
{
    return s->values[TASKS];
}

/* Between a store alone and a contended lock; a task's thread takes 10 us. */
uint64_t count_expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t increment_ns = at_once > 1 ? 30 : 2;

    return count_items(s) * increment_ns +
           (at_once > 1 ? s->values[TASKS] * 10000 : 0);
}

/* A hand-over after each increment costs a thread a turn of the kernel's. */
uint64_t count_expected_split_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t passes_ns = count_items(s) * (at_once > 1 ? 500 : 10);

    return count_expected_ns(s, at_once) + passes_ns;
}

uint64_t count_patience_ns(const struct setup *s)
{
    /* A contended lock is 60 ns an increment; a task's thread 30 us. */
    return count_items(s) * 500 + s->values[TASKS] * 200000;
}

uint64_t count_patience_split_ns(const struct setup *s)
{
    /* On a busy machine each hand-over may cost a scheduler's slice. */
    return count_patience_ns(s) + count_items(s) * 100000;
}

size_t count_results_size(const struct setup *s)
{
    (void)s;
    return sizeof(struct count_results);
}

int count_prepare(struct work *w, const struct setup *s)
{
    struct counting *job = calloc(1, sizeof(*job));

    if (!job)
        return -ENOMEM;
    *job = (struct counting){.tasks = s->values[TASKS],
                             .increments = s->values[INCREMENTS],
                             .per_turn = s->values[PER_TURN],
                             .workers = s->values[N_WORKERS]};
    *w = (struct work){.job = job};
    return 0;
}

int count_prepare_split(struct work *w, const struct setup *s)
{
    int error = count_prepare(w, s);

    if (!error)
        ((struct counting *)w->job)->passes = 1;
    return error;
}

void count_aim(struct work *w, const struct setup *s, void *results)
{
    struct count_results *r = results;
    struct counting *job = w->job;

    r->gate.expected = (uint32_t)s->values[TASKS];
    r->gate.sample_peak = w->sample_peak;
    r->gate.trace = w->trace;
    job->counter = &r->counter;
    job->gate = &r->gate;
}

void count_finish(struct work *w)
{
    free(w->job);
    w->job = NULL;
}

void count_judge(const struct workload *w, const struct setup *s,
                 const void *expected, const void *results, struct findings *f)
{
    const struct count_results *r = results;
    uint64_t is = r->counter, should = count_items(s);
    bool all_came =
        r->gate.entered == s->values[TASKS] && r->gate.left == s->values[TASKS];
    char gate[80] = "";

    (void)w;
    (void)expected;
    f->iterations++;
    f->inner_ns += r->gate.left_ns - r->gate.opened_ns;
    if (r->gate.peak > f->peak)
        f->peak = r->gate.peak;
    if (is == should && all_came)
        return;
    f->wrong_iterations++;
    f->broken_iterations += !all_came || is > should;
    f->lost_updates += is < should ? should - is : 0;
    if (f->text[0])
        return;
    if (r->gate.entered < s->values[TASKS])
        snprintf(gate, sizeof(gate),
                 ", %" PRIu32 " of %" PRIu64 " tasks reached the gate",
                 r->gate.entered, s->values[TASKS]);
    if (is != should)
        snprintf(f->text, sizeof(f->text),
                 "counter %" PRIu64 ", should be %" PRIu64 "%s", is, should,
                 gate);
    else
        snprintf(f->text, sizeof(f->text),
                 "%" PRIu32 " tasks came and %" PRIu32
                 " left, should be %" PRIu64,
                 r->gate.entered, r->gate.left, s->values[TASKS]);
}
