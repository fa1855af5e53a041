/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever knows a blog's URL knows its title: what libxml2 finds there. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "workloads/web/blog.h"
#include "workloads/web/url.h"

enum { MANY = 1000 };

static int parse(const char *target, enum blog_part *part, struct page *ret)
{
    return blog_parse(target, strlen(target), part, ret);
}

static void test_a_target_is_parsed(void **state)
{
    enum blog_part part;
    struct page b;

    (void)state;
    assert_int_equal(
        parse("/blog/7?seed=42&bytes=5000&latency-ms=10", &part, &b), 0);
    assert_int_equal(part, BLOG_FRONT);
    assert_int_equal(b.index, 7);
    assert_int_equal(b.seed, 42);
    assert_int_equal(b.bytes, 5000);
    assert_int_equal(b.latency_ms, 10);
    assert_int_equal(parse("/article/18446744073709551615?seed=3", &part, &b),
                     0);
    assert_int_equal(part, BLOG_ARTICLE);
    assert_int_equal(b.index, UINT64_MAX);
    assert_int_equal(b.seed, 3);
    assert_int_equal(b.bytes, 4096);
    assert_int_equal(b.latency_ms, 0);
    assert_int_equal(parse("/blog/0?bytes=1048576", &part, &b), 0);
}

static void test_what_is_no_blog_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "/",
        "/blog",
        "/blog/",
        "/blog/x",
        "/blogs/1",
        "/blog/-1",
        "/blog/1x",
        "/blog/1/",
        "/blog/1?",
        "/blog/1?seed",
        "/blog/1?seed=",
        "/blog/1?colour=1",
        "/blog/1&seed=1",
        "/blog/1?rate=1",
        "/blog/1?seed=1&rate=0",
        "/blog/1?bytes=1048577",
        "/blog/1?latency-ms=600001",
        "/blog/18446744073709551616",
        "/page/1",
        "/article/",
        "/article/x",
        "/blog/page/1",
        "/blog//page/1",
    };
    char longer[400] = "/blog/";

    (void)state;
    memset(longer + 6, '0', sizeof(longer) - 7);
    for (size_t i = 0; i <= COUNT(bad); i++) {
        const char *target = i < COUNT(bad) ? bad[i] : longer;
        enum blog_part part = BLOG_PART_N;
        struct page b = {.index = 99};

        if (parse(target, &part, &b) != -EINVAL)
            fail_msg("'%s' is a blog", target);
        assert_int_equal(part, BLOG_PART_N);
        assert_int_equal(b.index, 99);
    }
}

static void test_a_target_needs_no_end(void **state)
{
    static const char target[] = "/blog/12?seed=34";
    size_t len = strlen(target);
    char *exact = malloc(len);
    enum blog_part part;
    struct page b;

    (void)state;
    assert_non_null(exact);
    memcpy(exact, target, len);
    assert_int_equal(blog_parse(exact, len, &part, &b), 0);
    assert_int_equal(b.seed, 34);
    assert_int_equal(blog_parse(exact, len - 1, &part, &b), 0);
    assert_int_equal(b.seed, 3);
    for (size_t i = 0; i < strlen("/blog/1"); i++)
        assert_int_equal(blog_parse(exact, i, &part, &b), -EINVAL);
    free(exact);
}

/* The i-th of many blogs that have nothing in common. */
static struct page nth(uint64_t i)
{
    static const uint64_t sizes[] = {0, 4096, 1, 900, 100000, 4097, 65536};

    return (struct page){
        .index = i % 5 ? i : UINT64_MAX - i,
        .seed = i % 3 ? i * UINT64_C(0x123456789abcdef) : UINT64_MAX - i,
        .bytes = sizes[i % COUNT(sizes)],
        .latency_ms = i % 4 ? i % 1000 : 600000,
    };
}

static void test_a_target_that_is_written_is_read(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < MANY; i++) {
        for (int p = 0; p < BLOG_PART_N; p++) {
            const struct page b = nth(i);
            char target[BLOG_MAX_TARGET];
            size_t len = blog_target(&b, (enum blog_part)p, target);
            enum blog_part part;
            struct page read;

            assert_int_equal(len, strlen(target));
            assert_int_equal(blog_parse(target, len, &part, &read), 0);
            assert_int_equal(part, p);
            assert_int_equal(read.index, b.index);
            assert_int_equal(read.seed, b.seed);
            assert_int_equal(read.bytes, b.bytes);
            assert_int_equal(read.latency_ms, b.latency_ms);
        }
    }
}

/* A page as libxml2 reads it. */

struct reading {
    char *data;
    const char *type;
    xmlDoc *doc;
};

