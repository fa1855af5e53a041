/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

uint64_t judge_lanes(uint64_t items, uint64_t concurrency)
{
    return concurrency && concurrency < items ? concurrency : items;
}

bool judge_tells_width(uint64_t latency_ms, uint64_t lanes)
{
    return latency_ms >= 5 && latency_ms * 1000 >= lanes * 200;
}

int judge_latency(uint64_t latency_ms, uint64_t timeout_ms, char *why,
                  size_t size)
{
    if (latency_ms < timeout_ms)
        return 0;
    snprintf(why, size,
             "a first byte after %" PRIu64 " ms never comes within "
             "--timeout-ms %" PRIu64 "; raise it",
             latency_ms, timeout_ms);
    return -EINVAL;
}

void judge_journal(const struct judging *job, const struct setup *s,
                   const void *expected, const struct journal *j,
                   struct findings *f)
{
    uint64_t bad = !journal_tally(j, &f->tally);

    f->iterations++;
    if (j->peak > f->peak)
        f->peak = j->peak;
    for (uint32_t i = 0; i < job->rows; i++) {
        char why[sizeof(f->text)];
        enum row_result result = job->row(s, expected, j, i, why, sizeof(why));

        if (result == ROW_RIGHT)
            continue;
        bad++;
        f->errors += result == ROW_ERROR;
        if (!f->text[0])
            snprintf(f->text, sizeof(f->text), "%s", why);
    }
    if (!bad && j->done == job->lanes && j->finished == job->rows)
        return;
    f->wrong_iterations++;
    f->broken_iterations++;
    if (!f->text[0])
        snprintf(f->text, sizeof(f->text),
                 "%" PRIu32 " lanes and %" PRIu32 " %s ended", j->done,
                 j->finished, job->items);
}
