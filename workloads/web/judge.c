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

static void take_times(const struct journal *j, uint32_t untimed,
                       struct findings *f)
{
    for (uint32_t i = 0; i < j->pages; i++) {
        const struct row *row = &j->rows[i];
        uint64_t first = row->first_ns ? row->first_ns - row->start_ns : 0;

        if (row->end_ns && i >= untimed)
            f->take_time(f, row->end_ns - row->start_ns, first);
    }
}

bool judge_account(const struct journal *j, uint32_t untimed,
                   struct findings *add)
{
    add->iterations++;
    if (j->peak > add->peak)
        add->peak = j->peak;
    if (add->take_time)
        take_times(j, untimed, add);
    add->metrics[UNSENT_RECORDS] += j->unsent;
    add->metrics[HOLD_MAX_NS] += (double)j->held_ns;
    add->metrics[HANDSHAKES] += j->handshakes;
    add->metrics[HANDSHAKE_NS] += (double)j->handshake_ns;
    return journal_tally(j, &add->tally);
}

void judge_journal(const struct workload *w, const struct setup *s,
                   const void *expected, const void *results,
                   struct findings *f)
{
    const struct journal *j = results;
    uint32_t untimed = w->untimed ? w->untimed(s) : 0;
    uint64_t rows = w->items(s), bad = !judge_account(j, untimed, f);

    for (uint32_t i = 0; i < rows; i++) {
        char why[sizeof(f->text)];
        enum row_result result = ROW_WRONG;

        if (j->rows[i].end_ns)
            result = w->judge_row(s, expected, j, i, why, sizeof(why));
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
