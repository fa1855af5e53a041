/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/numbered.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static const char *const prefixes[NUMBERED_N] = {
    [NUMBERED_PAGE] = "/n/",
    [NUMBERED_BULK] = "/bulk/",
    [NUMBERED_PLAIN] = "/plain/",
};

/* Of any kind: that of a page in bulk changes no number. */
static struct page page_of(uint64_t secret, const struct nonce *n,
                           uint64_t index)
{
    const uint64_t public[] = {n->seed, n->bytes, n->latency_ms};
    uint64_t least = PAGE_LAST_WORD;

    return (struct page){
        .index = index,
        .seed = n->open ? n->seed
                        : XXH3_64bits_withSeed(public, sizeof(public), secret),
        .bytes = n->bytes < least ? least : n->bytes,
        .latency_ms = n->latency_ms,
        .plain = 1,
    };
}

/* SEED-BYTES-LATENCY_MS, and what may be behind that. */
static bool parse_nonce(const char **at, const char *end, uint64_t max_bytes,
                        struct nonce *ret)
{
    if (!page_read_number(at, end, UINT64_MAX, &ret->seed) ||
        !page_skip(at, end, "-") ||
        !page_read_number(at, end, max_bytes, &ret->bytes) ||
        !page_skip(at, end, "-") ||
        !page_read_number(at, end, PAGE_MAX_LATENCY_MS, &ret->latency_ms))
        return false;
    ret->open = page_skip(at, end, "-open");
    return page_skip(at, end, "/");
}

int numbered_parse(const char *target, size_t len, uint64_t secret,
                   struct numbered *ret)
{
    const char *at = target, *end = target + len;
    struct numbered found = {.kind = NUMBERED_PAGE};
    struct nonce n;
    uint64_t index;

    while (!page_skip(&at, end, prefixes[found.kind]))
        if (++found.kind == NUMBERED_N)
            return -EINVAL;
    if (!parse_nonce(&at, end,
                     found.kind == NUMBERED_PLAIN ? BLOG_MAX_BYTES
                                                  : PAGE_MAX_BYTES,
                     &n) ||
        !page_read_number(&at, end, UINT64_MAX, &index))
        return -EINVAL;
    if (found.kind == NUMBERED_PLAIN && page_skip(&at, end, "/article"))
        found.part = BLOG_ARTICLE;
    if (at != end)
        return -EINVAL;
    found.page = page_of(secret, &n, index);
    found.page.bulk = found.kind == NUMBERED_BULK;
    *ret = found;
    return 0;
}

size_t numbered_target(const struct nonce *n, enum numbered_kind kind,
                       char out[NUMBERED_MAX_TARGET])
{
    return (size_t)snprintf(out, NUMBERED_MAX_TARGET,
                            "%s%" PRIu64 "-%" PRIu64 "-%" PRIu64 "%s/",
                            prefixes[kind], n->seed, n->bytes, n->latency_ms,
                            n->open ? "-open" : "");
}

uint32_t numbered_number(uint64_t secret, const struct nonce *n, uint64_t index)
{
    const struct page page = page_of(secret, n, index);

    return page_number(&page);
}

size_t numbered_title(uint64_t secret, const struct nonce *n, uint64_t index,
                      char out[BLOG_MAX_TITLE])
{
    const struct page page = page_of(secret, n, index);

    return blog_title(&page, out);
}
