/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/clock.h"
#include "workloads/download.h"

/*
 * A download in which the bytes are what takes time: large files, read in
 * pieces, of which nothing is kept but a checksum.
 */
static const struct parameter parameters[] = {
    DOWNLOAD_PARAMETERS(1, 1, 0, UINT64_C(256) << 20, 60000),
};

/* 1 GB/s is what one connection over the loopback carries, within a factor. */
static uint64_t bytes_ns(const struct setup *s)
{
    return s->values[DOWNLOAD_N] * s->values[DOWNLOAD_BYTES];
}

static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    return download_expected_ns(s, at_once) + bytes_ns(s) / 2;
}

static uint64_t patience_ns(const struct setup *s)
{
    return download_patience_ns(s) + 10 * bytes_ns(s);
}

static int prepare(struct work *w, const struct setup *s)
{
    static const struct download_options options = {.bulk = true};

    return download_prepare(w, s, &options);
}

static int expect(const struct setup *s, void **ret)
{
    return download_expect(s, true, ret);
}

static void judge(const struct workload *w, const struct setup *s,
                  const void *expected, const void *results, struct findings *f)
{
    const struct journal *j = results;

    judge_journal(w, s, expected, results, f);
    for (uint32_t i = 0; i < j->pages; i++)
        f->metrics[BYTES_PER_S] += (double)j->rows[i].bytes;
}

const struct workload workload_bulk = {
    .name = "bulk",
    .summary = "n large files over HTTP/1.1: bytes per second",
    .item = "file",
    .answer = ANSWER_BYTES,
    .expected_ns = expected_ns,
    .patience_ns = patience_ns,
    .expect = expect,
    .judge = judge,
    .check = download_check,
    DOWNLOAD_WORKLOAD,
};
