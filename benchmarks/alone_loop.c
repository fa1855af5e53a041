/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hand-written side of the benchmark `sharded`: THREADS threads, each of
 * which makes INCREMENTS increments of a counter of its own, ITERATIONS times.
 * Nothing is shared and nothing added up.  Prints the nanoseconds of one
 * iteration, from the first thread's start until all are joined.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "workloads/clock.h"
#include "workloads/kinds/counting.h"

enum { MOST = 256, LINE = 64 };

struct alone {
    _Alignas(LINE) _Atomic uint64_t counter;
    struct counting work;
    pthread_t thread;
};

static struct alone all[MOST];
static pthread_barrier_t start;

static void *count(void *data)
{
    struct alone *alone = data;

    pthread_barrier_wait(&start);
    counter_run(&alone->work, alone->work.increments);
    return NULL;
}

static int run(size_t threads)
{
    for (size_t i = 0; i < threads; i++)
        if (pthread_create(&all[i].thread, NULL, count, &all[i]))
            return 1;
    for (size_t i = 0; i < threads; i++)
        pthread_join(all[i].thread, NULL);
    return 0;
}

static int measure(size_t threads, uint64_t iterations, double *ret_ns)
{
    uint64_t start_ns = clock_ns();

    for (uint64_t i = 0; i < iterations; i++)
        if (run(threads))
            return 1;
    *ret_ns = (double)(clock_ns() - start_ns) / (double)iterations;
    return 0;
}

int main(int argc, char *argv[])
{
    size_t threads = argc == 4 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t increments = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t iterations = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
    double ns;

    if (!threads || threads > MOST || !increments || !iterations) {
        fprintf(stderr, "usage: alone_loop THREADS INCREMENTS ITERATIONS\n");
        return 2;
    }
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    for (size_t i = 0; i < threads; i++)
        all[i].work = (struct counting){.increments = increments,
                                        .counter = &all[i].counter};
    if (run(threads) || measure(threads, iterations, &ns))
        return 1;
    for (size_t i = 0; i < threads; i++)
        if (all[i].counter != (iterations + 1) * increments)
            return 1;
    printf("real_ns=%.17g\n", ns);
    return 0;
}
