/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The smallest of n sorted times that `percent` of them do not exceed. */
static double percentile(const uint64_t *times, size_t n, size_t percent)
{
    return n ? (double)times[(n * percent + 99) / 100 - 1] : 0;
}

static void add_times(const struct journal *j, uint64_t *times, double *add)
{
    size_t n = 0, answered = 0;

    for (uint32_t i = 0; i < j->pages; i++)
        if (j->rows[i].end_ns)
            times[n++] = j->rows[i].end_ns - j->rows[i].start_ns;
    qsort(times, n, sizeof(*times), compare);
    add[PAGE_P50_NS] += percentile(times, n, 50);
    add[PAGE_P90_NS] += percentile(times, n, 90);
    add[PAGE_P99_NS] += percentile(times, n, 99);
    add[PAGE_MAX_NS] += percentile(times, n, 100);
    for (uint32_t i = 0; i < j->pages; i++)
        if (j->rows[i].end_ns && j->rows[i].first_ns)
            times[answered++] = j->rows[i].first_ns - j->rows[i].start_ns;
    qsort(times, answered, sizeof(*times), compare);
    add[FIRST_BYTE_P50_NS] += percentile(times, answered, 50);
}

bool judge_account(const struct journal *j, struct findings *add)
{
    uint64_t *times = calloc(j->pages, sizeof(*times));

    add->iterations++;
    if (j->peak > add->peak)
        add->peak = j->peak;
    if (times)
        add_times(j, times, add->metrics);
    free(times);
    return journal_tally(j, &add->tally);
}

void judge_journal(const struct workload *w, row_judge *judge,
                   const struct setup *s, const void *expected,
                   const struct journal *j, struct findings *f)
{
    uint64_t rows = w->items(s), bad = !judge_account(j, f);

    for (uint32_t i = 0; i < rows; i++) {
        char why[sizeof(f->text)];
        enum row_result result = ROW_WRONG;

        if (j->rows[i].end_ns)
            result = judge(s, expected, j, i, why, sizeof(why));
        else
            snprintf(why, sizeof(why), "%s %" PRIu32 " was never finished",
                     w->item, i);
        if (result == ROW_RIGHT)
            continue;
        bad++;
        f->errors += result == ROW_ERROR;
        if (!f->text[0])
            snprintf(f->text, sizeof(f->text), "%s", why);
    }
    if (!bad && j->done == w->tasks(s) && j->finished == rows)
        return;
    f->wrong_iterations++;
    f->broken_iterations++;
    if (!f->text[0])
        snprintf(f->text, sizeof(f->text),
                 "%" PRIu32 " lanes and %" PRIu32 " %ss ended", j->done,
                 j->finished, w->item);
}
