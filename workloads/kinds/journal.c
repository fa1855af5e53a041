/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/journal.h"

#include <stdatomic.h>

#include "workloads/clock.h"

size_t journal_size(size_t pages)
{
    size_t size = sizeof(struct journal) +
                  pages * (sizeof(struct row) + sizeof(uint32_t));

    return (size + 63) & ~(size_t)63;
}

void journal_init(struct journal *j, uint32_t lanes, uint32_t pages)
{
    j->lanes = lanes;
    j->pages = pages;
    /* Lane i starts with page i; further pages come by ticket. */
    atomic_store_explicit(&j->ticket, lanes, memory_order_relaxed);
}

_Atomic uint32_t *journal_order(struct journal *j)
{
    return (_Atomic uint32_t *)(j->rows + j->pages);
}

uint32_t journal_take(struct journal *j)
{
    uint32_t page =
        atomic_fetch_add_explicit(&j->ticket, 1, memory_order_relaxed);

    return page < j->pages ? page : UINT32_MAX;
}

void journal_finish(struct journal *j, uint32_t page)
{
    uint32_t slot =
        atomic_fetch_add_explicit(&j->finished, 1, memory_order_relaxed);

    /* Release: a reader of the entry sees the row behind it. */
    if (slot < j->pages)
        atomic_store_explicit(journal_order(j) + slot, page + 1,
                              memory_order_release);
}

void journal_begin(struct journal *j)
{
    atomic_fetch_add_explicit(&j->begun, 1, memory_order_relaxed);
}

bool journal_tally(const struct journal *j, struct tally *add)
{
    uint32_t begun = j->begun, finished = j->finished, rows = 0;

    for (uint32_t i = 0; i < j->pages; i++)
        if (j->rows[i].end_ns) {
            unsigned outcome = j->rows[i].outcome;

            add->by[outcome < OUTCOME_N ? outcome : OUTCOME_OTHER]++;
            rows++;
        }
    add->begun += begun;
    add->cancelled += begun - finished;
    return begun >= finished && finished == rows && begun <= j->pages;
}

/* Real time, also where the model's is virtual. */
void journal_hold(struct journal *j, uint64_t ns)
{
    uint64_t longest = atomic_load(&j->held_ns);
    uint64_t begun_ns = clock_ns(), held_ns = 0;

    while (held_ns < ns)
        held_ns = clock_ns() - begun_ns;
    while (held_ns > longest &&
           !atomic_compare_exchange_weak(&j->held_ns, &longest, held_ns)) {
    }
}

void journal_handshake(struct journal *j, uint64_t ns, bool complete)
{
    atomic_fetch_add_explicit(&j->handshake_ns, ns, memory_order_relaxed);
    if (complete)
        atomic_fetch_add_explicit(&j->handshakes, 1, memory_order_relaxed);
}
