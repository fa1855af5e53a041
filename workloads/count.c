/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/count.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "workloads/clock.h"

enum {
    TASKS,
    INCREMENTS,
    PER_TURN,
    N_WORKERS,
    HOLD,
    THINK,
    READS,
    TOTAL,
    GATE,
    N_CPUS,
    SPINS
};

static const uint64_t most_items = UINT64_C(1000000000000);

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
    [HOLD] = {.name = "hold",
              .unit = "ns",
              .max = NS_PER_S,
              .implied = true,
              .help = "CPU time between each load and its store, with the lock"
                      " held"},
    [THINK] = {.name = "think",
               .unit = "ns",
               .max = NS_PER_S,
               .implied = true,
               .help = "CPU time after each store, without the lock"},
    [READS] = {.name = "reads",
               .max = 1000000,
               .implied = true,
               .help = "loads before each increment, under the read lock where"
                       " there is one; each holds it for --hold"},
    [TOTAL] = {.name = "total",
               .max = UINT64_C(1000000000000),
               .implied = true,
               .help = "increments of all tasks together, in equal parts (0:"
                       " each task makes --increments)"},
    [GATE] = {.name = "gate",
              .preset = 1,
              .max = 1,
              .implied = true,
              .help = "whether threads and processes begin together, when the"
                      " last one has started; at 0 each begins when it has"
                      " started"},
    [N_CPUS] = {.name = "cpus",
                .max = 1024,
                .implied = true,
                .help = "how many CPUs the tasks share (0: all)"},
    [SPINS] = {.name = "spins",
               .preset = 100,
               .max = UINT64_C(1000000000000),
               .implied = true,
               .help = "looks at a spinlock in order of arrival before a"
                       " thread yields the CPU"},
};

/* CPU time of an increment that the parameters ask for. */
static uint64_t busy_ns(const struct setup *s)
{
    const uint64_t *v = s->values;

    return v[HOLD] * (v[READS] + 1) + v[THINK] + v[READS];
}

static uint64_t increments(const struct setup *s)
{
    return s->values[TOTAL] ? s->values[TOTAL] / s->values[TASKS]
                            : s->values[INCREMENTS];
}

int count_check(const struct setup *s, char *why, size_t size)
{
    if (s->values[TOTAL] % s->values[TASKS])
        snprintf(why, size,
                 "%" PRIu64 " tasks cannot share %" PRIu64 " increments in "
                 "equal parts: choose a total that is a multiple of the tasks",
                 s->values[TASKS], s->values[TOTAL]);
    /* Of items that are too many the product might be none. */
    else if (count_items(s) > most_items)
        snprintf(why, size,
                 "%" PRIu64 " increments in one iteration take hours; "
                 "at most 10^12",
                 count_items(s));
    else if (busy_ns(s) > 3600 * NS_PER_S / count_items(s))
        snprintf(why, size,
                 "%" PRIu64 " increments of %" PRIu64 " ns (hold, think and "
                 "reads) take hours; at most 3600 s",
                 count_items(s), busy_ns(s));
    else
        return 0;
    return -EINVAL;
}

uint64_t count_items(const struct setup *s)
{
    return s->values[TASKS] * increments(s);
}

uint64_t count_tasks(const struct setup *s)
{
    return s->values[TASKS];
}

/* Tasks that do not wait for each other overlap as the scheduler has it. */
bool count_tells_width(const struct setup *s)
{
    return s->values[GATE];
}

/* Between a store alone and a contended lock; a task's thread takes 10 us. */
uint64_t count_expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t increment_ns = at_once > 1 ? 30 : 2;

    return count_items(s) * (increment_ns + busy_ns(s)) +
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
    return count_items(s) * (500 + 500 * s->values[READS] + 4 * busy_ns(s)) +
           s->values[TASKS] * 200000;
}

uint64_t count_patience_split_ns(const struct setup *s)
{
    /* On a busy machine each hand-over may cost a scheduler's slice. */
    return count_patience_ns(s) + count_items(s) * 100000;
}

size_t count_results_size(const struct setup *s)
{
    size_t shares = s->values[TASKS] * sizeof(uint16_t);

    return sizeof(struct count_results) + (shares + 63) / 64 * 64;
}

int count_prepare(struct work *w, const struct setup *s)
{
    struct counting *job = calloc(1, sizeof(*job));

    if (!job)
        return -ENOMEM;
    *job = (struct counting){.tasks = s->values[TASKS],
                             .increments = increments(s),
                             .per_turn = s->values[PER_TURN],
                             .hold_ns = s->values[HOLD],
                             .think_ns = s->values[THINK],
                             .reads = s->values[READS],
                             .workers = s->values[N_WORKERS],
                             .spins = s->values[SPINS]};
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
    r->gate.passes = !s->values[GATE];
    r->gate.sample_peak = w->sample_peak;
    r->gate.trace = w->trace;
    r->gate.shares = r->shares;
    job->counter = &r->counter;
    job->gate = &r->gate;
}

void count_finish(struct work *w)
{
    free(w->job);
    w->job = NULL;
}

/* The shares of all tasks when the first one had finished. */
static void measure_fairness(const struct count_results *r, size_t tasks,
                             struct findings *f)
{
    double sum = 0, squares = 0, least = 1;

    for (size_t i = 0; i < tasks; i++) {
        double share =
            r->shares[i] ? (r->shares[i] - 1) / (double)(UINT16_MAX - 1) : 1;

        sum += share;
        squares += share * share;
        least = share < least ? share : least;
    }
    f->metrics[COUNTING_FAIRNESS] +=
        squares > 0 ? sum * sum / ((double)tasks * squares) : 0;
    f->metrics[COUNTING_LEAST_SHARE] += least;
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
    measure_fairness(r, s->values[TASKS], f);
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
