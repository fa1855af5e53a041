/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_COMMAND_H
#define BATON_HARNESS_SAMPLE_COMMAND_H

#include "harness/sample/taker.h"

struct commands;

/* What is compared; all is the caller's, and outlives it. */
struct commands_setup {
    /* Of base and of candidate: words, which end with NULL. */
    char **words[2];
    unsigned variants;    /* words have "{n}" for 1 to it; 0: they have none */
    const char *names[2]; /* NULL: the program's */
    const char *arguments[2]; /* as a shell takes them */
    /* Where standard output goes: "pipe", "null", or a file's name. */
    const char *output;
    uint64_t patience_ns; /* with the first run; later ten times its time */
    uint64_t seed, start_ns;
};

/*
 * Takes samples of two commands, timed as whole processes, from before the
 * process is made to its end; a sample is as many of them as take base 20 ms,
 * or, if fewer, the candidate 200 ms.  What a run leaves running is ended.  The
 * control is base's command.  Standard input is /dev/null.  Standard output is
 * by default a pipe that the harness empties without reading, because programs
 * recognise /dev/null and then do less; a file is emptied before each run.
 * Standard error is a pipe of which the beginning is kept.  0 or -errno.
 */
int commands_create(const struct commands_setup *setup, struct commands **ret);
void commands_destroy(struct commands *c);
struct taker *commands_taker(struct commands *c);

#endif
