/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/duel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/watch/step_words.h"
#include "models/model.h"

static int begin(struct duel *d, char *why, size_t size)
{
    d->moves = NULL;
    d->n = 0;
    d->preemptions = d->switches = d->steps = 0;
    d->held = false;
    return stepper_create(&d->job, &d->stepper, why, size);
}

int duel_start(struct duel *d, const struct stepper_job *job,
               const struct game *game, char *why, size_t size)
{
    *d = (struct duel){.job = *job, .game = *game};
    return begin(d, why, size);
}

static void end(struct duel *d)
{
    uint64_t counter;

    if (d->stepper)
        stepper_destroy(d->stepper, &counter);
    d->stepper = NULL;
}

void duel_finish(struct duel *d)
{
    end(d);
    free(d->moves);
    *d = (struct duel){0};
}

/* Steps of the log from there on that were granted, of one task. */
static void count_steps(const struct duel *d, struct duel_move *move)
{
    size_t n;
    const struct step *log = stepper_log(d->stepper, &n);

    for (size_t i = move->from; i < n; i++)
        if (log[i].kind != STEP_WOKEN) {
            move->task = log[i].task;
            move->steps++;
        }
}

/* A grant has been taken, behind `from` steps. */
static int account(struct duel *d, size_t from)
{
    struct duel_move move = {.from = from}, *last;

    count_steps(d, &move);
    if (!move.steps)
        return 0;
    if (!ARRAY_ROOM(d->moves, d->n))
        return -ENOMEM;
    last = d->n ? &d->moves[d->n - 1] : NULL;
    if (last && last->task != move.task) {
        d->switches++;
        d->preemptions += d->held;
    }
    d->moves[d->n++] = move;
    d->steps += move.steps;
    d->held = stepper_task(d->stepper, move.task).state == TASK_HELD;
    return 0;
}

int duel_move(struct duel *d, size_t task, uint64_t steps, char *why,
              size_t size)
{
    char words[160];
    uint64_t taken;
    size_t from;
    int error;

    stepper_log(d->stepper, &from);
    error = stepper_grant(d->stepper, task, steps, &taken);
    if (!error)
        error = account(d, from);
    if (error == -EBUSY) {
        stepper_explain(d->stepper, task, words, sizeof(words));
        snprintf(why, size, "Task %zu %s.", task + 1, words);
    } else if (error) {
        snprintf(why, size, "The step of task %zu: %s.", task + 1,
                 strerror(-error));
    }
    return error;
}

int duel_run(struct duel *d, const struct schedule_run *run, char *why,
             size_t size)
{
    int error = 0;

    for (uint64_t task = run->first; !error && task <= run->last; task++)
        error = duel_move(d, task - 1, run->steps, why, size);
    return error;
}

int duel_undo(struct duel *d, size_t n, char *why, size_t size)
{
    struct duel_move *moves = d->moves;
    size_t keep = d->n - n;
    int error;

    if (n > d->n) {
        snprintf(why, size, "There is no move to take back.");
        return -ENODATA;
    }
    end(d);
    error = begin(d, why, size);
    for (size_t i = 0; i < keep && !error; i++)
        error = duel_move(d, moves[i].task, moves[i].steps, why, size);
    free(moves);
    return error;
}

struct playing {
    struct duel *duel;
    size_t from;
    int error;
};

static void on_grant(void *context)
{
    struct playing *p = context;

    if (!p->error)
        p->error = account(p->duel, p->from);
    stepper_log(p->duel->stepper, &p->from);
}

int duel_play(struct duel *d, const struct schedule *s, char *why, size_t size)
{
    struct playing playing = {.duel = d};
    int error = stepper_play(d->stepper, s, on_grant, &playing, why, size);

    if (!error && playing.error) {
        snprintf(why, size, "%s", strerror(-playing.error));
        error = playing.error;
    }
    return error;
}

enum duel_result duel_result(const struct duel *d, char *why, size_t size)
{
    uint64_t counter = stepper_counter(d->stepper);
    char reasons[400];

    snprintf(why, size, "%s", "");
    if (!stepper_over(d->stepper))
        return stepper_stuck(d->stepper, why, size) ? DUEL_STUCK : DUEL_ON;
    if (counter == d->game.goal)
        return DUEL_WON;
    stepper_reasons(d->stepper, reasons, sizeof(reasons));
    if (counter != stepper_items(d->stepper) || duel_may_lose(d)) {
        snprintf(why, size,
                 "The counter ended at %" PRIu64 ", the goal is %" PRIu64 ".",
                 counter, d->game.goal);
        return DUEL_MISSED;
    }
    reasons[strcspn(reasons, "\n")] = '\0'; /* the first one */
    snprintf(why, size, "No update was lost. %s", reasons);
    return DUEL_REFUSED;
}

/* A run of several single tasks, one after the other, with the same steps. */
static size_t alike(const struct schedule_run *runs, size_t n)
{
    size_t i = 1;

    while (i < n && runs[i].first == runs[0].first + i &&
           runs[i].steps == runs[0].steps)
        i++;
    return i;
}

/* Three or more such runs become one. */
static void fold(struct schedule *s)
{
    size_t kept = 0;

    for (size_t i = 0, same; i < s->n; i += same) {
        same = alike(&s->runs[i], s->n - i);
        if (same < 3)
            same = 1;
        s->runs[kept] = s->runs[i];
        s->runs[kept++].last += same - 1;
    }
    s->n = kept;
}

int duel_schedule(const struct duel *d, struct schedule *ret)
{
    int error = 0;

    *ret = (struct schedule){.tasks = d->game.tasks,
                             .increments = d->game.increments};
    snprintf(ret->workload, sizeof(ret->workload), "%s", d->job.workload->name);
    snprintf(ret->model, sizeof(ret->model), "%s", d->job.model->name);
    for (size_t i = 0; i < d->n && !error; i++)
        error = schedule_add(ret, d->moves[i].task + 1, d->moves[i].task + 1,
                             d->moves[i].steps);
    fold(ret);
    return error;
}
