/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages for programs in other languages are, and what is none. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/numbered.h"

#define SECRET UINT64_C(0x123456789)

static const struct nonce nonce = {.seed = 5, .bytes = 100, .latency_ms = 7};

static int parse(const char *target, struct numbered *ret)
{
    return numbered_parse(target, strlen(target), SECRET, ret);
}

/* Its page, as the origin reads its target. */
static struct page page_at(const struct nonce *n, enum numbered_kind kind,
                           uint64_t index)
{
    char target[NUMBERED_MAX_TARGET + 20];
    size_t len = numbered_target(n, kind, target);
    struct numbered found;

    assert_int_equal(len, strlen(target));
    snprintf(target + len, 20, "%" PRIu64, index);
    assert_int_equal(parse(target, &found), 0);
    assert_int_equal(found.kind, kind);
    assert_int_equal(found.page.index, index);
    return found.page;
}

static void test_a_target_is_parsed(void **state)
{
    struct numbered n;

    (void)state;
    assert_int_equal(parse("/n/5-100-7/42", &n), 0);
    assert_int_equal(n.kind, NUMBERED_PAGE);
    assert_int_equal(n.page.index, 42);
    assert_int_equal(n.page.bytes, 100);
    assert_int_equal(n.page.latency_ms, 7);
    assert_int_equal(parse("/bulk/5-4294967296-0-open/0", &n), 0);
    assert_int_equal(n.kind, NUMBERED_BULK);
    assert_int_equal(n.page.seed, 5);
    assert_int_equal(parse("/plain/5-100-7/42/article", &n), 0);
    assert_int_equal(n.kind, NUMBERED_PLAIN);
    assert_int_equal(n.part, BLOG_ARTICLE);
    assert_int_equal(parse("/plain/5-100-7/42", &n), 0);
    assert_int_equal(n.part, BLOG_FRONT);
}

static void test_what_is_none_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "/n",
        "/n/",
        "/n/5-100-7",
        "/n/5-100-7/",
        "/n/5-100/1",
        "/n/5-100-7-/1",
        "/n/5-100-7-opened/1",
        "/n/5--7/1",
        "/n/5-100-7/1/",
        "/n/5-100-7/1/article",
        "/n/5-100-7/1?seed=1",
        "/n/5-100-600001/1",
        "/n/5-4294967297-7/1",
        "/n/5-18446744073709551616-7/1",
        "/n/5-100-7/18446744073709551616",
        "/bulk/5-100-7/1/article",
        "/plain/5-1048577-7/1",
        "/plain/5-100-7/1/articles",
        "/plain/5-100-7/article",
        "/plains/5-100-7/1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct numbered n = {.page = {.index = 99}};

        if (parse(bad[i], &n) != -EINVAL)
            fail_msg("'%s' is taken for one", bad[i]);
        assert_int_equal(n.page.index, 99);
    }
}

/* The byte behind the target belongs to another. */
static void test_a_target_ends_where_it_ends(void **state)
{
    static const char whole[] = "/plain/5-100-7-open/42/article";
    struct numbered n;

    (void)state;
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        char *cut = malloc(len + 1);
        int error;

        assert_non_null(cut);
        memcpy(cut + 1, whole, len);
        error = numbered_parse(cut + 1, len, SECRET, &n);
        free(cut);
        /* ".../4" and ".../42" are targets, too. */
        assert_int_equal(error == 0, len == 21 || len == 22);
    }
}

static void test_a_body_ends_with_its_number(void **state)
{
    (void)state;
    for (uint64_t bytes = 0; bytes < 200; bytes++) {
        const struct nonce n = {.seed = bytes, .bytes = bytes};
        struct page page = page_at(&n, NUMBERED_BULK, bytes % 3);
        char body[256] = "", word[16];

        assert_int_equal(page.bytes, bytes < 11 ? 11 : bytes);
        page_fill(&page, 0, body, (size_t)page.bytes);
        snprintf(word, sizeof(word), " %" PRIu32,
                 numbered_number(SECRET, &n, bytes % 3));
        assert_int_equal(strlen(word), 11);
        assert_string_equal(body + page.bytes - 11, word);
        assert_int_equal(strspn(body, "abcdefghijklmnop"), page.bytes - 11);
    }
}

