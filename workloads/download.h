/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_DOWNLOAD_H
#define BATON_WORKLOADS_DOWNLOAD_H

#include "workloads/web/fetch.h"
#include "workloads/web/judge.h"
#include "workloads/web/page.h"

/*
 * n pages over HTTP/1.1.  Lane i starts with page i; a lane that is done with
 * its page takes the next one by ticket, on the same connection as long as
 * both sides keep it, else on a new one.
 *
 * What the workloads download, hog and bulk share.
 */
enum {
    DOWNLOAD_N,
    DOWNLOAD_CONCURRENCY,
    DOWNLOAD_REQUESTS,
    DOWNLOAD_LATENCY,
    DOWNLOAD_BYTES,
    DOWNLOAD_RATE,
    DOWNLOAD_TIMEOUT,
    DOWNLOAD_WORKERS,
    DOWNLOAD_PARAMETERS_N
};

#define DOWNLOAD_PARAMETERS(usual_n, least_n, usual_ms, usual_bytes, most_ms)  \
    [DOWNLOAD_N] = {.name = "n",                                               \
                    .preset = usual_n,                                         \
                    .min = least_n,                                            \
                    .max = 1000000,                                            \
                    .size = true,                                              \
                    .always = true,                                            \
                    .help = "pages to download"},                              \
    [DOWNLOAD_CONCURRENCY] = PARAMETER_CONCURRENCY(1000000, "pages"),          \
    [DOWNLOAD_REQUESTS] = {.name = "requests-per-connection",                  \
                           .preset = 1,                                        \
                           .max = 1000000000,                                  \
                           .help = "requests before a connection is closed"    \
                                   " (0: no limit)"},                          \
    [DOWNLOAD_LATENCY] = PARAMETER_LATENCY(usual_ms),                          \
    [DOWNLOAD_BYTES] =                                                         \
        PARAMETER_BYTES(usual_bytes, PAGE_MAX_BYTES, "length of a page"),      \
    [DOWNLOAD_RATE] = {.name = "rate",                                         \
                       .served = true,                                         \
                       .unit = "bytes/s",                                      \
                       .max = PAGE_MAX_RATE,                                   \
                       .kib = true,                                            \
                       .help = "the origin's speed on each connection"         \
                               " (0: unlimited)"},                             \
    [DOWNLOAD_TIMEOUT] = PARAMETER_TIMEOUT(most_ms, 1, 3600000),               \
    [DOWNLOAD_WORKERS] = PARAMETER_WORKERS

uint64_t download_lanes(const struct setup *s);
int download_check(const struct setup *s, char *why, size_t size);
uint64_t download_items(const struct setup *s);
uint64_t download_expected_ns(const struct setup *s, uint64_t at_once);
uint64_t download_patience_ns(const struct setup *s);
bool download_tells_width(const struct setup *s);
size_t download_results_size(const struct setup *s);
row_judge download_judge_row;

/* In what the three differ. */
struct download_options {
    /*
     * The handler of page 0 keeps the CPU for so long: in its callback, or,
     * with `offload`, as work that the model hands to another thread.
     */
    uint64_t hold_ns;
    bool offload;
    bool bulk;      /* pages in bulk: workloads/web/page.h */
    uint64_t names; /* of hosts that have the pages; 0: addresses are dialled */
    bool tls;       /* pages come with TLS */
};

int download_prepare(struct work *w, const struct setup *s,
                     const struct download_options *options);
/* The hash that each page must have. */
int download_expect(const struct setup *s, bool bulk, void **ret);
/* expect() of a workload whose pages are not in bulk. */
int download_expect_pages(const struct setup *s, void **ret);

#define DOWNLOAD_WORKLOAD                                                      \
    .kind = &kind_connections, .parameters = parameters,                       \
    .n_parameters = sizeof(parameters) / sizeof(parameters[0]),                \
    .items = download_items, .tasks = download_lanes,                          \
    .tells_width = download_tells_width,                                       \
    .results_size = download_results_size, .prepare = prepare,                 \
    .aim = fetch_aim, .aim_is_work = true, .finish = fetch_finish,             \
    .judge_row = download_judge_row

#endif
