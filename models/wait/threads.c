/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread for each of n bodies: what the thread models share. */
#include "models/wait/threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* blocking_talk() takes 64 KiB; only what is touched becomes memory. */
enum { STACK = 256 * 1024 };

struct thread {
    pthread_t id;
    void (*body)(void *context, size_t index);
    void *context;
    size_t index;
};

static void *run(void *data)
{
    struct thread *thread = data;

    thread->body(thread->context, thread->index);
    return NULL;
}

static int start(struct thread *threads, size_t n, size_t *ret_started)
{
    pthread_attr_t attr;
    int error = pthread_attr_init(&attr);

    if (error)
        return -error;
    pthread_attr_setstacksize(&attr, STACK);
    for (size_t i = 0; i < n && !error; i++) {
        error = pthread_create(&threads[i].id, &attr, run, &threads[i]);
        *ret_started += !error;
    }
    pthread_attr_destroy(&attr);
    return -error;
}

int threads_run(size_t n, void (*body)(void *context, size_t index),
                void (*give_up)(void *context), void *context)
{
    struct thread *threads = calloc(n, sizeof(*threads));
    size_t started = 0;
    int error;

    if (!threads)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        threads[i] =
            (struct thread){.body = body, .context = context, .index = i};
    error = start(threads, n, &started);
    if (error && give_up)
        give_up(context);
    /* Joining is also what makes the results visible. */
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i].id, NULL);
    free(threads);
    return error;
}
