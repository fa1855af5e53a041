/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_KINDS_JOURNAL_H
#define BATON_WORKLOADS_KINDS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/outcome.h"

/*
 * The results of one iteration of a connections workload, in memory that the
 * process that ran it shares with the one that judges it.  Fixed size, no
 * pointers: it can be read at another address, and after its writer crashed.
 */
struct row {
    uint64_t bytes; /* of body; what had arrived, for a failed page too */
    uint64_t hash;  /* XXH3-64 of those bytes */
    uint64_t start_ns, first_ns, end_ns; /* dial, first byte, last byte */
    int32_t error;                       /* -errno behind the outcome, or 0 */
    uint16_t outcome;                    /* enum outcome */
    uint16_t status;                     /* of HTTP, or 0 */
    uint32_t dials;
    uint32_t lane;
};

struct journal {
    uint32_t lanes, pages;
    _Atomic uint32_t started, done;   /* lanes */
    _Atomic uint32_t in_flight, peak; /* lanes between start and DONE */
    _Atomic uint32_t ticket;          /* the next page that is not taken */
    _Atomic uint32_t begun;           /* pages */
    _Atomic uint32_t finished;        /* pages; the fill of order[] */
    _Atomic uint32_t heavy;           /* lanes whose work takes memory */
    _Atomic uint64_t held_ns;         /* journal_hold() */
    _Atomic uint32_t unsent;          /* records that waited in the sender */
    _Atomic uint32_t handshakes;      /* of TLS, that succeeded */
    _Atomic uint64_t handshake_ns;    /* CPU time of all of them */
    struct row rows[]; /* `pages` rows by page, then order[pages] */
};

/* The bytes that a journal of `pages` pages takes, a multiple of 64. */
size_t journal_size(size_t pages);

/* Makes an empty journal of `size` zeroed bytes. */
void journal_init(struct journal *j, uint32_t lanes, uint32_t pages);

/* The pages in the order in which they were finished: a page + 1, or 0. */
_Atomic uint32_t *journal_order(struct journal *j);

/* A lane turns to a page. */
void journal_begin(struct journal *j);

/* The next page for a lane, or UINT32_MAX when all are taken. */
uint32_t journal_take(struct journal *j);

/* A handler keeps the CPU for so long; the longest time stays. */
void journal_hold(struct journal *j, uint64_t ns);

/* A piece of a TLS handshake took this CPU time; it was the last one. */
void journal_handshake(struct journal *j, uint64_t ns, bool complete);

/* A page's row is filled: appends it to the order. */
void journal_finish(struct journal *j, uint32_t page);

/*
 * Adds the tally of a journal.  False: the sum does not hold, so a page was
 * finished twice or never begun.
 */
bool journal_tally(const struct journal *j, struct tally *add);

#endif
