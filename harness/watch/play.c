/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is granted the next step: a schedule, or chance. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/watch/schedule.h"
#include "harness/watch/stepper.h"
#include "models/model.h"

/* Steps of a `*` at once; and after so many without a store it never ends. */
enum { CHUNK = 1000, IDLE_CHUNKS = 100 };

static void name_holder(uint32_t holder, size_t task, char *out, size_t size)
{
    if (holder == STEP_NO_TASK)
        snprintf(out, size, "waits for a lock");
    else if (holder == task)
        snprintf(out, size, "waits for a lock that it has itself");
    else
        snprintf(out, size, "waits for the lock that task %" PRIu32 " has",
                 holder + 1);
}

/* The task whose turn it is, on the thread of another one. */
static size_t held_task(const struct stepper *s)
{
    for (size_t i = 0; i < stepper_tasks(s); i++)
        if (stepper_task(s, i).state == TASK_HELD)
            return i;
    return SIZE_MAX;
}

void stepper_explain(const struct stepper *s, size_t task, char *out,
                     size_t size)
{
    static const char *const words[] = {
        [TASK_COMING] = "has not begun: all workers are busy",
        [TASK_HELD] = "can take a step",
        [TASK_WAITS] = "sleeps in the kernel until another task wakes it",
        [TASK_SPINS] = "uses the CPU until another task lets it go on",
        [TASK_DONE] = "has finished",
    };
    struct task_view view = stepper_task(s, task);

    if (view.state == TASK_BLOCKED)
        name_holder(view.holder, task, out, size);
    else if (view.state != TASK_QUEUED)
        snprintf(out, size, "%s", words[view.state]);
    else if (held_task(s) != SIZE_MAX)
        snprintf(out, size,
                 "shares a thread with others: only when task %zu hands over "
                 "can another one run",
                 held_task(s) + 1);
    else
        snprintf(out, size, "shares a thread with others");
}

bool stepper_stuck(const struct stepper *s, char *why, size_t size)
{
    bool spins = false;
    size_t used;

    if (stepper_over(s) || held_task(s) != SIZE_MAX)
        return false;
    for (size_t i = 0; i < stepper_tasks(s); i++)
        spins |= stepper_task(s, i).state == TASK_SPINS;
    used = (size_t)snprintf(why, size, spins ? "livelock" : "deadlock");
    for (size_t i = 0; i < stepper_tasks(s) && used < size; i++) {
        char state[128];

        if (stepper_task(s, i).state == TASK_DONE)
            continue;
        stepper_explain(s, i, state, sizeof(state));
        used += (size_t)snprintf(why + used, size - used, "%s task %zu %s",
                                 used > 8 ? ";" : ":", i + 1, state);
    }
    return true;
}

/* splitmix64, by Sebastiano Vigna (public domain): one state, one step. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

int stepper_random(struct stepper *s, uint64_t *random)
{
    size_t n = stepper_tasks(s), held = 0, chosen;

    for (size_t i = 0; i < n; i++)
        held += stepper_task(s, i).state == TASK_HELD;
    if (!held)
        return -EDEADLK;
    chosen = (size_t)(draw(random) % held);
    for (size_t i = 0; i < n; i++)
        if (stepper_task(s, i).state == TASK_HELD && chosen-- == 0)
            return stepper_grant(s, i, 1, NULL);
    return -EDEADLK;
}

static int no_more(const struct stepper *s, size_t task, unsigned line,
                   uint64_t granted, uint64_t taken, char *why, size_t size)
{
    char state[128];

    stepper_explain(s, task, state, sizeof(state));
    if (taken == 0)
        snprintf(why, size, "line %u: task %zu %s", line, task + 1, state);
    else
        snprintf(why, size,
                 "line %u: task %zu was to take %" PRIu64 " steps, and has "
                 "taken %" PRIu64 ": it %s",
                 line, task + 1, granted, taken, state);
    return -EINVAL;
}

/* Whether the counter has changed since the log had n steps. */
static bool has_stored(const struct stepper *s, size_t n)
{
    size_t now;
    const struct step *log = stepper_log(s, &now);

    while (n < now && log[n].kind != STEP_STORE && log[n].kind != STEP_ADD &&
           log[n].kind != STEP_CAS)
        n++;
    return n < now;
}

/* All that a task has left; one that only yields waits for another one. */
static int grant_rest(struct stepper *s, size_t task, unsigned line, char *why,
                      size_t size)
{
    uint64_t idle = 0;
    int error = 0;

    while (!error && stepper_task(s, task).state == TASK_HELD) {
        size_t before;

        stepper_log(s, &before);
        error = stepper_grant(s, task, CHUNK, NULL);
        idle = has_stored(s, before) ? 0 : idle + 1;
        if (idle == IDLE_CHUNKS) {
            snprintf(why, size,
                     "line %u: task %zu does not finish: it has taken %d steps "
                     "without a store",
                     line, task + 1, IDLE_CHUNKS * CHUNK);
            return -EINVAL;
        }
    }
    if (!error && stepper_task(s, task).state != TASK_DONE)
        return no_more(s, task, line, SCHEDULE_REST, 0, why, size);
    return error;
}

static int play_grant(struct stepper *s, const struct schedule_grant *grant,
                      char *why, size_t size)
{
    size_t task = (size_t)grant->task - 1;
    uint64_t taken = 0;
    int error;

    if (grant->steps == SCHEDULE_REST &&
        stepper_task(s, task).state == TASK_HELD)
        return grant_rest(s, task, grant->line, why, size);
    error = stepper_grant(s, task, grant->steps, &taken);
    if (error == -EBUSY || (!error && taken < grant->steps))
        return no_more(s, task, grant->line, grant->steps, taken, why, size);
    if (error)
        snprintf(why, size, "line %u: %s", grant->line, strerror(-error));
    return error;
}

/* All grants are made, and the model has not returned. */
static int not_over(const struct stepper *s, char *why, size_t size)
{
    uint64_t missing = 0;
    size_t n = stepper_tasks(s), first = n;

    for (size_t i = n; i-- > 0;)
        if (stepper_task(s, i).state != TASK_DONE) {
            missing++;
            first = i;
        }
    snprintf(why, size,
             "the schedule ends before the work does: %" PRIu64 " of %zu tasks "
             "have steps left, task %zu for one",
             missing, n, first + 1);
    return -ERANGE;
}

int stepper_play(struct stepper *s, const struct schedule *schedule,
                 void (*shown)(void *context), void *context, char *why,
                 size_t size)
{
    struct schedule_place place = {0};
    struct schedule_grant grant;
    int error = 0;

    while (!error && schedule_next(schedule, &place, &grant)) {
        error = play_grant(s, &grant, why, size);
        if (shown)
            shown(context);
    }
    if (!error && !stepper_over(s))
        error = not_over(s, why, size);
    return error;
}
