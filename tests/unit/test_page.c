/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever knows a page's URL knows its body. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "workloads/web/page.h"

static int parse(const char *target, struct page *ret)
{
    return page_parse(target, strlen(target), ret);
}

static void test_a_target_is_parsed(void **state)
{
    struct page p;

    (void)state;
    assert_int_equal(
        parse("/page/7?seed=42&bytes=5000&latency-ms=10&rate=1000", &p), 0);
    assert_int_equal(p.index, 7);
    assert_int_equal(p.seed, 42);
    assert_int_equal(p.bytes, 5000);
    assert_int_equal(p.latency_ms, 10);
    assert_int_equal(p.rate, 1000);
    assert_int_equal(parse("/page/18446744073709551615?rate=2&seed=3", &p), 0);
    assert_int_equal(p.index, UINT64_MAX);
    assert_int_equal(p.seed, 3);
    assert_int_equal(p.rate, 2);
    assert_int_equal(p.latency_ms, 0);
    assert_int_equal(parse("/page/0", &p), 0);
    assert_int_equal(p.bytes, 4096);
}

static void test_what_is_no_page_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "/",
        "/page/",
        "page/7",
        "/pages/7",
        "/page/x",
        "/page/-1",
        "/page/7x",
        "/page/7/",
        "/page/7?",
        "/page/7?seed",
        "/page/7?seed=",
        "/page/7?seed=x",
        "/page/7?seed=1&",
        "/page/7?seed=1?bytes=2",
        "/page/7&seed=1",
        "/page/7?colour=1",
        "/page/7?seed=1 ",
        "/page/ 7",
        "/page/18446744073709551616",
        "/page/7?seed=99999999999999999999",
        "/page/7?bytes=4294967297",
        "/page/7?latency-ms=600001",
        "/page/7?rate=10000000001",
    };
    struct page p = {.index = 77};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (parse(bad[i], &p) != -EINVAL)
            fail_msg("'%s' is a page", bad[i]);
    assert_int_equal(p.index, 77);
    assert_int_equal(parse("/page/7?bytes=4294967296&latency-ms=600000"
                           "&rate=10000000000",
                           &p),
                     0);
}

static void test_a_target_cut_anywhere_is_no_other_memory(void **state)
{
    const char target[] = "/page/17?seed=42&bytes=5000&latency-ms=10&rate=1000";

    (void)state;
    for (size_t len = 0; len < strlen(target); len++) {
        /* Just as long as it says: a sanitizer sees whoever reads on. */
        char *cut = malloc(len ? len : 1);
        struct page p;
        /* It may end behind a digit. */
        int whole = len > 0 && target[len - 1] >= '0' && target[len - 1] <= '9';

        memcpy(cut, target, len);
        assert_int_equal(page_parse(cut, len, &p), whole ? 0 : -EINVAL);
        free(cut);
    }
}

static void test_a_suffix_is_parsed_back(void **state)
{
    const struct page pages[] = {
        {0},
        {.index = 5, .seed = 1, .bytes = 2, .latency_ms = 3, .rate = 4},
        {.index = UINT64_MAX,
         .seed = UINT64_MAX,
         .bytes = PAGE_MAX_BYTES,
         .latency_ms = PAGE_MAX_LATENCY_MS,
         .rate = PAGE_MAX_RATE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(pages); i++) {
        char suffix[PAGE_MAX_TARGET], target[2 * PAGE_MAX_TARGET];
        size_t len = page_suffix(&pages[i], suffix);
        struct page p;

        assert_int_equal(len, strlen(suffix));
        snprintf(target, sizeof(target), PAGE_PREFIX "%llu%s",
                 (unsigned long long)pages[i].index, suffix);
        assert_true(strlen(target) < PAGE_MAX_TARGET);
        assert_int_equal(parse(target, &p), 0);
        assert_memory_equal(&p, &pages[i], sizeof(p));
    }
}

enum { BYTES = 5000 };

static void test_a_page_is_what_it_always_was(void **state)
{
    const struct page p = {.index = 7, .seed = 42, .bytes = BYTES};
    char body[BYTES];

    (void)state;
    page_fill(&p, 0, body, BYTES);
    assert_memory_equal(body, "ifonmdjpkjlopdaflbefmammmbmdehjh", 32);
    assert_int_equal(page_hash(&p), UINT64_C(0x5a9e6ecdef7f2d02));
    for (size_t i = 0; i < BYTES; i++)
        assert_in_range(body[i], 'a', 'p');
}

static void test_a_hash_is_that_of_the_body(void **state)
{
    static const uint64_t lengths[] = {0,   1,    7,    8,    9,    240,
                                       241, 4095, 4096, 4097, 8192, 10001};
    char body[10001];

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct page p = {.index = 1, .seed = 2, .bytes = lengths[i]};

        page_fill(&p, 0, body, lengths[i]);
        assert_int_equal(page_hash(&p), XXH3_64bits(body, lengths[i]));
    }
}

static void test_any_slice_is_a_part_of_the_whole(void **state)
{
    const struct page p = {.index = 3, .seed = 9, .bytes = 256};
    char whole[256], slice[256];

    (void)state;
    page_fill(&p, 0, whole, sizeof(whole));
    for (size_t from = 0; from < sizeof(whole); from += 8)
        for (size_t len = 0; len <= sizeof(whole) - from; len++) {
            memset(slice, '!', sizeof(slice));
            page_fill(&p, from, slice, len);
            assert_memory_equal(slice, whole + from, len);
            if (len < sizeof(slice))
                assert_int_equal(slice[len], '!');
        }
}

static void test_an_offset_beyond_4_gib_is_no_other(void **state)
{
    const struct page p = {.index = 3, .seed = 9};
    char a[64], b[64];

    (void)state;
    page_fill(&p, (UINT64_C(1) << 32) - 8, a, 64);
    page_fill(&p, UINT64_C(1) << 32, b, 56);
    assert_memory_equal(a + 8, b, 56);
    page_fill(&p, 0, b, 64);
    assert_memory_not_equal(a + 8, b, 56);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(uint64_t));
}

static void test_pages_differ_by_seed_and_index(void **state)
{
    enum { SIDE = 64 };
    static uint64_t hashes[SIDE * SIDE];

    (void)state;
    for (uint64_t seed = 0; seed < SIDE; seed++)
        for (uint64_t index = 0; index < SIDE; index++) {
            struct page p = {.index = index, .seed = seed, .bytes = 64};

            hashes[seed * SIDE + index] = page_hash(&p);
        }
    qsort(hashes, COUNT(hashes), sizeof(hashes[0]), compare);
    for (size_t i = 1; i < COUNT(hashes); i++)
        assert_int_not_equal(hashes[i - 1], hashes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_target_is_parsed),
        cmocka_unit_test(test_what_is_no_page_is_refused),
        cmocka_unit_test(test_a_target_cut_anywhere_is_no_other_memory),
        cmocka_unit_test(test_a_suffix_is_parsed_back),
        cmocka_unit_test(test_a_page_is_what_it_always_was),
        cmocka_unit_test(test_a_hash_is_that_of_the_body),
        cmocka_unit_test(test_any_slice_is_a_part_of_the_whole),
        cmocka_unit_test(test_an_offset_beyond_4_gib_is_no_other),
        cmocka_unit_test(test_pages_differ_by_seed_and_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
