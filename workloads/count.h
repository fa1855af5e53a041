/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_COUNT_H
#define BATON_WORKLOADS_COUNT_H

#include "workloads/workload.h"

/*
 * What counter and counter-split share: everything but the hand-over between
 * load and store.  An iteration's results are the very memory it counted in:
 * nothing is copied, so nothing needs to be reset between two iterations.
 */
struct count_results {
    _Alignas(64) _Atomic uint64_t counter;
    _Alignas(64) struct gate gate;
    uint16_t shares[]; /* gate.shares, of each task */
};

enum { COUNT_PARAMETERS = 11 };
extern const struct parameter count_parameters[COUNT_PARAMETERS];

int count_check(const struct setup *s, char *why, size_t size);
uint64_t count_items(const struct setup *s);
uint64_t count_tasks(const struct setup *s);
bool count_tells_width(const struct setup *s);
uint64_t count_expected_ns(const struct setup *s, uint64_t at_once);
uint64_t count_expected_split_ns(const struct setup *s, uint64_t at_once);
uint64_t count_patience_ns(const struct setup *s);
uint64_t count_patience_split_ns(const struct setup *s);
size_t count_results_size(const struct setup *s);
int count_prepare(struct work *w, const struct setup *s);
int count_prepare_split(struct work *w, const struct setup *s);
void count_aim(struct work *w, const struct setup *s, void *results);
void count_finish(struct work *w);
void count_judge(const struct workload *w, const struct setup *s,
                 const void *expected, const void *results, struct findings *f);

/* The members that both have alike. */
#define COUNT_WORKLOAD                                                         \
    .kind = &kind_counting, .item = "increment",                               \
    .parameters = count_parameters, .n_parameters = COUNT_PARAMETERS,          \
    .check = count_check, .items = count_items, .tasks = count_tasks,          \
    .tells_width = count_tells_width, .results_size = count_results_size,      \
    .aim = count_aim, .finish = count_finish, .judge = count_judge

#endif