static struct reading begin(const struct page *b, enum blog_part part)
{
    struct reading r;
    const char *charset;
    size_t len;

    r.data = blog_write(b, part, &len, &r.type);
    assert_non_null(r.data);
    assert_true(len >= b->bytes);
    if (b->bytes >= 4096)
        assert_int_equal(len, b->bytes);
    assert_null(memchr(r.data, '\0', len));
    charset = strstr(r.type, "charset=");
    r.doc = htmlReadMemory(
        r.data, (int)len, NULL, charset ? charset + strlen("charset=") : NULL,
        HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    assert_non_null(r.doc);
    return r;
}

static void end(struct reading *r)
{
    xmlFreeDoc(r->doc);
    free(r->data);
}

/* The text of the first node, white space folded; false: there is none. */
static bool find(const struct reading *r, const char *path, char out[512])
{
    xmlXPathContext *context = xmlXPathNewContext(r->doc);
    xmlXPathObject *found = xmlXPathEval(BAD_CAST path, context);
    bool any = found && !xmlXPathNodeSetIsEmpty(found->nodesetval);
    xmlChar *text = NULL;
    size_t len = 0;

    if (any)
        text = xmlNodeGetContent(found->nodesetval->nodeTab[0]);
    for (xmlChar *p = text; p && *p; p++) {
        bool space = strchr(" \t\r\n", *p);

        if (space && (len == 0 || out[len - 1] == ' '))
            continue;
        assert_true(len < 511);
        out[len++] = space ? ' ' : (char)*p;
    }
    len -= len > 0 && out[len - 1] == ' ';
    out[len] = '\0';
    xmlFree(text);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return any;
}

static void test_the_title_is_found_on_the_article(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < MANY; i++) {
        const struct page b = nth(i);
        struct reading r = begin(&b, BLOG_ARTICLE);
        char title[BLOG_MAX_TITLE], found[512];
        size_t len = blog_title(&b, title);

        assert_int_equal(len, strlen(title));
        assert_true(find(&r, "/html/head/title", found));
        assert_string_equal(found, title);
        end(&r);
    }
}

static void resolve(const char *base, const char *reference, char out[512])
{
    struct url from, to;

    assert_int_equal(url_parse(base, &from), URL_OK);
    assert_int_equal(url_resolve(&from, reference, NULL, &to), URL_OK);
    assert_in_range(strlen(to.text), 1, 511);
    strcpy(out, to.text);
}

static void test_the_first_link_leads_to_the_article(void **state)
{
    static const char *const pages[] = {"http://a:1/blog/3?seed=1",
                                        "http://a:1/fault/plain/3?seed=1"};

    (void)state;
    for (uint64_t i = 0; i < MANY; i++) {
        const struct page b = nth(i);
        struct reading r = begin(&b, BLOG_FRONT);
        char target[BLOG_MAX_TARGET], want[512], link[512], base[512];

        blog_target(&b, BLOG_ARTICLE, target);
        snprintf(want, sizeof(want), "http://a:1%s", target);
        for (size_t j = 0; j < COUNT(pages); j++) {
            char from[512], found[512];

            assert_true(find(&r, "//h3/a/@href", link));
            if (find(&r, "//base/@href", base))
                resolve(pages[j], base, from);
            resolve(base[0] ? from : pages[j], link, found);
            assert_string_equal(found, want);
        }
        /* Whoever takes just any link, or the last, is led astray. */
        assert_true(find(&r, "//a/@href", link));
        assert_null(strstr(link, "article/"));
        assert_true(find(&r, "(//h3/a/@href)[last()]", link));
        assert_string_not_equal(link, target);
        end(&r);
    }
}

/* How many of many have a thing written in them. */
static unsigned count_pages(enum blog_part part, const char *type,
                            const char *text)
{
    unsigned n = 0;

    for (uint64_t i = 0; i < MANY; i++) {
        const struct page b = {.index = i, .seed = 1};
        const char *got;
        size_t len;
        char *data = blog_write(&b, part, &len, &got);

        assert_non_null(data);
        n += (!type || strcmp(type, got) == 0) &&
             memmem(data, len, text, strlen(text));
        free(data);
    }
    return n;
}

