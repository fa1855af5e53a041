/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_QUANTITIES_H
#define BATON_HARNESS_REPORT_QUANTITIES_H

#include <stddef.h>

#include "harness/results/statistics.h"

/*
 * Numbers in units that a person reads, to three digits: the same in the
 * terminal and on the page.
 */
enum { QUANTITY_SIZE = 40 };

void quantity_ns(double ns, char *out, size_t size);            /* "9.32 ms" */
void quantity_bytes(double bytes, char *out, size_t size);      /* "4.3 MiB" */
void quantity_rate(double bytes_per_s, char *out, size_t size); /* "4 MiB/s" */
void quantity_count(double value, char *out, size_t size); /* "0.3", "44023" */

#endif
