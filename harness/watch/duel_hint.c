/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/duel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "harness/watch/advice.h"
#include "models/model.h"

/* Where the game is, by its loads and stores; or -errno. */
static int position_of(const struct duel *d, struct position *ret)
{
    size_t n;
    const struct step *log = stepper_log(d->stepper, &n);
    int error = position_init(ret, &d->game);

    for (size_t i = 0; i < n && !error; i++) {
        if (log[i].kind != STEP_LOAD && log[i].kind != STEP_STORE)
            continue;
        if (log[i].own || !ret->tasks[log[i].task].left)
            error = -ENOTSUP; /* it is not of the kind that is searched */
        else
            position_step(ret, log[i].task + 1);
    }
    return error;
}

static int advise(const struct duel *d, struct advice *ret)
{
    struct position p;
    int error = position_of(d, &p);

    if (!error)
        error = search_advise(&p, ret);
    position_finish(&p);
    return error;
}

bool duel_may_lose(const struct duel *d)
{
    struct ability a = model_ability(d->job.model, d->job.workload->kind);

    return (d->job.workload->split ? a.split : a.plain) == PROMISE_MAY_LOSE;
}

int duel_fewest(const struct duel *d)
{
    return duel_may_lose(d) && !d->job.workload->split
               ? optimum_preemptions(&d->game)
               : -1;
}

double duel_chance(const struct duel *d)
{
    struct advice a;

    return duel_fewest(d) < 0 || advise(d, &a) ? 0 : a.chance;
}

/* How many steps of a grant the moves have taken, from *move and *step on. */
static uint64_t follow(const struct duel *d, const struct schedule_grant *g,
                       uint64_t steps, size_t *move, uint64_t *step)
{
    uint64_t taken = 0;

    while (taken < steps && *move < d->n &&
           d->moves[*move].task + 1 == g->task) {
        uint64_t part = d->moves[*move].steps - *step;

        if (part > steps - taken)
            part = steps - taken;
        taken += part;
        *step += part;
        if (*step == d->moves[*move].steps) {
            *step = 0;
            ++*move;
        }
    }
    return taken;
}

/*
 * What comes next in a schedule that the moves have followed until now; false:
 * they have not.  `left` counts the steps of each task.
 */
static bool next_of(const struct duel *d, const struct schedule *s,
                    uint64_t left[], struct schedule_run *ret)
{
    struct schedule_place place = {0};
    struct schedule_grant g;
    size_t run = 0, move = 0;
    uint64_t step = 0;

    for (; schedule_next(s, &place, &g); run = place.run) {
        bool rest = g.steps == SCHEDULE_REST;
        uint64_t steps = rest ? left[g.task - 1] : g.steps;
        uint64_t taken = follow(d, &g, steps, &move, &step);

        left[g.task - 1] -= taken;
        if (taken == steps)
            continue;
        *ret = (struct schedule_run){.first = g.task,
                                     .last = s->runs[run].last,
                                     .steps = rest ? g.steps : steps - taken};
        return move == d->n;
    }
    return false;
}

static void print_line(const struct schedule_run *r, char *out, size_t size)
{
    char tasks[48], steps[24] = "*";

    if (r->last > r->first)
        snprintf(tasks, sizeof(tasks), "%" PRIu64 "-%" PRIu64, r->first,
                 r->last);
    else
        snprintf(tasks, sizeof(tasks), "%" PRIu64, r->first);
    if (r->steps != SCHEDULE_REST)
        snprintf(steps, sizeof(steps), "%" PRIu64, r->steps);
    snprintf(out, size, "One way goes on with this line of a schedule: %s %s",
             tasks, steps);
}

/* Of a game that is too large for a search: the line of the optimum. */
static void hint_line(const struct duel *d, char *out, size_t size)
{
    uint64_t *left = calloc(d->game.tasks, sizeof(*left));
    struct schedule s = {0};
    struct schedule_run run;

    for (size_t i = 0; left && i < d->game.tasks; i++)
        left[i] = 2 * d->game.increments;
    if (!left || optimum_schedule(&d->game, &s))
        snprintf(out, size, "There is no hint for this game.");
    else if (next_of(d, &s, left, &run))
        print_line(&run, out, size);
    else
        snprintf(out, size,
                 "This game is too large for a search from here. "
                 "Restart it: then hints show one way.");
    schedule_finish(&s);
    free(left);
}

void duel_hint(const struct duel *d, char *out, size_t size)
{
    struct advice a;
    int error;

    if (!duel_may_lose(d)) {
        snprintf(out, size,
                 "The model promises an exact result: no order of "
                 "its steps loses an update.");
        return;
    }
    if (d->job.workload->split) {
        snprintf(out, size,
                 "There are no hints where tasks yield between "
                 "load and store.");
        return;
    }
    error = advise(d, &a);
    if (error)
        hint_line(d, out, size);
    else if (!a.task)
        snprintf(out, size,
                 "From here no order of steps ends at %" PRIu64
                 ": undo (u), or restart (r).",
                 d->game.goal);
    else if (a.further == 0)
        snprintf(out, size, "Task %zu next; no more preemption is needed.",
                 a.task);
    else
        snprintf(out, size,
                 "Task %zu next; from here %u more preemption%s needed at "
                 "least.",
                 a.task, a.further, a.further == 1 ? " is" : "s are");
}
