/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/clock.h"
#include "workloads/download.h"

/*
 * A download in which one handler, that of page 0, keeps the CPU for a while.
 * The times are those of the other pages: a loop cannot serve them meanwhile.
 */
enum { HOLD = DOWNLOAD_PARAMETERS_N, OFFLOAD };

static const struct parameter parameters[] = {
    DOWNLOAD_PARAMETERS(200, 2, 10, 4096, 5000),
    [HOLD] = {.name = "hold-ms",
              .unit = "ms",
              .preset = 50,
              .max = 10000,
              .always = true,
              .help = "how long the handler of the first page keeps the CPU"},
    [OFFLOAD] = {.name = "offload",
                 .max = 1,
                 .help = "1: the model hands that to another thread; models "
                         "that cannot are left out"},
};

static uint64_t hold_ns(const struct setup *s)
{
    return s->values[HOLD] * NS_PER_MS;
}

static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    return download_expected_ns(s, at_once) + hold_ns(s);
}

static uint64_t patience_ns(const struct setup *s)
{
    return download_patience_ns(s) + hold_ns(s);
}

static int prepare(struct work *w, const struct setup *s)
{
    const struct download_options options = {.hold_ns = hold_ns(s),
                                             .offload = s->values[OFFLOAD]};

    return download_prepare(w, s, &options);
}

static uint32_t untimed(const struct setup *s)
{
    return hold_ns(s) != 0;
}

const struct workload workload_hog = {
    .name = "hog",
    .summary = "n pages, and the handler of one keeps the CPU",
    .item = "page",
    .expect = download_expect_pages,
    .judge = judge_journal,
    .expected_ns = expected_ns,
    .patience_ns = patience_ns,
    .untimed = untimed,
    .check = download_check,
    DOWNLOAD_WORKLOAD,
};
