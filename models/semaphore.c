/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * semaphore: a thread for each task, and a semaphore with a single permit.
 *
 * Who runs it?  The kernel's scheduler, which stops a thread anywhere, also
 *   while it holds the permit that all the others wait for.
 * How it waits.  For the permit: asleep in the kernel when there is none.
 * Shared state.  The counter; load and store are one critical section.
 *   In the relay each runner has a semaphore, which the one before it posts.
 *
 * Compare with locked.c: a mutex belongs to the thread that locked it, while a
 * permit may be returned by any thread, so that none can be blamed.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>

#include "models/model.h"
#include "models/wait/guarded.h"
#include "models/wait/threads.h"

/* A signal handler may interrupt the wait. */
static void take(sem_t *permit)
{
    while (sem_wait(permit)) {
    }
}

/* It does not distinguish those that only read. */
static void read_often(const struct counting *work, sem_t *permit)
{
    for (uint64_t i = 0; i < work->reads; i++) {
        take(permit);
        counter_read(work);
        sem_post(permit);
    }
}

static void count_task(const struct counting *work, size_t task, void *guard)
{
    sem_t *permit = guard;

    for (uint64_t i = 0; counter_more(work, task, i); i++) {
        read_often(work, permit);
        take(permit);
        counter_once(work);
        sem_post(permit);
        counter_think(work);
    }
}

static int count(struct counting *work)
{
    sem_t permit;
    int error;

    sem_init(&permit, 0, 1);
    error = guarded_run(work, count_task, &permit);
    sem_destroy(&permit);
    return error;
}

struct turns {
    struct relay *work;
    sem_t *come; /* one for each runner */
};

static void run_one(void *context, size_t runner)
{
    struct turns *turns = context;
    struct relay *work = turns->work;
    size_t next, to;

    gate_wait(work->gate, runner);
    do {
        take(&turns->come[runner]);
        next = relay_carry(work, runner);
        /* At the end each wakes the one behind it, which ends as well. */
        to = next == SIZE_MAX ? relay_next(work, runner) : next;
        sem_post(&turns->come[to]);
    } while (next != SIZE_MAX);
    gate_leave(work->gate, runner);
}

static void break_relay(void *context)
{
    struct turns *turns = context;

    relay_break(turns->work);
    gate_break(turns->work->gate);
}

static int relay(struct relay *work)
{
    struct turns turns = {
        .work = work, .come = calloc(work->runners + 1, sizeof(*turns.come))};
    int error;

    if (!turns.come)
        return -ENOMEM;
    /* The first runner has the token. */
    for (size_t i = 0; i < work->runners; i++)
        sem_init(&turns.come[i], 0, i == 0);
    error = threads_run(work->runners, run_one, break_relay, &turns);
    for (size_t i = 0; i < work->runners; i++)
        sem_destroy(&turns.come[i]);
    free(turns.come);
    return error;
}

const struct model model_semaphore = {
    .contract = MODEL_CONTRACT,
    .name = "semaphore",
    .label = "threads + semaphore",
    .summary = "a thread for each task, a semaphore of one around the counter",
    .family = FAMILY_LOCKS,
    .mark = 8,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_THREAD},
    .connections = {.gap = "it only guards a counter"},
    .sleeping = {.gap = "it only guards a counter"},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL, .unit = UNIT_THREAD},
};
