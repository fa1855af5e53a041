/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness/sample/machine.h"
#include "workloads/kinds/watched.h"
#include "workloads/ticks.h"

struct log {
    struct watcher watcher;
    bool ticks;
    double ticks_per_us;
    size_t tasks, room;     /* accesses of a task, and one that is not kept */
    struct access *items;   /* `room` of each task */
    struct task_log *noted; /* of each task; shared, as the items are */
};

/* Where the task of this thread notes its next access; NULL: it has none. */
static _Thread_local struct cursor {
    struct access *at, *last;
    struct task_log *noted;
} cursor;

static uint64_t load_ticks(void *context, const _Atomic(uint64_t) *counter)
{
    struct access *at = cursor.at;

    (void)context;
    if (!at)
        return atomic_load_explicit(counter, memory_order_relaxed);
    at->before = ticks();
    at->value = atomic_load_explicit(counter, memory_order_relaxed);
    at->after = ticks();
    return at->value;
}

static uint64_t load_clock(void *context, const _Atomic(uint64_t) *counter)
{
    struct access *at = cursor.at;

    (void)context;
    if (!at)
        return atomic_load_explicit(counter, memory_order_relaxed);
    at->before = clock_ns();
    at->value = atomic_load_explicit(counter, memory_order_relaxed);
    at->after = clock_ns();
    return at->value;
}

/* A load that no store follows is written over by the next one. */
static void store(void *context, _Atomic(uint64_t) *counter, uint64_t value)
{
    (void)context;
    if (cursor.at < cursor.last)
        cursor.at++;
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

static void put_down(const struct log *log)
{
    if (!cursor.at)
        return;
    cursor.noted->n = (size_t)(cursor.at - cursor.noted->items);
    cursor.noted->left = log->ticks ? ticks() : clock_ns();
    cursor = (struct cursor){0};
}

static void take_up(void *context, size_t task)
{
    const struct log *log = context;
    struct access *items = log->items + task * log->room;

    put_down(log);
    if (task >= log->tasks)
        return;
    cursor = (struct cursor){.at = items + log->noted[task].n,
                             .last = items + log->room - 1,
                             .noted = &log->noted[task]};
}

/* Of one of several tasks on a thread, another one may have the cursor. */
static void leave(void *context, size_t task)
{
    const struct log *log = context;

    if (task < log->tasks && cursor.noted == &log->noted[task])
        put_down(log);
}

static void *map(size_t size)
{
    void *memory = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

/* Against the monotonic clock, for 2 ms. */
static double find_rate(void)
{
    struct moment from = moment_now(), to;

    do {
        to = moment_now();
    } while (to.ns - from.ns < 2 * NS_PER_MS);
    return (double)(to.ticks - from.ticks) / ((double)(to.ns - from.ns) / 1000);
}

int log_create(size_t tasks, uint64_t increments, struct log **ret)
{
    struct log *log = calloc(1, sizeof(*log));

    if (!log)
        return -ENOMEM;
    log->ticks = machine_ticks();
    log->ticks_per_us = log->ticks ? find_rate() : 1000;
    log->tasks = tasks;
    log->room = (size_t)increments + 1;
    log->items = map(tasks * log->room * sizeof(*log->items));
    log->noted = map(tasks * sizeof(*log->noted));
    log->watcher =
        (struct watcher){.context = log,
                         .load = log->ticks ? load_ticks : load_clock,
                         .store = store,
                         .begin = take_up,
                         .turn = take_up,
                         .leave = leave};
    *ret = log;
    if (log->items && log->noted)
        return 0;
    log_destroy(log);
    return -ENOMEM;
}

void log_destroy(struct log *log)
{
    if (!log)
        return;
    if (log->items)
        munmap(log->items, log->tasks * log->room * sizeof(*log->items));
    if (log->noted)
        munmap(log->noted, log->tasks * sizeof(*log->noted));
    free(log);
}

const struct watcher *log_watcher(struct log *log)
{
    return &log->watcher;
}

void log_clear(struct log *log)
{
    for (size_t task = 0; task < log->tasks; task++)
        log->noted[task] =
            (struct task_log){.items = log->items + task * log->room};
}

struct increment_log log_read(struct log *log)
{
    return (struct increment_log){.tasks = log->noted, .n = log->tasks};
}

bool log_ticks(const struct log *log)
{
    return log->ticks;
}

double log_ticks_per_us(const struct log *log)
{
    return log->ticks_per_us;
}

/* The quickest of some series, as the task of this thread. */
double log_event_ns(struct log *log)
{
    enum { SERIES = 20 };
    _Atomic(uint64_t) counter = 0;
    double best = 0;

    watch(&log->watcher);
    for (int i = 0; i < SERIES; i++) {
        uint64_t from, n = log->room - 1 < 1000 ? log->room - 1 : 1000;
        double ns;

        log_clear(log);
        take_up(log, 0);
        from = clock_ns();
        for (uint64_t j = 0; j < n; j++)
            watched_store(&counter, watched_load(&counter) + 1);
        ns = (double)(clock_ns() - from) / (double)(n ? n : 1);
        if (i == 0 || ns < best)
            best = ns;
        put_down(log);
    }
    watch(NULL);
    return best;
}
