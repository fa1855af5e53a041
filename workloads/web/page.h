/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_PAGE_H
#define BATON_WORKLOADS_WEB_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A page of the origin: all that it is stands in its URL, so the server keeps
 * no state, and the URL gives away the body.
 *
 *     /page/INDEX?seed=S&bytes=B&latency-ms=L&rate=R&bulk=1
 */
struct page {
    uint64_t index, seed, bytes, latency_ms, rate;
    /*
     * 1: its letters begin again each PAGE_PERIOD bytes, so that the server
     * computes them once, and a large body costs it little.
     */
    uint64_t bulk;
    /* 1: for programs that know no checksum of ours: numbered.h; else 0. */
    uint64_t plain;
};

enum {
    PAGE_MAX_TARGET = 160,
    /* A prime number times 8: no buffer of a power of two has the same twice.
     */
    PAGE_PERIOD = 8 * 8191,
};

/* The longest body and the longest wait that the origin serves. */
#define PAGE_MAX_BYTES      (UINT64_C(1) << 32)
#define PAGE_MAX_LATENCY_MS UINT64_C(600000)
#define PAGE_MAX_RATE       UINT64_C(10000000000)

/* 0, or -EINVAL: not a page. `target` need not end in a NUL. */
int page_parse(const char *target, size_t len, struct page *ret_page);
/* The same of what follows the prefix. */
int page_parse_rest(const char *rest, size_t len, struct page *ret_page);
/* Whether `word` stands there, before `end`; *at is behind it then. */
bool page_skip(const char **at, const char *end, const char *word);

/*
 * The two constant parts of a target, around the index: "/page/" and
 * "?seed=...".  Returns the length of the second one, written with a NUL.
 */
#define PAGE_PREFIX "/page/"
size_t page_suffix(const struct page *page, char out[PAGE_MAX_TARGET]);

/* Reads a decimal number to `max`; *at is behind it then.  False: none. */
bool page_read_number(const char **at, const char *end, uint64_t max,
                      uint64_t *ret);
/* The decimal digits of a number, at most 20, without a NUL; how many. */
size_t page_write_number(char *out, uint64_t value);

/*
 * `len` bytes of the page's body from `offset` on, which is a multiple of 8.
 * Letters a to p, 8 for each step of splitmix64 (Steele, Lea, Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014) from a start that
 * seed and index choose.
 */
void page_fill(const struct page *page, uint64_t offset, char *out, size_t len);

/* What a plain page ends with, as its last word: always ten digits. */
uint32_t page_number(const struct page *page);
enum { PAGE_LAST_WORD = 11 }; /* with the blank before it */

/* XXH3-64 of the whole body. */
uint64_t page_hash(const struct page *page);

#endif
