/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/optimum.h"

#include <errno.h>
#include <stdbool.h>

int optimum_preemptions(const struct game *g)
{
    uint64_t n = g->tasks, k = g->increments, v = g->goal;

    if (v == n * k)
        return 0;
    if (v > n * k || v == 0 || n < 2 || (v == 1 && k > 1))
        return -ERANGE;
    if (v % k == 0)
        return 1;
    return v > k ? 2 : 4;
}

uint64_t optimum_switches(const struct game *g, uint64_t preemptions)
{
    return preemptions + g->tasks - 1;
}

/* A run that the optimum needs no tasks for is left out. */
static int add(struct schedule *s, uint64_t first, uint64_t last,
               uint64_t steps)
{
    return first > last ? 0 : schedule_add(s, first, last, steps);
}

struct part {
    uint64_t first, last, steps;
};

static int add_parts(struct schedule *s, const struct part parts[], unsigned n)
{
    int error = 0;

    for (unsigned i = 0; i < n && !error; i++)
        error = add(s, parts[i].first, parts[i].last, parts[i].steps);
    return error;
}

/*
 * The goal is above the increments of a task: task 1 loads 0, is preempted, and
 * erases what others counted: all of some, a part of task 2's where the goal
 * asks for one.  What runs behind it is added.
 */
static int add_erased(const struct game *g, struct schedule *s)
{
    uint64_t kept = (g->goal - 1) / g->increments; /* tasks behind task 1 */
    uint64_t part = (kept + 1) * g->increments - g->goal;
    uint64_t last = g->tasks - kept; /* that is erased as a whole */
    struct part parts[] = {
        {1, 1, 1},
        {2, last, SCHEDULE_REST},
        {last + 1, last + (part > 0), 2 * part},
        {1, 1, SCHEDULE_REST},
        {last + 1, g->tasks, SCHEDULE_REST},
    };

    return add_parts(s, parts, sizeof(parts) / sizeof(parts[0]));
}

/*
 * Below: task 1 holds 0 while the others count, and stores 1; task 2 loads
 * that 1, holds it until task 1 has finished, and continues from there.
 */
static int add_small(const struct game *g, struct schedule *s)
{
    struct part parts[] = {
        {1, 1, 1},
        {3, g->tasks, SCHEDULE_REST},
        {2, 2, 2 * (g->increments - g->goal + 1)},
        {1, 1, 1},
        {2, 2, 1},
        {1, 2, SCHEDULE_REST},
    };

    return add_parts(s, parts, sizeof(parts) / sizeof(parts[0]));
}

int optimum_schedule(const struct game *g, struct schedule *ret)
{
    int preemptions = optimum_preemptions(g);

    if (preemptions < 0)
        return preemptions;
    ret->tasks = g->tasks;
    ret->increments = g->increments;
    if (preemptions == 0)
        return add(ret, 1, g->tasks, SCHEDULE_REST);
    return g->goal < g->increments ? add_small(g, ret) : add_erased(g, ret);
}
