/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/pair.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "workloads/clock.h"
#include "workloads/kinds/counting.h"

/* Samples between two meetings of the threads; looks before one yields. */
enum { BLOCK = 64, LOOKS = 2000 };

struct stand {
    uint64_t increments, deadline_ns;
    size_t blocks;
    _Atomic(uint64_t) *cells; /* a counter for each sample */
    _Alignas(64) _Atomic(size_t) met;
    /* Set by the first thread before it comes to the meeting of that number. */
    _Atomic(size_t) end;
};

struct side {
    struct stand *stand;
    size_t number;
};

/* Both have come to meeting `block`; false: it is the last one. */
static bool meet(const struct side *side, size_t block)
{
    struct stand *s = side->stand;

    if (side->number == 0 &&
        (block == s->blocks || clock_ns() > s->deadline_ns))
        atomic_store_explicit(&s->end, block, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->met, 1, memory_order_acq_rel);
    for (int looks = 0;
         atomic_load_explicit(&s->met, memory_order_acquire) < 2 * (block + 1);
         looks++)
        if (looks % LOOKS == LOOKS - 1)
            sched_yield();
    return atomic_load_explicit(&s->end, memory_order_relaxed) != block;
}

static void *stand(void *data)
{
    const struct side *side = data;
    struct counting work = {.tasks = 2};

    for (size_t block = 0; meet(side, block); block++)
        for (size_t i = 0; i < BLOCK; i++) {
            work.counter = &side->stand->cells[block * BLOCK + i];
            counter_run(&work, side->stand->increments);
        }
    return NULL;
}

/* The first and the last CPU that this process may use. */
static int find_cpus(struct bare_pair *pair)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set))
        return -errno;
    if (CPU_COUNT(&set) < 2)
        return -ENODEV;
    pair->cpus[0] = -1;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set)) {
            if (pair->cpus[0] < 0)
                pair->cpus[0] = cpu;
            pair->cpus[1] = cpu;
        }
    return 0;
}

static int start(struct side *side, int cpu, pthread_t *ret)
{
    pthread_attr_t attr;
    cpu_set_t set;
    int error = pthread_attr_init(&attr);

    if (error)
        return -error;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    error = pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
    if (!error)
        error = pthread_create(ret, &attr, stand, side);
    pthread_attr_destroy(&attr);
    return -error;
}

static int stand_both(struct stand *s, const int cpus[2])
{
    struct side first = {s, 0}, second = {s, 1};
    pthread_t threads[2];
    int error = start(&second, cpus[1], &threads[1]);

    if (error)
        return error;
    error = start(&first, cpus[0], &threads[0]);
    if (error) {
        /* Without the first one, the second one would wait for ever. */
        atomic_store(&s->end, 0);
        atomic_fetch_add(&s->met, 1);
    } else {
        pthread_join(threads[0], NULL);
    }
    pthread_join(threads[1], NULL);
    return error;
}

int pair_run(struct bare_pair *pair, uint64_t finals[], size_t most,
             size_t *ret_n)
{
    struct stand s = {.increments = pair->increments,
                      .blocks = most / BLOCK,
                      .deadline_ns = clock_ns() + pair->limit_ns,
                      .end = SIZE_MAX};
    int error = find_cpus(pair);

    if (error)
        return error;
    s.cells = calloc(most + 1, sizeof(*s.cells));
    if (!s.cells)
        return -ENOMEM;
    error = stand_both(&s, pair->cpus);
    *ret_n = error ? 0 : s.end * BLOCK;
    for (size_t i = 0; i < *ret_n; i++)
        finals[i] = s.cells[i];
    free((void *)s.cells);
    return error;
}
