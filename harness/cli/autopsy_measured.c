/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `baton autopsy` in the measured program: its models, which have no hooks,
 * make the runs without a log; the hooked program, whose command of this name
 * takes the place of this file, is handed them and does the rest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/cli/autopsy.h"

/* A descriptor for the hooked program; or -1. */
static int hand_over(const struct autopsy *a)
{
    size_t size = a->runs.n * sizeof(*a->finals);
    int fd = memfd_create("baton-runs", 0);

    if (fd < 0)
        return -1;
    if (write(fd, &a->runs_ns, sizeof(a->runs_ns)) == sizeof(a->runs_ns) &&
        write(fd, a->finals, size) == (ssize_t)size)
        return fd;
    close(fd);
    return -1;
}

/*
 * The words of the same command, with one more behind the workload; argp
 * changes those that it reads.
 */
static char **keep_words(int argc, char *argv[], char *option)
{
    char **with = calloc((size_t)argc + 3, sizeof(*with));

    if (!with)
        return NULL;
    memcpy(with, argv - 1, 3 * sizeof(*with)); /* baton autopsy WORKLOAD */
    with[3] = option;
    if (argc > 2)
        memcpy(with + 4, argv + 2, (size_t)(argc - 2) * sizeof(*with));
    return with;
}

/* A shared object is compiled for one of the programs: for the hooked one. */
static bool is_of_file(char *argv[])
{
    static const char option[] = "--model-file";

    while (*argv && strncmp(*argv, option, sizeof(option) - 1) != 0)
        argv++;
    return *argv;
}

int cli_autopsy(int argc, char *argv[])
{
    char option[32], **with = keep_words(argc, argv, option);
    struct autopsy a = {0};
    int status, fd = -1;

    if (!with)
        return complain_broken("out of memory");
    if (is_of_file(argv))
        return cli_watched(argc, argv);
    status = autopsy_read(argc, argv, &a);
    if (!status)
        status = autopsy_prepare(&a);
    if (!status)
        status = autopsy_take_runs(&a);
    if (!status)
        fd = hand_over(&a);
    autopsy_finish(&a);
    if (status)
        return status < 0 ? EXIT_DONE : status;
    if (fd < 0)
        return complain_broken("the runs cannot be handed over: %s",
                               strerror(errno));
    snprintf(option, sizeof(option), "--finals=%d", fd);
    return cli_watched(argc + 1, with + 1);
}
