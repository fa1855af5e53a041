/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_RECORDS_H
#define BATON_WORKLOADS_WEB_RECORDS_H

#include "workloads/web/page.h"

/*
 * A page that comes as records, each with the time at which it was sent:
 *
 *     /records/INDEX?seed=S&bytes=B&latency-ms=L&rate=R
 *
 * `bytes` is that of all records, `rate` of these bytes (0: all at once).  A
 * record is sent at a random moment of its interval, so that no two streams
 * keep step.
 */
#define RECORDS_PREFIX "/records/"

struct record {
    uint64_t sent_ns; /* CLOCK_MONOTONIC, before the write */
    /* 1: a byte of the record before waited in the sender after its write. */
    uint64_t unsent;
    uint64_t index;
    char letters[40]; /* of the page */
};
enum { RECORD_BYTES = sizeof(struct record) };

/* 0, or -EINVAL: not whole records. */
int records_parse(const char *target, size_t len, struct page *ret_page);
/* When a record is due, from the begin of the page. */
uint64_t records_due_ns(const struct page *page, uint64_t index);
/* All but sent_ns and unsent, which are 0. */
void records_fill(const struct page *page, uint64_t index, struct record *ret);
/* Of what records_fill() writes. */
uint64_t record_hash(const struct record *record);

#endif