static void test_a_body_is_the_same_in_pieces(void **state)
{
    const struct nonce n = {.seed = 1, .bytes = 99};
    struct page page = page_at(&n, NUMBERED_PAGE, 3);
    char whole[99], pieces[99];

    (void)state;
    page_fill(&page, 0, whole, sizeof(whole));
    for (size_t piece = 8; piece < sizeof(whole); piece += 8) {
        memset(pieces, 0, sizeof(pieces));
        for (size_t at = 0; at < sizeof(whole); at += piece)
            page_fill(&page, at, pieces + at,
                      sizeof(whole) - at < piece ? sizeof(whole) - at : piece);
        assert_memory_equal(pieces, whole, sizeof(whole));
    }
}

static void test_numbers_differ_by_all_that_makes_them(void **state)
{
    struct nonce other = nonce, open = nonce;
    uint32_t number = numbered_number(SECRET, &nonce, 1);

    (void)state;
    other.seed++;
    open.open = true;
    assert_true(number >= UINT32_C(1) << 31);
    assert_int_equal(numbered_number(SECRET, &nonce, 1), number);
    assert_int_not_equal(numbered_number(SECRET, &nonce, 2), number);
    assert_int_not_equal(numbered_number(SECRET + 1, &nonce, 1), number);
    assert_int_not_equal(numbered_number(SECRET, &other, 1), number);
    assert_int_equal(numbered_number(SECRET, &open, 1),
                     numbered_number(0, &open, 1));
}

/* As a program without a parser does it: the words between two tags. */
static void between(const char *text, const char *open, const char *close,
                    char *out, size_t size)
{
    const char *at = strstr(text, open), *end;

    assert_non_null(at);
    at += strlen(open);
    end = strstr(at, close);
    assert_non_null(end);
    assert_null(strstr(end, open)); /* there is no second one */
    snprintf(out, size, "%.*s", (int)(end - at), at);
}

static void test_a_blog_has_one_link_and_one_title(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        const struct nonce n = {.seed = i, .bytes = 20 * i};
        struct page page = page_at(&n, NUMBERED_PLAIN, i);
        char link[64], wanted[64], title[256], right[BLOG_MAX_TITLE];
        const char *type;
        size_t len;
        char *text = blog_write(&page, BLOG_FRONT, &len, &type);

        assert_non_null(text);
        between(text, "<h3><a href=\"", "\"", link, sizeof(link));
        snprintf(wanted, sizeof(wanted), "%" PRIu64 "/article", i);
        assert_string_equal(link, wanted);
        free(text);
        text = blog_write(&page, BLOG_ARTICLE, &len, &type);
        assert_non_null(text);
        assert_string_equal(type, "text/html; charset=utf-8");
        between(text, "<title>", "</title>", title, sizeof(title));
        numbered_title(SECRET, &n, i, right);
        assert_string_equal(title, right);
        snprintf(wanted, sizeof(wanted), " %" PRIu32,
                 numbered_number(SECRET, &n, i));
        assert_string_equal(title + strlen(title) - 11, wanted);
        if (i > 30)
            assert_int_equal(len, 20 * i);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_target_is_parsed),
        cmocka_unit_test(test_what_is_none_is_refused),
        cmocka_unit_test(test_a_target_ends_where_it_ends),
        cmocka_unit_test(test_a_body_ends_with_its_number),
        cmocka_unit_test(test_a_body_is_the_same_in_pieces),
        cmocka_unit_test(test_numbers_differ_by_all_that_makes_them),
        cmocka_unit_test(test_a_blog_has_one_link_and_one_title),
    };

    return cmocka_run_group_tests_name("numbered", tests, NULL, NULL);
}
