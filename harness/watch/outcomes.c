/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/outcomes.h"

#include <stdbool.h>

#include "harness/watch/optimum.h"

const char *outcome_verdict_name(enum outcome_verdict verdict)
{
    static const char *const names[] = {"expected", "lost updates",
                                        "impossible"};

    return names[verdict];
}

static uint64_t items_of(const struct outcomes *o)
{
    return o->tasks * o->increments;
}

static bool is_possible(const struct outcomes *o, uint64_t value)
{
    const struct game game = {o->tasks, o->increments, value};

    return optimum_preemptions(&game) >= 0;
}

static enum outcome_verdict verdict_of(const struct outcomes *o, uint64_t value)
{
    return value == items_of(o)    ? OUTCOME_EXPECTED
           : is_possible(o, value) ? OUTCOME_LOST
                                   : OUTCOME_IMPOSSIBLE;
}

/* Rows in their order; the first and the last one are the impossible. */
static size_t row_of(const struct outcomes *o, uint64_t value)
{
    uint64_t items = items_of(o),
             tenths = items <= OUTCOME_FEW ? items : UINT64_C(10);

    if (value > items)
        return 0;
    if (value == items)
        return 1;
    if (!is_possible(o, value))
        return OUTCOME_ROWS - 1;
    return (size_t)(tenths + 1 -
                    (uint64_t)((double)value / (double)items * (double)tenths));
}

static void add(struct outcome_row *row, uint64_t value,
                enum outcome_verdict verdict)
{
    if (!row->runs || value < row->low)
        row->low = value;
    if (!row->runs || value > row->high)
        row->high = value;
    row->verdict = verdict;
    row->runs++;
}

size_t outcomes_rows(const struct outcomes *o,
                     struct outcome_row ret[OUTCOME_ROWS])
{
    size_t n = 0;

    for (size_t i = 0; i < OUTCOME_ROWS; i++)
        ret[i] = (struct outcome_row){0};
    for (size_t i = 0; i < o->n; i++)
        add(&ret[row_of(o, o->finals[i])], o->finals[i],
            verdict_of(o, o->finals[i]));
    for (size_t i = 0; i < OUTCOME_ROWS; i++)
        if (ret[i].runs)
            ret[n++] = ret[i];
    return n;
}

size_t outcomes_exact(const struct outcomes *o)
{
    size_t n = 0;

    for (size_t i = 0; i < o->n; i++)
        n += o->finals[i] == items_of(o);
    return n;
}

double outcomes_mean_loss(const struct outcomes *o)
{
    double items = (double)items_of(o), lost = 0;

    for (size_t i = 0; i < o->n; i++)
        lost += (items - (double)o->finals[i]) / items;
    return o->n ? lost / (double)o->n : 0;
}

size_t outcomes_unseen(const struct outcomes *o, uint64_t ret[], size_t room)
{
    size_t n = 0;

    for (uint64_t value = 1; value <= items_of(o); value++) {
        bool seen = false;

        if (!is_possible(o, value))
            continue;
        for (size_t i = 0; i < o->n && !seen; i++)
            seen = o->finals[i] == value;
        if (!seen && n < room)
            ret[n] = value;
        n += !seen;
    }
    return n;
}
