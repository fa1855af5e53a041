/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/records.h"

#include <errno.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "workloads/clock.h"

int records_parse(const char *target, size_t len, struct page *ret_page)
{
    const char *at = target, *end = target + len;
    struct page page;

    if (!page_skip(&at, end, RECORDS_PREFIX) ||
        page_parse_rest(at, (size_t)(end - at), &page) || page.bulk ||
        page.bytes % RECORD_BYTES != 0)
        return -EINVAL;
    *ret_page = page;
    return 0;
}

uint64_t records_due_ns(const struct page *page, uint64_t index)
{
    const uint64_t record_ns = RECORD_BYTES * NS_PER_S;
    uint64_t random;

    if (!page->rate)
        return 0;
    random = XXH3_64bits_withSeed(&index, sizeof(index),
                                  page->seed ^ page->index << 32);
    /* 20 bits of it: a record may take a minute, which leaves 64 bits. */
    return index * record_ns / page->rate +
           ((record_ns / page->rate * (random >> 44)) >> 20);
}

void records_fill(const struct page *page, uint64_t index, struct record *ret)
{
    *ret = (struct record){.index = index};
    page_fill(page, index * sizeof(ret->letters), ret->letters,
              sizeof(ret->letters));
}

uint64_t record_hash(const struct record *record)
{
    return XXH3_64bits(&record->index,
                       sizeof(*record) - offsetof(struct record, index));
}
