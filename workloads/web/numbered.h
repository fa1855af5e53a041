/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_NUMBERED_H
#define BATON_WORKLOADS_WEB_NUMBERED_H

#include <stddef.h>
#include <stdint.h>

#include "workloads/web/blog.h"
#include "workloads/web/page.h"

/*
 * Pages of the origin for programs in any language: each is a URL to which an
 * index is appended, and has a number that only its last bytes reveal.
 *
 *     /n/NONCE/INDEX              text; its last word is the number
 *     /bulk/NONCE/INDEX           the same, called a file
 *     /plain/NONCE/INDEX          a blog: one link, relative, to
 *     /plain/NONCE/INDEX/article  whose one title has the number in it
 *
 * NONCE is SEED-BYTES-LATENCY_MS.  The numbers depend on it and on a secret of
 * the origin, so a program has to read what it is asked to read.  With "-open"
 * behind it the secret is left out: Baton's own workloads know the numbers.
 */
enum numbered_kind { NUMBERED_PAGE, NUMBERED_BULK, NUMBERED_PLAIN, NUMBERED_N };

struct nonce {
    uint64_t seed, bytes, latency_ms;
    bool open; /* without the secret */
};

enum { NUMBERED_MAX_TARGET = 128 };

struct numbered {
    enum numbered_kind kind;
    enum blog_part part; /* of a blog */
    struct page page;
};

/* 0, or -EINVAL: none of these. `target` need not end in a NUL. */
int numbered_parse(const char *target, size_t len, uint64_t secret,
                   struct numbered *ret);

/*
 * The path before the index: "/n/NONCE/", with a NUL; its length.
 */
size_t numbered_target(const struct nonce *n, enum numbered_kind kind,
                       char out[NUMBERED_MAX_TARGET]);

/* Page, file or blog `index`: 2^31 to 2^32 - 1; and the title of its article.
 */
uint32_t numbered_number(uint64_t secret, const struct nonce *n,
                         uint64_t index);
size_t numbered_title(uint64_t secret, const struct nonce *n, uint64_t index,
                      char out[BLOG_MAX_TITLE]);

#endif
