/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_BUSY_H
#define BATON_HARNESS_SAMPLE_BUSY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What else this machine does, looked at for a tenth of a second before a run
 * begins: "load 5.3 on 2 CPUs; other processes use 1.8 CPUs (cc1, ld)".
 * False, and "": nothing that would disturb it.
 */
bool busy_describe(char *out, size_t size);

/*
 * How many CPUs other processes use, looked at for a tenth of a second in which
 * those of this run are idle; more than the limit disturb it.
 */
extern const double busy_limit;
double busy_others(void);

#endif
