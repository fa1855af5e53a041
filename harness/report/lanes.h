/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_REPORT_LANES_H
#define BATON_HARNESS_REPORT_LANES_H

#include "harness/report/figures.h"

/*
 * The swimlanes: a panel for each traced model, a row in it for each task or
 * lane, what it did over time.  Rows of the data: the `axis` (as many places,
 * as much time), then for each `panel` its words, a `slice` for each stretch of
 * time in one state, and for one thread's way from lane to lane a `hand` for
 * each hand-over.  0 or -ENOENT.
 */
int lanes_write_counter(const struct results *r, FILE *out);
int lanes_write_download(const struct results *r, FILE *out);

#endif
