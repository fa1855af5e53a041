/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * counter_sequential TASKS INCREMENTS
 *
 * One task after another: no other task can come between.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

/* Plain: there is one thread. */
static unsigned long counter;
static unsigned long increments;

static void count(void)
{
    for (unsigned long i = 0; i < increments; i++) {
        unsigned long value = counter;

        counter = value + 1;
    }
}

int main(int argc, char *argv[])
{
    size_t tasks = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

    if (tasks == 0)
        errx(1, "give TASKS and INCREMENTS, as in 100 1000");
    increments = strtoul(argv[2], NULL, 10);
    for (size_t i = 0; i < tasks; i++)
        count();
    printf("%lu\n", counter);
    return 0;
}
