/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * counter_locked TASKS INCREMENTS
 *
 * A thread for each task, and a lock: a thread waits while another one holds
 * it, so that no other store can come between a load and its own store.
 */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Plain: only one thread at a time uses it. */
static unsigned long counter;
static unsigned long increments;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* All start together; else the first is done before the second exists. */
static pthread_barrier_t start;

static void *count(void *unused)
{
    pthread_barrier_wait(&start);
    for (unsigned long i = 0; i < increments; i++) {
        unsigned long value;

        pthread_mutex_lock(&lock);
        value = counter;
        counter = value + 1;
        pthread_mutex_unlock(&lock);
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
