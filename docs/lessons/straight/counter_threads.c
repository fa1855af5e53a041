/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * counter_threads TASKS INCREMENTS
 *
 * A thread for each task, and no lock: a thread that is stopped between its
 * load and its store writes an old value over what others did meanwhile.
 */
#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Atomic: each load is whole and each store is, the two together are not.  A
 * plain variable would be undefined behaviour here, and gcc would make one
 * addition of the loop, too short for the race to show.
 */
static _Atomic unsigned long counter;
static unsigned long increments;

/* All start together; else the first is done before the second exists. */
static pthread_barrier_t start;

static void *count(void *unused)
{
    pthread_barrier_wait(&start);
    for (unsigned long i = 0; i < increments; i++) {
        unsigned long value =
            atomic_load_explicit(&counter, memory_order_relaxed);

        atomic_store_explicit(&counter, value + 1, memory_order_relaxed);
    }
    return unused;
}

int main(int argc, char *argv[])
{
    size_t tasks = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    pthread_t *threads = calloc(tasks, sizeof(*threads));

    if (tasks == 0 || !threads)
        errx(1, "give TASKS and INCREMENTS, as in 100 1000");
    increments = strtoul(argv[2], NULL, 10);
    pthread_barrier_init(&start, NULL, (unsigned)tasks);
    for (size_t i = 0; i < tasks; i++)
        if (pthread_create(&threads[i], NULL, count, NULL))
            errx(1, "thread %zu cannot be created", i);
    for (size_t i = 0; i < tasks; i++)
        pthread_join(threads[i], NULL);
    printf("%lu\n", counter);
    free(threads);
    return 0;
}
