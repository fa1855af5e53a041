/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any bytes as a target: what is taken for a page is within its limits, can
 * be written down again, and has the same body however it is asked for.
 */
#include "tests/conformance/fuzz.h"
#include "workloads/web/numbered.h"
#include "workloads/web/page.h"

const char *const fuzz_seeds[] = {
    "00000000/page/1",
    "00000000/page/0?seed=1&bytes=2&latency-ms=3&rate=4",
    "00000000/page/18446744073709551615?seed=18446744073709551615",
    "00000000/page/3?bytes=4294967296&rate=10000000000&latency-ms=600000",
    "00000000/page/3?bytes=00001&bytes=77",
    "00000000/page/3?bulk=1&bytes=77",
    "00000000/n/5-0-7/42",
    "00000000/bulk/5-4294967296-0-open/0",
    "00000000/plain/5-100-600000/42/article",
    NULL,
};

static void check_again(const struct page *page)
{
    char target[PAGE_MAX_TARGET + 32], suffix[PAGE_MAX_TARGET];
    struct page again;
    size_t len = page_suffix(page, suffix);

    FUZZ_CHECK(len == strlen(suffix) && len < PAGE_MAX_TARGET);
    len = (size_t)snprintf(target, sizeof(target), PAGE_PREFIX "%llu%s",
                           (unsigned long long)page->index, suffix);
    FUZZ_CHECK(len < sizeof(target));
    FUZZ_CHECK(page_parse(target, len, &again) == 0);
    FUZZ_CHECK(memcmp(&again, page, sizeof(again)) == 0);
}

static void check_body(const struct page *page, const uint8_t *choice)
{
    enum { MOST = 300 };
    char whole[MOST], part[MOST];
    size_t turn = 0, size = page->bytes < MOST ? (size_t)page->bytes : MOST;

    page_fill(page, 0, whole, size);
    for (size_t at = 0; at < size;) {
        size_t len = fuzz_piece(choice, &turn, size - at);

        if (at + len < size)
            len = (len + 7) & ~(size_t)7;
        if (len > size - at)
            len = size - at;
        page_fill(page, at, part + at, len);
        at += len;
    }
    FUZZ_CHECK(memcmp(whole, part, size) == 0);
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(whole[i] >= 'a' && whole[i] <= 'p');
}

/* Numbered pages are within the same limits, and have room for a number. */
static void check_numbered(const char *target, size_t size)
{
    struct numbered found = {.page.index = 1};
    char body[PAGE_LAST_WORD + 1] = "";
    const struct page *page = &found.page;

    if (numbered_parse(target, size, 7, &found))
        return;
    FUZZ_CHECK(found.kind < NUMBERED_N && found.part < BLOG_PART_N);
    FUZZ_CHECK(page->bytes >= PAGE_LAST_WORD && page->bytes <= PAGE_MAX_BYTES);
    FUZZ_CHECK(page->latency_ms <= PAGE_MAX_LATENCY_MS && !page->rate);
    if (page->bytes == PAGE_LAST_WORD)
        page_fill(page, 0, body, PAGE_LAST_WORD);
    FUZZ_CHECK(!body[0] || (body[0] == ' ' && body[1] > '0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct page untouched = {1, 2, 3, 4, 5};
    struct page page = untouched;
    char *target;
    int error;

    if (size < 8)
        return 0;
    target = malloc(size - 8 + 1);
    FUZZ_CHECK(target);
    memcpy(target + 1, data + 8, size - 8);
    error = page_parse(target + 1, size - 8, &page);
    check_numbered(target + 1, size - 8);
    free(target);
    if (error) {
        FUZZ_CHECK(error < 0);
        FUZZ_CHECK(memcmp(&page, &untouched, sizeof(page)) == 0);
        return 0;
    }
    FUZZ_CHECK(page.bytes <= PAGE_MAX_BYTES);
    FUZZ_CHECK(page.latency_ms <= PAGE_MAX_LATENCY_MS);
    FUZZ_CHECK(page.rate <= PAGE_MAX_RATE);
    check_again(&page);
    check_body(&page, data);
    return 0;
}
