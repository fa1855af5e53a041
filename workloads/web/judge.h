/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_JUDGE_H
#define BATON_WORKLOADS_WEB_JUDGE_H

#include "workloads/kinds/journal.h"
#include "workloads/workload.h"

/*
 * What the workloads of pages share: rows of parameters, how many lanes there
 * are, and how the rows of a journal are judged.
 */
#define PARAMETER_N(default_n, most, words)                                    \
    {                                                                          \
        .name = "n", .preset = default_n, .min = 1, .max = most, .size = true, \
        .always = true, .help = words                                          \
    }
#define PARAMETER_CONCURRENCY(most, items)                                     \
    {                                                                          \
        .name = "concurrency", .max = most,                                    \
        .help = "connections at once (0: as many as " items ")"                \
    }
#define PARAMETER_LATENCY(usual_ms)                                            \
    {                                                                          \
        .name = "latency-ms", .served = true, .unit = "ms",                    \
        .preset = usual_ms, .max = PAGE_MAX_LATENCY_MS,                        \
        .help = "the origin's wait before a page's first byte"                 \
    }
#define PARAMETER_BYTES(usual, most, words)                                    \
    {                                                                          \
        .name = "bytes", .served = true, .unit = "bytes", .preset = usual,     \
        .max = most, .kib = true, .help = words                                \
    }
#define PARAMETER_TIMEOUT(default_ms, least, most)                             \
    {                                                                          \
        .name = "timeout-ms", .unit = "ms", .preset = default_ms,              \
        .min = least, .max = most,                                             \
        .help = "for each phase: connect, header, body"                        \
    }

/* The members that all have, by the names that their files give them. */
#define WORKLOAD_OF_PAGES                                                      \
    .kind = &kind_connections, .parameters = parameters,                       \
    .n_parameters = sizeof(parameters) / sizeof(parameters[0]),                \
    .check = check, .items = items, .tasks = lanes_of,                         \
    .expected_ns = expected_ns, .patience_ns = patience_ns,                    \
    .tells_width = tells_width, .results_size = results_size,                  \
    .prepare = prepare, .aim = fetch_aim, .aim_is_work = true,                 \
    .finish = fetch_finish, .expect = expect, .judge = judge_journal,          \
    .judge_row = judge_row

/* As many as `items`, unless `concurrency` is less and not 0. */
uint64_t judge_lanes(uint64_t items, uint64_t concurrency);

/*
 * Whether all lanes have asked before the first is answered: starting one
 * takes at most 200 us.
 */
bool judge_tells_width(uint64_t latency_ms, uint64_t lanes);

/* 0; or -EINVAL and why: no first byte comes within the time-out. */
int judge_latency(uint64_t latency_ms, uint64_t timeout_ms, char *why,
                  size_t size);

/* judge() of a workload with a row for each item and a lane for each task. */
void judge_journal(const struct workload *w, const struct setup *s,
                   const void *expected, const void *results,
                   struct findings *f);

/*
 * Of one more iteration: its peak, what became of the pages, and their times,
 * but not those of the first `untimed` rows.
 * False: see journal_tally().
 */
bool judge_account(const struct journal *j, uint32_t untimed,
                   struct findings *add);

#endif
