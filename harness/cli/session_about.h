/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_SESSION_ABOUT_H
#define BATON_HARNESS_CLI_SESSION_ABOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/cli/cli.h"

/* The lines of the header of samples.tsv, of a struct session. */
void session_describe(const void *context, FILE *out);
/* Estimates the time.  EXIT_USAGE: the budget that was typed is too short. */
int session_plan_time(struct session *s);
/* Whether fewer rounds were asked for than give an interval. */
bool session_has_few_rounds(const struct session *s);
void session_announce(const struct session *s);
/* Rounded up to whole ones. */
double session_seconds(uint64_t ns);

#endif
