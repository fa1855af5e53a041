/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * counter_libuv TASKS INCREMENTS
 *
 * A callback for each task, on one thread: it runs until it returns, and by
 * returning it hands over to the loop, which calls the next.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

/* Plain: no callback is ever stopped between its load and its store. */
static unsigned long counter;
static unsigned long increments;

static void count(uv_idle_t *task)
{
    for (unsigned long i = 0; i < increments; i++) {
        unsigned long value = counter;

        counter = value + 1;
    }
    uv_close((uv_handle_t *)task, NULL);
}

int main(int argc, char *argv[])
{
    size_t tasks = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    uv_idle_t *idles = calloc(tasks, sizeof(*idles));

    if (tasks == 0 || !idles)
        errx(1, "give TASKS and INCREMENTS, as in 100 1000");
    increments = strtoul(argv[2], NULL, 10);
    for (size_t i = 0; i < tasks; i++) {
        uv_idle_init(uv_default_loop(), &idles[i]);
        uv_idle_start(&idles[i], count);
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    uv_loop_close(uv_default_loop());
    printf("%lu\n", counter);
    free(idles);
    return 0;
}
