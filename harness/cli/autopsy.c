/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runs of `baton autopsy` with a log, and what it shows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/autopsy.h"
#include "harness/results/text.h"
#include "harness/watch/guard.h"
#include "harness/watch/log.h"
#include "workloads/clock.h"

/*
 * What makes a story: a task that was stopped for a microsecond, and erased
 * more than a few updates.
 */
enum { LEAST_US = 1, LEAST_ERASED = 10, LEAST_RUNS = 100 };
static const uint64_t log_ns = 2 * NS_PER_S, pair_ns = NS_PER_S / 2;
enum { PAIR_SAMPLES = 1024000, PAIR_INCREMENTS = 20 };

/* Besides what an increment takes by its parameters. */
static uint64_t pause_ticks(const struct autopsy *a)
{
    const struct counting *job = a->run.work.job;
    uint64_t ns = job->hold_ns * (job->reads + 1) + job->think_ns;

    return (uint64_t)((LEAST_US + 2 * (double)ns / 1000) * a->ticks_per_us);
}

/* A task that yields in the middle holds its value by itself. */
static uint64_t least_ticks(const struct autopsy *a)
{
    return a->run.workload->split ? 1 : pause_ticks(a);
}

static uint64_t lost_of(const struct autopsy *a, uint64_t final)
{
    return a->items > final ? a->items - final : 0;
}

/* The worst: what it erased, as far as that was not brought back again. */
static uint64_t score(const struct autopsy *a, const struct erasures *e,
                      uint64_t final)
{
    uint64_t lost = lost_of(a, final);

    return e->worst.erased < lost ? e->worst.erased : lost;
}

/* Than the run that is kept: of two alike, the one that lost more. */
static bool is_worse(const struct autopsy *a, const struct erasures *e,
                     uint64_t final)
{
    uint64_t kept = score(a, &a->erasures, a->final), now = score(a, e, final);

    return now > kept ||
           (now == kept && lost_of(a, final) > lost_of(a, a->final));
}

static int examine(struct autopsy *a, struct log *log, bool first)
{
    uint64_t final = a->logged_finals[a->logged.n - 1];
    struct increment_log noted = log_read(log);
    struct erasures e;

    for (size_t task = 0; task < noted.n; task++)
        a->noted |= noted.tasks[task].n > 0;
    noted.final = final;
    noted.yields = a->run.workload->split;
    autopsy_erasures(&noted, least_ticks(a), &e);
    if (!first && !is_worse(a, &e, final))
        return 0;
    a->erasures = e;
    a->final = final;
    a->number = a->logged.n;
    /* Each increment that yields is a system call: no store waits then. */
    if (a->run.workload->split)
        return 0;
    return autopsy_beside(&noted, pause_ticks(a), &a->beside);
}

static bool goes_on(const struct autopsy *a, uint64_t begin_ns)
{
    bool found = score(a, &a->erasures, a->final) >
                 (a->run.workload->split ? 0 : LEAST_ERASED);

    return a->noted && clock_ns() - begin_ns < log_ns &&
           !(found && a->logged.n >= LEAST_RUNS);
}

static int take_logged(struct autopsy *a, struct log *log)
{
    uint64_t begin_ns = clock_ns();
    int status = EXIT_DONE;

    a->logged = (struct outcomes){.tasks = a->runs.tasks,
                                  .increments = a->runs.increments};
    do {
        log_clear(log);
        watch(log_watcher(log));
        status = autopsy_take_run(a, &a->logged_finals, &a->logged.n);
        watch(NULL);
        if (!status && examine(a, log, a->logged.n == 1))
            status = complain_broken("out of memory");
    } while (!status && goes_on(a, begin_ns));
    a->logged.finals = a->logged_finals;
    a->logged_ns = clock_ns() - begin_ns;
    return status;
}

static int take_log(struct autopsy *a)
{
    struct log *log;
    int status;

    if (log_create(a->runs.tasks, a->runs.increments, &log))
        return complain_broken("there is no memory for the log");
    a->ticks = log_ticks(log);
    a->ticks_per_us = log_ticks_per_us(log);
    a->event_ns = log_event_ns(log);
    status = take_logged(a, log);
    log_destroy(log);
    return status;
}

static int find_guard(struct autopsy *a)
{
    struct guard guard;
    int error = guard_find(&a->run, &guard);

    if (error)
        return complain_broken("%s failed: %s", a->model->name,
                               strerror(-error));
    guard_describe(&guard, &a->run, a->why, sizeof(a->why));
    return EXIT_DONE;
}

static int take_pairs(struct autopsy *a)
{
    uint64_t begin_ns = clock_ns();
    int error;

    a->pair = (struct bare_pair){.increments = a->runs.increments,
                                 .limit_ns = pair_ns};
    a->pairs = (struct outcomes){.tasks = 2, .increments = a->runs.increments};
    a->pair_finals = calloc(PAIR_SAMPLES, sizeof(*a->pair_finals));
    if (!a->pair_finals)
        return complain_broken("out of memory");
    error = pair_run(&a->pair, a->pair_finals, PAIR_SAMPLES, &a->pairs.n);
    a->pairs.finals = a->pair_finals;
    a->pair_ns = clock_ns() - begin_ns;
    if (error)
        snprintf(a->no_pair, sizeof(a->no_pair), "%s",
                 error == -ENODEV ? "this process has one CPU"
                                  : strerror(-error));
    return EXIT_DONE;
}

static int investigate(struct autopsy *a)
{
    int status = autopsy_take_runs(a);

    if (!status)
        status = a->exact ? find_guard(a) : take_log(a);
    if (!status && !a->exact && !a->run.workload->split && a->runs.tasks == 2 &&
        a->runs.increments <= PAIR_INCREMENTS)
        status = take_pairs(a);
    return status;
}

/* A model that promised exact results and lost some; a value that cannot be. */
static int judge(const struct autopsy *a)
{
    struct outcome_row rows[OUTCOME_ROWS];
    size_t n = outcomes_rows(&a->runs, rows);

    for (size_t i = 0; i < n; i++)
        if (rows[i].verdict > (a->exact ? OUTCOME_EXPECTED : OUTCOME_LOST))
            return EXIT_FINDING;
    return EXIT_DONE;
}

static int print(const struct autopsy *a)
{
    char *text = a->asked.json ? autopsy_json(a) : text_of(autopsy_show, a);
    int error = output_text(NULL, text);

    free(text);
    return error ? EXIT_BROKEN : judge(a);
}

int cli_autopsy(int argc, char *argv[])
{
    struct autopsy a = {0};
    int status = autopsy_read(argc, argv, &a);

    if (status)
        return status < 0 ? EXIT_DONE : status;
    status = autopsy_prepare(&a);
    if (!status)
        status = investigate(&a);
    if (!status)
        status = print(&a);
    autopsy_finish(&a);
    return status;
}
