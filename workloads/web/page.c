/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

bool page_skip(const char **at, const char *end, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

bool page_read_number(const char **at, const char *end, uint64_t max,
                      uint64_t *ret)
{
    const char *p = *at;
    uint64_t value = 0;

    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (p == *at || value > max)
        return false;
    *at = p;
    *ret = value;
    return true;
}

int page_parse_rest(const char *rest, size_t len, struct page *ret_page)
{
    struct page page = {.bytes = 4096};
    const struct {
        const char *key;
        uint64_t *value, max;
    } keys[] = {
        {"seed=", &page.seed, UINT64_MAX},
        {"bytes=", &page.bytes, PAGE_MAX_BYTES},
        {"latency-ms=", &page.latency_ms, PAGE_MAX_LATENCY_MS},
        {"rate=", &page.rate, PAGE_MAX_RATE},
        {"bulk=", &page.bulk, 1},
    };
    const char *at = rest, *end = rest + len;
    const char *separator = "?";

    if (!page_read_number(&at, end, UINT64_MAX, &page.index))
        return -EINVAL;
    for (; at < end; separator = "&") {
        size_t i = 0, n = sizeof(keys) / sizeof(keys[0]);

        if (!page_skip(&at, end, separator))
            return -EINVAL;
        while (i < n && !page_skip(&at, end, keys[i].key))
            i++;
        if (i == n || !page_read_number(&at, end, keys[i].max, keys[i].value))
            return -EINVAL;
    }
    *ret_page = page;
    return 0;
}

int page_parse(const char *target, size_t len, struct page *ret_page)
{
    const char *at = target, *end = target + len;

    return page_skip(&at, end, PAGE_PREFIX)
               ? page_parse_rest(at, (size_t)(end - at), ret_page)
               : -EINVAL;
}

size_t page_suffix(const struct page *page, char out[PAGE_MAX_TARGET])
{
    return (size_t)snprintf(out, PAGE_MAX_TARGET,
                            "?seed=%" PRIu64 "&bytes=%" PRIu64
                            "&latency-ms=%" PRIu64 "&rate=%" PRIu64 "%s",
                            page->seed, page->bytes, page->latency_ms,
                            page->rate, page->bulk ? "&bulk=1" : "");
}

size_t page_write_number(char *out, uint64_t value)
{
    char digits[20];
    size_t n = 0, len;

    do
        digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    for (len = 0; n > 0; len++)
        out[len] = digits[--n];
    return len;
}

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t page_number(const struct page *page)
{
    uint64_t random = mix(mix(~page->seed) + page->index);

    return (uint32_t)(random >> 32) | UINT32_C(1) << 31;
}

/* What of the last word is in these `len` bytes from `offset` on. */
static void put_last_word(const struct page *page, uint64_t offset, char *out,
                          size_t len)
{
    char word[PAGE_LAST_WORD + 1];
    uint64_t at = page->bytes - PAGE_LAST_WORD;

    snprintf(word, sizeof(word), " %" PRIu32, page_number(page));
    for (size_t i = 0; i < PAGE_LAST_WORD; i++, at++)
        if (at >= offset && at - offset < len)
            out[at - offset] = word[i];
}

static void put_letters(const struct page *page, uint64_t offset, char *out,
                        size_t len)
{
    const uint64_t gamma = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t state = mix(page->seed + gamma) ^ mix(page->index + 1);

    state += offset / 8 * gamma;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t letters;

        state += gamma;
        letters = (mix(state) & UINT64_C(0x0f0f0f0f0f0f0f0f)) +
                  UINT64_C(0x6161616161616161);
        memcpy(out + i, &letters, len - i < 8 ? len - i : 8);
    }
}

void page_fill(const struct page *page, uint64_t offset, char *out, size_t len)
{
    uint64_t period = page->bulk ? PAGE_PERIOD : UINT64_MAX;
    size_t n;

    for (size_t at = 0; at < len; at += n) {
        uint64_t from = (offset + at) % period;

        n = len - at < period - from ? len - at : (size_t)(period - from);
        put_letters(page, from, out + at, n);
    }
    if (page->plain && offset + len > page->bytes - PAGE_LAST_WORD)
        put_last_word(page, offset, out, len);
}

uint64_t page_hash(const struct page *page)
{
    XXH3_state_t state;
    char chunk[4096];

    XXH3_64bits_reset(&state);
    for (uint64_t at = 0; at < page->bytes; at += sizeof(chunk)) {
        uint64_t left = page->bytes - at;
        size_t len = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);

        page_fill(page, at, chunk, len);
        XXH3_64bits_update(&state, chunk, len);
    }
    return XXH3_64bits_digest(&state);
}
