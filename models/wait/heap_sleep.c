/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The timers of a loop that is written by hand. */
#include "models/wait/heap_sleep.h"

#include <errno.h>
#include <stdlib.h>

#include "models/wait/deadlines.h"
#include "workloads/clock.h"

struct sleepers_heap {
    struct sleeping *work;
    size_t first, step;
    struct deadlines deadlines;
    struct deadline *each;
};

static int sleep_until(struct sleepers_heap *h, size_t i, uint64_t until_ns)
{
    if (until_ns)
        return deadlines_put(&h->deadlines, &h->each[i], until_ns);
    gate_leave(h->work->gate, h->first + i * h->step);
    return 0;
}

static int wake(struct sleepers_heap *h, uint64_t now_ns)
{
    struct deadline *due;
    int error = 0;

    while (!error && (due = deadlines_pop(&h->deadlines, now_ns))) {
        size_t i = (size_t)(due - h->each);

        error =
            sleep_until(h, i, sleeper_woke(h->work, h->first + i * h->step));
    }
    return error;
}

static int run(struct sleepers_heap *h,
               int (*wait)(void *context, const struct timespec *timeout),
               void *context)
{
    int error = 0;

    while (!error && h->deadlines.n > 0) {
        uint64_t at_ns = deadlines_earliest_ns(&h->deadlines);
        uint64_t now_ns = clock_ns();
        uint64_t left_ns = at_ns > now_ns ? at_ns - now_ns : 0;
        const struct timespec timeout = {
            .tv_sec = (time_t)(left_ns / NS_PER_S),
            .tv_nsec = (long)(left_ns % NS_PER_S),
        };

        error = left_ns ? wait(context, &timeout) : wake(h, now_ns);
    }
    return error;
}

int heap_sleep(struct sleeping *work, size_t first, size_t step,
               int (*wait)(void *context, const struct timespec *timeout),
               void *context)
{
    size_t n = work->tasks > first ? (work->tasks - first - 1) / step + 1 : 0;
    struct sleepers_heap h = {.work = work,
                              .first = first,
                              .step = step,
                              .each = calloc(n + 1, sizeof(*h.each))};
    int error = h.each ? 0 : -ENOMEM;

    for (size_t i = 0; !error && i < n; i++)
        error = sleep_until(&h, i, sleeper_begin(work, first + i * step));
    if (!error)
        error = run(&h, wait, context);
    deadlines_finish(&h.deadlines);
    free(h.each);
    return error;
}
