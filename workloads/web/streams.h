/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_STREAMS_H
#define BATON_WORKLOADS_WEB_STREAMS_H

#include "workloads/web/records.h"
#include "workloads/workload.h"

/*
 * The asking side of streams of records: a lane for each, and a row of the
 * journal for each record, with the times at which it was sent, read and
 * handled.
 */
struct stream {
    struct page page;
    uint64_t first_row;
    uint64_t records; /* without the one that closes the stream */
    uint64_t hold_ns; /* that its handler keeps the CPU at each of them */
};

struct streaming {
    size_t lanes, rows;
    size_t workers; /* as in struct connections */
    uint64_t timeout_ns;
    uint64_t max_body; /* of the longest stream */
    bool stamped;      /* times are taken */
    struct stream (*stream)(const struct setup *s, uint64_t lane);
};

/* Bytes of results: a journal, then streams_noticed(). */
size_t streams_size(uint64_t rows);
/* When the model noticed each record; 0: not known. */
uint64_t *streams_noticed(const struct journal *j);

int streams_prepare(struct work *w, const struct setup *s,
                    const struct streaming *streaming);
void streams_finish(struct work *w);

#endif
