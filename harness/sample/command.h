/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_COMMAND_H
#define BATON_HARNESS_SAMPLE_COMMAND_H

#include "harness/sample/taker.h"

struct commands;

/*
 * Takes samples of two commands, timed as whole processes, from before the
 * process is made to its end; a sample is as many of them as take 20 ms.  The
 * words are the caller's and end with NULL.  The control is base's command.
 * NULL: no memory.
 */
struct commands *commands_create(char **base, char **cand, uint64_t seed,
                                 uint64_t start_ns);
void commands_destroy(struct commands *c);
struct taker *commands_taker(struct commands *c);

#endif
