/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a command N times, one after another, as the harness runs a sample:
 * posix_spawn() to reaped.  Prints each run's milliseconds.  Descriptor 3 of
 * the command is memory for its results.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workloads/clock.h"

extern char **environ;

static int run(char *argv[], int results, double *ret_ms)
{
    posix_spawn_file_actions_t actions;
    uint64_t start = clock_ns();
    int status, error;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, results, 3);
    error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
    if (!error && waitpid(pid, &status, 0) != pid)
        error = 1;
    *ret_ms = (double)(clock_ns() - start) / 1e6;
    posix_spawn_file_actions_destroy(&actions);
    return error || status != 0;
}

int main(int argc, char *argv[])
{
    int results = memfd_create("results", MFD_CLOEXEC);
    int n = argc > 2 ? atoi(argv[1]) : 0;

    if (n < 1 || results < 0 || ftruncate(results, 4096)) {
        fprintf(stderr, "usage: spawn_loop N COMMAND [ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    for (int i = 0; i < n; i++) {
        double ms;

        if (run(argv + 2, results, &ms)) {
            fprintf(stderr, "%s failed\n", argv[2]);
            return EXIT_FAILURE;
        }
        printf("%.6f\n", ms);
    }
    return EXIT_SUCCESS;
}