/* Else the tests above would show less than they seem to. */
static void test_pages_are_written_in_many_ways(void **state)
{
    static const struct {
        enum blog_part part;
        const char *type, *text;
    } ways[] = {
        {BLOG_FRONT, NULL, "<base href="},
        {BLOG_FRONT, NULL, "=\"/article/"},
        {BLOG_FRONT, NULL, "../../article/"},
        {BLOG_FRONT, NULL, "=\"article/"},
        {BLOG_FRONT, NULL, "='/article/"},
        {BLOG_FRONT, NULL, "&#x2F;article"},
        {BLOG_FRONT, NULL, "&#38;bytes"},
        {BLOG_FRONT, NULL, "?seed=1&bytes"},
        {BLOG_FRONT, NULL, "#top"},
        {BLOG_FRONT, NULL, "<a name="},
        {BLOG_FRONT, NULL, "<!--"},
        {BLOG_ARTICLE, "text/html; charset=utf-8", "Caf\xc3"},
        {BLOG_ARTICLE, "text/html; charset=utf-8", "<TITLE>"},
        {BLOG_ARTICLE, "text/html", "<meta charset=\"utf-8\">"},
        {BLOG_ARTICLE, "text/html", "charset=windows-1252"},
        {BLOG_ARTICLE, "text/html; charset=ISO-8859-1", "\xe9"},
        {BLOG_ARTICLE, NULL, "\xc3\xa9"},
        {BLOG_ARTICLE, NULL, "&eacute;"},
        {BLOG_ARTICLE, NULL, "&#233;"},
        {BLOG_ARTICLE, NULL, "&#xE9;"},
        {BLOG_ARTICLE, NULL, "\x80"},
        {BLOG_ARTICLE, NULL, "\x97"},
        {BLOG_ARTICLE, NULL, "\xe6\x9d\xb1"},
        {BLOG_ARTICLE, NULL, "&amp;"},
        {BLOG_ARTICLE, NULL, "&lt;"},
        {BLOG_ARTICLE, NULL, "\r\n\n"},
        {BLOG_ARTICLE, NULL, " \t"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++)
        if (!count_pages(ways[i].part, ways[i].type, ways[i].text))
            fail_msg("no page is like '%s'", ways[i].text);
}

/* Wherever its bytes end, a page ends well. */
static void test_a_page_of_any_length_ends_well(void **state)
{
    static const char last[] = "</p>\n</body>\n</html>\n";

    (void)state;
    for (uint64_t bytes = 1; bytes < 4000; bytes++) {
        const struct page b = {.index = 2, .bytes = bytes};
        size_t len, tail = strlen(last);
        const char *type;
        char *data = blog_write(&b, BLOG_ARTICLE, &len, &type);

        assert_non_null(data);
        assert_true(len >= bytes);
        if (bytes > 1000)
            assert_int_equal(len, bytes);
        assert_memory_equal(data + len - tail, last, tail);
        assert_true(strchr(" .>abcdefghijklmnop", data[len - tail - 1]));
        assert_null(memmem(data, len, "<<", 2));
        free(data);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_titles_differ(void **state)
{
    static char titles[MANY][BLOG_MAX_TITLE];

    (void)state;
    for (uint64_t i = 0; i < MANY; i++) {
        const struct page b = {.index = i % 100, .seed = i / 100};

        blog_title(&b, titles[i]);
    }
    qsort(titles, MANY, sizeof(titles[0]), by_text);
    for (size_t i = 1; i < MANY; i++)
        assert_string_not_equal(titles[i - 1], titles[i]);
}

/* As long as they are what they were, results can be compared. */
static void test_pages_stay_what_they_are(void **state)
{
    XXH3_state_t hash;

    (void)state;
    XXH3_INITSTATE(&hash);
    XXH3_64bits_reset(&hash);
    for (uint64_t i = 0; i < MANY; i++) {
        const struct page b = nth(i);

        for (int p = 0; p < BLOG_PART_N; p++) {
            const char *type;
            size_t len;
            char *data = blog_write(&b, (enum blog_part)p, &len, &type);

            assert_non_null(data);
            XXH3_64bits_update(&hash, data, len);
            XXH3_64bits_update(&hash, type, strlen(type));
            free(data);
        }
    }
    assert_int_equal(XXH3_64bits_digest(&hash), UINT64_C(0xe063709e758de53e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_target_is_parsed),
        cmocka_unit_test(test_what_is_no_blog_is_refused),
        cmocka_unit_test(test_a_target_needs_no_end),
        cmocka_unit_test(test_a_target_that_is_written_is_read),
        cmocka_unit_test(test_the_title_is_found_on_the_article),
        cmocka_unit_test(test_the_first_link_leads_to_the_article),
        cmocka_unit_test(test_pages_are_written_in_many_ways),
        cmocka_unit_test(test_a_page_of_any_length_ends_well),
        cmocka_unit_test(test_titles_differ),
        cmocka_unit_test(test_pages_stay_what_they_are),
    };

    return cmocka_run_group_tests_name("blog", tests, NULL, NULL);
}
