/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wanted of a page is found, whatever the page is like. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workloads/web/bounded.h"
#include "workloads/web/extract.h"

#define TITLE "/html/head/title"
#define LINK  "//h3/a/@href"
#define HTML  "text/html"
#define BOM   "\xef\xbb\xbf"

/* A block of its own, so that a sanitizer sees who reads beyond the page. */
static struct markup markup_of(const char *data, size_t len, const char *type)
{
    char *page = malloc(len ? len : 1);

    assert_non_null(page);
    memcpy(page, data, len);
    return (struct markup){page, len, type};
}

static enum extract text_of(const char *data, size_t len, const char *type,
                            const char *xpath, char *out, size_t size)
{
    struct markup m = markup_of(data, len, type);
    enum extract result = extract_text(&m, xpath, out, size);

    free((void *)m.data);
    return result;
}

struct row {
    const char *type, *page, *expected; /* NULL: nothing */
    size_t len;                         /* 0: it ends at its NUL */
};

static void check(const struct row *rows, size_t n, const char *xpath)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = rows[i].len ? rows[i].len : strlen(rows[i].page);
        char out[256] = "untouched";
        enum extract result =
            text_of(rows[i].page, len, rows[i].type, xpath, out, sizeof(out));

        if (!rows[i].expected) {
            if (result != EXTRACT_NOTHING)
                fail_msg("row %zu: %d, '%s'", i, result, out);
        } else if (result != EXTRACT_FOUND || strcmp(out, rows[i].expected)) {
            fail_msg("row %zu: %d, '%s', not '%s'", i, result, out,
                     rows[i].expected);
        }
    }
}

#define CHECK(rows, xpath) check(rows, COUNT(rows), xpath)
#define T(text)            "<title>" text "</title>"
#define NONE               "\xef\xbf\xbd"
/* A page with NULs in it. */
#define NULS(type, page, expected)                                             \
    {                                                                          \
        type, page, expected, sizeof(page) - 1                                 \
    }

static void test_a_title_is_found_in_what_passes_for_html(void **state)
{
    static const struct row rows[] = {
        {HTML, "<!DOCTYPE html><html><head>" T("x") "</head></html>", "x"},
        {HTML, T("x"), "x"},
        {HTML, "<TITLE>x", "x"},
        {HTML, "<title>x</title", "x</title"},
        {HTML, "<html><body><p>x</body></html>", NULL},
        {HTML, T(""), NULL},
        {HTML, T(" \n\t&#32;&#10;"), NULL},
        {HTML, "<title>", NULL},
        {HTML, "<title", NULL},
        {HTML, "<", NULL},
        {HTML, "  \r\n", NULL},
        {HTML, "x", NULL},
        {HTML, BOM, NULL},
        {HTML, "<!-- " T("x") " -->", NULL},
        {HTML, T("a") T("b"), "a"},
        {HTML, T("a <b>bold</b> thing"), "a <b>bold</b> thing"},
        {HTML, "<textarea>" T("no") "</textarea>" T("late"), NULL},
        {HTML, T("<!-- a") T("b"), "<!-- a"},
        {HTML, "<p>text" T("late"), NULL},
        {HTML, "<body><svg>" T("drawn") "</svg>", NULL},
        {HTML, T("x") "<svg>" T("drawn") "</svg>", "x"},
        {HTML, "<script>'" T("no") "'</script>" T("x"), "x"},
        {HTML, "<body a=1 a=2><p>" T("x") "</b></i></p>", NULL},
        {HTML, "\n\n<meta name=x><link rel=y>" T("x") "<body>", "x"},
        {"application/xhtml+xml",
         "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>"
         "<head><title>x</title></head><body/></html>",
         "x"},
    };

    (void)state;
    CHECK(rows, TITLE);
}

static void test_white_space_is_folded(void **state)
{
    static const struct row rows[] = {
        {HTML, T("\n\t a \r\n  b \n"), "a b"},
        {HTML, T("a&#10;&#9;b&#32; c"), "a b c"},
        {HTML, T("a \f\t\n\r b"), "a b"},
        /* Not what XML and browsers call white space. */
        {HTML, T("a&nbsp;b"),
         "a\xc2\xa0"
         "b"},
        {HTML, T("a&#x3000;b"),
         "a\xe3\x80\x80"
         "b"},
        /* No terminal has to obey a page. */
        NULS(HTML,
             T("a\x1b[2Jb\x07"
               "c\x7f"
               "d\0e"),
             "a [2Jb c de"),
        {HTML, T("a&#x7f;b&#x85;c&#x2028;d&#x2029;e"),
         "a b\xe2\x80\xa6"
         "c d e"},
        {"text/html;charset=utf-8",
         T("a\xc2\x9b"
           "b"),
         "a b"},
    };

    (void)state;
    CHECK(rows, TITLE);
}

static void test_entities_are_what_they_stand_for(void **state)
{
    static const struct row rows[] = {
        {HTML, T("a &amp; b &lt;c&gt; &quot;d&quot;"), "a & b <c> \"d\""},
        {HTML, T("&euro;&#8364;&#x20ac;&#X20AC;"),
         "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"},
        {HTML, T("caf&eacute; &Uuml;ber &hellip;"),
         "caf\xc3\xa9 \xc3\x9c"
         "ber \xe2\x80\xa6"},
        {HTML, T("Don&#146;t &#150; &#x80;"),
         "Don\xe2\x80\x99t \xe2\x80\x93 \xe2\x82\xac"},
        {HTML, T("a&amp;lt;b"), "a&lt;b"},
        {HTML, T("R&D & &unknown; &"), "R&D & &unknown; &"},
        {HTML, T("a&#0;&#xd800;&#x110000;&#1;b"), "a" NONE NONE NONE " b"},
        {HTML,
         T("Wait&mldr; &copy 2020 &notit; &CounterClockwise"
           "ContourIntegral;"),
         "Wait\xe2\x80\xa6 \xc2\xa9 2020 \xc2\xac"
         "it; \xe2\x88\xb3"},
        {HTML, T("&#x1f600;"), "\xf0\x9f\x98\x80"},
    };

    (void)state;
    CHECK(rows, TITLE);
}

#define TYPED(charset) "text/html; charset=" charset
#define UE_UTF8        "\xc3\xbc"
#define EURO           "\xe2\x82\xac"

static void test_the_charset_of_the_header_wins(void **state)
{
    static const struct row rows[] = {
        {TYPED("utf-8"), T(UE_UTF8), UE_UTF8},
        {TYPED("UTF-8"), "<meta charset=koi8-r>" T(UE_UTF8), UE_UTF8},
        {TYPED("\"utf8\""), BOM T(UE_UTF8), UE_UTF8},
        {TYPED("'utf-8'"), T(UE_UTF8), UE_UTF8},
        {"Text/HTML;x=y; CharSet = utf-8;z", T(UE_UTF8), UE_UTF8},
        {TYPED("iso-8859-1"), T("\xfc\x80"), UE_UTF8 EURO},
        {TYPED("ISO-8859-1"), "<meta charset=utf-8>" T("\xfc"), UE_UTF8},
        {TYPED("latin1"), T("\xfc\x80"), UE_UTF8 EURO},
        {TYPED("us-ascii"), T("\xfc\x80"), UE_UTF8 EURO},
        {TYPED("windows-1252"), T("\xfc\x80\x9f"), UE_UTF8 EURO "\xc5\xb8"},
        {TYPED("windows-1252"), T(UE_UTF8), "\xc3\x83\xc2\xbc"},
        {TYPED("iso-8859-15"), T("\xa4"), EURO},
        {TYPED("iso-8859-2"), T("\xb1"), "\xc4\x85"},
        {TYPED("windows-1251"), T("\xcf\xf0"), "\xd0\x9f\xd1\x80"},
        {TYPED("koi8-r"), T("\xf0\xd2"), "\xd0\x9f\xd1\x80"},
        {TYPED("shift_jis"), T("\x83\x65"), "\xe3\x83\x86"},
        {TYPED("x-sjis"), T("\x87\x40"), "\xe2\x91\xa0"},
        {TYPED("euc-jp"), T("\xa5\xc6"), "\xe3\x83\x86"},
        {TYPED("gb2312"), T("\xc4\xe3\xa2\xe3"), "\xe4\xbd\xa0" EURO},
        {TYPED("big5"), T("\xa7\x41"), "\xe4\xbd\xa0"},
        {TYPED("euc-kr"), T("\xb0\xa1"), "\xea\xb0\x80"},
        NULS(TYPED("utf-16"), "<\0t\0i\0t\0l\0e\0>\0\xfc\0", UE_UTF8),
        NULS(TYPED("utf-16be"), "\0<\0t\0i\0t\0l\0e\0>\0\xfc", UE_UTF8),
        {"application/xhtml+xml;charset=utf-8",
         "<html><head>" T(UE_UTF8) "</head></html>", UE_UTF8},
    };

    (void)state;
    CHECK(rows, TITLE);
}

static void test_a_charset_that_nobody_knows_says_nothing(void **state)
{
    static const struct row rows[] = {
        {TYPED("martian"), T(UE_UTF8), UE_UTF8},
        {TYPED("martian"), T("\xfc"), UE_UTF8},
        {TYPED("martian"), "<meta charset=koi8-r>" T("\xf0"), "\xd0\x9f"},
        {TYPED("martian"), "<meta charset=venusian>" T("\xfc"), UE_UTF8},
        {TYPED(""), T(UE_UTF8), UE_UTF8},
        {TYPED("\""), T(UE_UTF8), UE_UTF8},
        {TYPED("/etc/passwd"), T(UE_UTF8), UE_UTF8},
        {TYPED("koi8-r//TRANSLIT"), T("\xf0"), "\xc3\xb0"},
        {TYPED("a-name-that-is-longer-than-any-charset-has"), T("\xfc"),
         UE_UTF8},
        {"text/html; xcharset=koi8-r", T(UE_UTF8), UE_UTF8},
        {"text/html; charset", T(UE_UTF8), UE_UTF8},
    };

    (void)state;
    CHECK(rows, TITLE);
}

static void test_without_a_header_the_page_says_its_charset(void **state)
{
    static const struct row rows[] = {
        {HTML, BOM T(UE_UTF8), UE_UTF8},
        {HTML, BOM "<meta charset=koi8-r>" T(UE_UTF8), UE_UTF8},
        NULS("", "\xff\xfe<\0t\0i\0t\0l\0e\0>\0\xfc\0", UE_UTF8),
        NULS("", "\xfe\xff\0<\0t\0i\0t\0l\0e\0>\0\xfc", UE_UTF8),
        NULS("",
             "\xff\xfe\0\0<\0\0\0t\0\0\0i\0\0\0t\0\0\0l\0\0\0e\0\0\0>\0\0\0"
             "\xfc\0\0\0",
             UE_UTF8),
        {HTML, "<meta charset=koi8-r>" T("\xf0"), "\xd0\x9f"},
        {HTML, "<META CHARSET = 'KOI8-R' >" T("\xf0"), "\xd0\x9f"},
        {HTML, T("\xf0") "<meta charset=\"koi8-r\">", "\xd0\x9f"},
        {HTML,
         "<meta http-equiv=\"Content-Type\" content=\"text/html; "
         "charset=koi8-r\">" T("\xf0"),
         "\xd0\x9f"},
        {HTML, "<meta name=x><meta charset=koi8-r>" T("\xf0"), "\xd0\x9f"},
        {HTML, "<meta charset=venusian><meta charset=koi8-r>" T("\xf0"),
         "\xd0\x9f"},
        {HTML, "<meta charset=iso-8859-1>" T("\xfc\x80"), UE_UTF8 EURO},
        {HTML, "<meta charset=windows-1252>" T(UE_UTF8), "\xc3\x83\xc2\xbc"},
        {HTML, "<meta charset=utf-16>" T(UE_UTF8), UE_UTF8},
        {HTML, "<!-- <meta charset=koi8-r> -->" T(UE_UTF8), UE_UTF8},
        {HTML, "<!-- <meta charset=koi8-r>", NULL},
        {HTML, "<p charset=koi8-r>" T("x"), NULL},
        {HTML, "<link charset=koi8-r>" T(UE_UTF8), UE_UTF8},
    };

    (void)state;
    CHECK(rows, TITLE);
}

static void test_without_any_word_it_is_utf8_or_windows_1252(void **state)
{
    static const struct row rows[] = {
        {HTML, T("\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80"),
         UE_UTF8 " " EURO " \xf0\x9f\x98\x80"},
        {HTML, T("\xfc\x80"), UE_UTF8 EURO},
        {HTML, T(UE_UTF8 "\xfc"), "\xc3\x83\xc2\xbc" UE_UTF8},
        {HTML, T("\xc0\xaf"), "\xc3\x80\xc2\xaf"},
        {HTML, T("\xed\xa0\x80"), "\xc3\xad\xc2\xa0" EURO},
        {HTML, T("\xf4\x90\x80\x80"), "\xc3\xb4 " EURO EURO},
        {HTML, "<p>\xe2\x82", NULL},
        {"", T(UE_UTF8), UE_UTF8},
    };

    (void)state;
    CHECK(rows, TITLE);
}

static void test_what_is_no_character_stops_nothing(void **state)
{
    static const struct row rows[] = {
        {TYPED("utf-8"),
         T("a\xff"
           "b"),
         "a" NONE "b"},
        {TYPED("utf-8"),
         T("a\xfc"
           "b\xe2\x82"),
         "a" NONE "b" NONE},
        {TYPED("utf-8"), T("a\xed\xa0\x80"), "a" NONE NONE NONE},
        {TYPED("utf-8"), "\xff<p>\x80" T("late"), NULL},
        {TYPED("utf-8"), "<!-- \xff -->" T("x"), "x"},
        {TYPED("shift_jis"),
         T("a\xff"
           "b"),
         "a" NONE "b"},
        {TYPED("euc-jp"), "<!-- \xff\xff -->" T("\xa5\xc6"), "\xe3\x83\x86"},
        {TYPED("windows-1252"),
         T("a\x81"
           "b"),
         "a b"},
    };

    (void)state;
    CHECK(rows, TITLE);
}

static void test_nuls_in_html_are_nothing(void **state)
{
    static const struct row rows[] = {
        NULS(HTML, "<ti\0tle>a\0b\0</title>", "ab"),
        NULS(HTML, "\0\0\0" T("x"), "x"),
        NULS(HTML, "\0\0\0", NULL),
        NULS(TYPED("windows-1252"), T("\xfc\0\xfc"), UE_UTF8 UE_UTF8),
        NULS(TYPED("utf-8"), T(UE_UTF8 "\0" UE_UTF8), UE_UTF8 UE_UTF8),
    };

    (void)state;
    CHECK(rows, TITLE);
}

static void test_what_is_not_html_is_told_apart(void **state)
{
    static const struct {
        const char *type, *page;
        size_t len;
        enum extract expected;
    } rows[] = {
        {"image/png", T("x"), 0, EXTRACT_NOT_HTML},
        {"image/png", "", 0, EXTRACT_NOT_HTML},
        {"text/plain", T("x"), 0, EXTRACT_NOT_HTML},
        {"text/htmlx", T("x"), 0, EXTRACT_NOT_HTML},
        {"text/htm", T("x"), 0, EXTRACT_NOT_HTML},
        {"text", T("x"), 0, EXTRACT_NOT_HTML},
        {"application/xml", T("x"), 0, EXTRACT_NOT_HTML},
        {"application/xhtml", T("x"), 0, EXTRACT_NOT_HTML},
        {"charset=utf-8", T("x"), 0, EXTRACT_NOT_HTML},
        {"text/html", T("x"), 0, EXTRACT_FOUND},
        {" TEXT/HTML\t;", T("x"), 0, EXTRACT_FOUND},
        {"text/html ; charset=utf-8", T("x"), 0, EXTRACT_FOUND},
        {"application/XHTML+xml", T("x"), 0, EXTRACT_FOUND},
        {"text/html", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, EXTRACT_NOTHING},
        /* Nobody said what it is. */
        {"", T("x"), 0, EXTRACT_FOUND},
        {";charset=utf-8", T("x"), 0, EXTRACT_FOUND},
        {"", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, EXTRACT_NOT_HTML},
        {"", "<title>x\0</title>", 17, EXTRACT_NOT_HTML},
        {" ", "\0", 1, EXTRACT_NOT_HTML},
        {"", "\xef\xbb\xbf\0", 4, EXTRACT_NOT_HTML},
        {"", "\xff\xfe<\0b\0>\0", 8, EXTRACT_NOTHING},
        {"", "", 0, EXTRACT_NOTHING},
        {"text/html", "", 0, EXTRACT_NOTHING},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = rows[i].len ? rows[i].len : strlen(rows[i].page);
        enum extract result =
            text_of(rows[i].page, len, rows[i].type, TITLE, out, sizeof(out));

        if (result != rows[i].expected)
            fail_msg("row %zu: %d, not %d", i, result, rows[i].expected);
    }
}

static void test_nuls_are_looked_for_in_512_bytes(void **state)
{
    char page[600], out[64];

    (void)state;
    memset(page, ' ', sizeof(page));
    memcpy(page, T("x"), strlen(T("x")));
    page[511] = '\0';
    assert_int_equal(text_of(page, sizeof(page), "", TITLE, out, sizeof(out)),
                     EXTRACT_NOT_HTML);
    page[511] = ' ';
    page[512] = '\0';
    assert_int_equal(text_of(page, sizeof(page), "", TITLE, out, sizeof(out)),
                     EXTRACT_FOUND);
}

static void test_any_xpath_may_be_wanted(void **state)
{
    static const char page[] = "<html><head>" T(
        "t") "</head><body id=main><p>one <b>two</b></p>"
             "<p class=x>three</p><!-- said --><h2>four</h2></body></html>";
    static const struct {
        const char *xpath, *expected;
    } rows[] = {
        {"//p", "one two"},
        {"//p[2]", "three"},
        {"//p/@class", "x"},
        {"//p[@class='x']", "three"},
        {"//b/text()", "two"},
        {"//comment()", "said"},
        {"string(//title)", "t"},
        {"concat(//title, ' / ', //h2)", "t / four"},
        {"count(//p)", "2"},
        {"1.5", "1.5"},
        {"true()", "true"},
        {"id('main')/h2", "four"},
        {"html/head/title", "t"},
        /* The first in the document, not in the pattern. */
        {"//h2 | //b", "two"},
        {"//h2/preceding-sibling::p", "one two"},
        {"//nothing", NULL},
        {"string(//nothing)", NULL},
        {"//p[9]", NULL},
        {"//p[foo()]", NULL},
        {"//[", NULL},
        {"", NULL},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum extract result =
            text_of(page, strlen(page), HTML, rows[i].xpath, out, sizeof(out));

        assert_int_equal(result,
                         rows[i].expected ? EXTRACT_FOUND : EXTRACT_NOTHING);
        if (rows[i].expected)
            assert_string_equal(out, rows[i].expected);
    }
}

static void test_a_long_text_is_cut_between_characters(void **state)
{
    static const char page[] = T("a \xc3\xa9&euro; z");
    static const struct {
        size_t size;
        const char *expected;
    } rows[] = {
        {64, "a \xc3\xa9\xe2\x82\xac z"},
        {10, "a \xc3\xa9\xe2\x82\xac z"},
        {9, "a \xc3\xa9\xe2\x82\xac"},
        {8, "a \xc3\xa9\xe2\x82\xac"},
        {7, "a \xc3\xa9"},
        {6, "a \xc3\xa9"},
        {5, "a \xc3\xa9"},
        {4, "a"},
        {3, "a"},
        {2, "a"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *out = malloc(rows[i].size);

        assert_int_equal(
            text_of(page, strlen(page), HTML, TITLE, out, rows[i].size),
            EXTRACT_FOUND);
        assert_string_equal(out, rows[i].expected);
        free(out);
    }
}

static void test_a_text_of_megabytes_is_cut(void **state)
{
    enum { SIZE = 4 << 20 };
    char *page = malloc(SIZE), out[64];

    (void)state;
    memset(page, 'x', SIZE);
    memcpy(page, "<title>", 7);
    assert_int_equal(text_of(page, SIZE, HTML, TITLE, out, sizeof(out)),
                     EXTRACT_FOUND);
    assert_int_equal(strlen(out), sizeof(out) - 1);
    free(page);
}

enum { ROOM = 64 };

struct link {
    char text[ROOM], base[ROOM];
};

static enum extract link_of(const char *page, const char *xpath,
                            struct link *ret)
{
    struct markup m = markup_of(page, strlen(page), HTML);
    enum extract result =
        extract_link(&m, xpath, ret->text, ROOM, ret->base, ROOM);

    free((void *)m.data);
    return result;
}

static void test_a_link_is_as_it_is_written(void **state)
{
    static const struct {
        const char *page, *link, *base;
    } rows[] = {
        {"<h3><a href=/x>x</a></h3>", "/x", ""},
        {"<h3><a href='/x'>x</a></h3><h3><a href=/y></h3>", "/x", ""},
        {"<a href=/no>x</a><h3><a href=/x>", "/x", ""},
        {"<h3><a name=n><a href=/x>", "/x", ""},
        {"<h3><a href=\"?a=1&amp;b=2&c=3\">", "?a=1&b=2&c=3", ""},
        {"<h3><a href=\" \n\t/x y\tz \r\n\">", "/x y\tz", ""},
        {"<H3><A HREF=/x>", "/x", ""},
        {"<h3><a href='/\x1b[2J\x7f\xc2\x9b/\x01'>", "/\x1b[2J\x7f\xc2\x9b/",
         ""},
        {"<h3><a href='b&uuml;cher'>",
         "b\xc3\xbc"
         "cher",
         ""},
        {"<h3><a href='\xfc'>", "\xc3\xbc", ""},
        {"<base href=/b/><h3><a href=x>", "x", "/b/"},
        {"<base target=t><base href=' /1 '><base href=/2><h3><a href=x>", "x",
         "/1"},
        {"<h3><a href=x></a></h3><base href=/late>", "x", "/late"},
        {"<base href=' '><h3><a href=x>", "x", ""},
        {"<base href='a&amp;b'><h3><a href=x>", "x", "a&b"},
        {"<a href=/x>x</a>", NULL, NULL},
        {"<h3><span><a href=/x></span></h3>", NULL, NULL},
        {"<h3><a>x</a></h3>", NULL, NULL},
        {"<h3><a href=\"\">x</a></h3>", NULL, NULL},
        {"<h3><a href=\" \n\">x</a></h3>", NULL, NULL},
        {"<!-- <h3><a href=x> -->", NULL, NULL},
        {"<textarea><h3><a href=/no></textarea><h3><a href=/x>", "/x", ""},
        {"<iframe><h3><a href=/no></iframe><h3><a href=/x>", "/x", ""},
        {"<script>'<h3><a href=/no>'</script><h3><a href=/x>", "/x", ""},
        {"<h3><a href='?a&copy=1&lt=2&reg;'>", "?a&copy=1&lt=2\xc2\xae", ""},
        {"<h3><p><a href=/no></h3><h3><a href=/x>", "/x", ""},
        {"<svg><h3><a href=/x>", "/x", ""},
        {"<h3><svg><a xlink:href=/no>", NULL, NULL},
        {"<h3><table><a href=/x>", "/x", ""},
        {"<base href=/b>", NULL, NULL},
        {"", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct link link;
        enum extract result = link_of(rows[i].page, LINK, &link);

        if (result != (rows[i].link ? EXTRACT_FOUND : EXTRACT_NOTHING) ||
            (rows[i].link && (strcmp(link.text, rows[i].link) ||
                              strcmp(link.base, rows[i].base))))
            fail_msg("row %zu: %d, '%s' on '%s'", i, result, link.text,
                     link.base);
    }
}

static void test_a_link_that_does_not_fit_is_no_other(void **state)
{
    char page[256];
    struct link link;

    (void)state;
    snprintf(page, sizeof(page), "<h3><a href=%0*d>", ROOM - 1, 0);
    assert_int_equal(link_of(page, LINK, &link), EXTRACT_FOUND);
    assert_int_equal(strlen(link.text), ROOM - 1);
    snprintf(page, sizeof(page), "<h3><a href=%0*d>", ROOM, 0);
    assert_int_equal(link_of(page, LINK, &link), EXTRACT_TOO_LONG);
    snprintf(page, sizeof(page), "<base href=%0*d><h3><a href=x>", ROOM, 0);
    assert_int_equal(link_of(page, LINK, &link), EXTRACT_TOO_LONG);
    snprintf(page, sizeof(page), "<base href=%0*d><h3><a href=x>", ROOM - 1, 0);
    assert_int_equal(link_of(page, LINK, &link), EXTRACT_FOUND);
    assert_int_equal(strlen(link.base), ROOM - 1);
}

/* `n` times `unit` behind `start`. */
static char *repeat(const char *start, const char *unit, size_t n,
                    size_t *ret_len)
{
    size_t first = strlen(start), each = strlen(unit);
    char *page = malloc(first + n * each + 1), *at;

    assert_non_null(page);
    at = stpcpy(page, start);
    while (n-- > 0)
        at = stpcpy(at, unit);
    *ret_len = (size_t)(at - page);
    return page;
}

static enum extract deep(const char *start, const char *unit, size_t n)
{
    char out[64];
    size_t len;
    char *page = repeat(start, unit, n, &len);
    struct markup m = {page, len, HTML};
    enum extract result = extract_text(&m, TITLE, out, sizeof(out));
    struct link link;

    assert_int_equal(extract_link(&m, LINK, link.text, ROOM, link.base, ROOM),
                     result == EXTRACT_FOUND ? EXTRACT_NOTHING : result);
    free(page);
    return result;
}

static void test_a_page_nested_100000_deep_is_too_big(void **state)
{
    size_t before = mallinfo2().uordblks;

    (void)state;
    assert_int_equal(deep("", "<div>", 100000), EXTRACT_TOO_BIG);
    assert_int_equal(deep("", "<b><i>", 1000), EXTRACT_TOO_BIG);
    assert_int_equal(deep("", "<table><tr><td>", 1000), EXTRACT_TOO_BIG);
    assert_int_equal(deep("", "<x y=z>", 1000), EXTRACT_TOO_BIG);
    assert_int_equal(deep("", "<svg><title>", 1000), EXTRACT_TOO_BIG);
    /* What stands before does not change it. */
    assert_int_equal(deep(T("x"), "<div>", 1000), EXTRACT_TOO_BIG);
    assert_int_equal(deep(T("x"), "<div>", 510), EXTRACT_FOUND);
    assert_int_equal(deep(T("x"), "<div>", 511), EXTRACT_TOO_BIG);
    assert_int_equal(deep(T("x"), "y<!---->", 511), EXTRACT_FOUND);
    assert_int_equal(deep(T("x"), "y<!---->", 513), EXTRACT_TOO_BIG);
    assert_int_equal(deep(T("x"), "<div></div>", 100000), EXTRACT_FOUND);
    assert_int_equal(deep(T("x"), "<p><li>", 100000), EXTRACT_FOUND);
    /* The sanitizers' allocator is not asked. */
    assert_in_range(mallinfo2().uordblks, 0, before + (64 << 10));
}

static void test_an_endless_tag_ends_soon(void **state)
{
    enum { N = 200000 };
    char *page = malloc(10 * N), *at = page, out[64];

    (void)state;
    at += sprintf(at, T("x") "<a");
    for (unsigned i = 0; i < N; i++)
        at += sprintf(at, " n%x", i);
    alarm(20);
    assert_int_equal(
        text_of(page, (size_t)(at - page), HTML, TITLE, out, sizeof(out)),
        EXTRACT_TOO_BIG);
    alarm(0);
    free(page);
}

/* The models' threads have stacks of 256 KiB. */
static void *on_a_small_stack(void *result)
{
    char pattern[1100], why[128], out[64], *at = pattern;
    struct markup m = {T("x"), strlen(T("x")), HTML};

    assert_int_equal(deep("", "<div>", 10000), EXTRACT_TOO_BIG);
    assert_int_equal(deep("<html><head>" T("x"), "<div>", 250), EXTRACT_FOUND);
    for (int i = 0; i < 32; i++)
        at = stpcpy(at, "//a[");
    at = stpcpy(at, "1");
    for (int i = 0; i < 32; i++)
        at = stpcpy(at, "]");
    assert_int_equal(extract_check(pattern, why, sizeof(why)), 0);
    at = stpcpy(pattern, ".");
    for (int i = 0; i < 511; i++)
        at = stpcpy(at, "/.");
    assert_int_equal(extract_check(pattern, why, sizeof(why)), 0);
    assert_int_equal(extract_text(&m, pattern, out, sizeof(out)),
                     EXTRACT_FOUND);
    assert_int_equal(text_of("\x83\x65<title>\x83\x65", 11, TYPED("shift_jis"),
                             TITLE, out, sizeof(out)),
                     EXTRACT_NOTHING);
    *(int *)result = 1;
    return NULL;
}

static void test_threads_have_room_for_it(void **state)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int done[THREADS] = {0};
    pthread_attr_t attr;

    (void)state;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 << 10);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], &attr, on_a_small_stack, &done[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        assert_true(done[i]);
    pthread_attr_destroy(&attr);
}

static void test_a_pattern_that_is_none_is_said_to_be(void **state)
{
    static const struct {
        const char *xpath, *words;
    } rows[] = {
        {"", "character 1"},
        {"//", "character 3"},
        {"//a[", "character 5"},
        {"//title)", "character 8"},
        {"'x", "character 3"},
        {"foo()", "function that XPath 1.0 does not have"},
        {"//h3/a[foo(.)]", "function that XPath 1.0 does not have"},
        {"//p[matches(., 'x')]", "function that XPath 1.0 does not have"},
        {"count(1)", "other arguments"},
        {"concat('x')", "other arguments"},
        {"$x", "variables and namespace prefixes"},
        {"//svg:title", "variables and namespace prefixes"},
        {"'\xff'", "no UTF-8"},
    };
    static const char *const good[] = {TITLE,
                                       LINK,
                                       "string(//title)",
                                       "1",
                                       "//a[contains(@href, 'x')]/@href",
                                       "//nothing"};
    char why[128], pattern[1100];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        strcpy(why, "");
        assert_int_equal(extract_check(rows[i].xpath, why, sizeof(why)),
                         -EINVAL);
        if (!strstr(why, rows[i].words))
            fail_msg("'%s': '%s'", rows[i].xpath, why);
    }
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(extract_check(good[i], why, sizeof(why)), 0);
    memset(pattern, '(', 33);
    strcpy(pattern + 33, "1)))))))))))))))))))))))))))))))))");
    assert_int_equal(extract_check(pattern, why, sizeof(why)), -EINVAL);
    assert_int_equal(extract_check(pattern + 1, why, sizeof(why)), -EINVAL);
    pattern[34 + 32] = '\0';
    assert_int_equal(extract_check(pattern + 1, why, sizeof(why)), 0);
    memset(pattern, 'a', 1025);
    pattern[1025] = '\0';
    assert_int_equal(extract_check(pattern, why, sizeof(why)), -EINVAL);
    assert_int_equal(extract_check(pattern + 1, why, sizeof(why)), 0);
}

/* Broken pages and patterns are nothing to write to the terminal about. */
static void test_nothing_is_printed(void **state)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    char out[64];

    (void)state;
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    text_of("<x></y>&#0;<p", 13, HTML, "//x[foo()]", out, sizeof(out));
    extract_check("foo(", out, sizeof(out));
    extract_check("//", out, sizeof(out));
    deep("", "<div>", 1000);
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(lseek(fileno(file), 0, SEEK_END), 0);
    fclose(file);
}

static long mapped_pages(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld", &pages), 1);
    fclose(file);
    return pages;
}

static void find_a_title_among(size_t paragraphs)
{
    static const char paragraph[] = "<p>a</p><p>b</p>\n";
    size_t len = sizeof(paragraph) - 1;
    char *page = malloc(32 + paragraphs * len), *end, out[8];
    struct markup m = {.type = HTML};

    assert_non_null(page);
    end = stpcpy(page, "<title>x</title>");
    for (size_t i = 0; i < paragraphs; i++)
        end = mempcpy(end, paragraph, len);
    m.data = page;
    m.len = (size_t)(end - page);
    assert_int_equal(extract_text(&m, TITLE, out, sizeof(out)), EXTRACT_FOUND);
    free(page);
}

static void test_the_memory_of_a_small_page_serves_the_next(void **state)
{
    struct bounded *b = bounded_create(NULL);
    long mapped;

    (void)state;
    assert_non_null(b);
    bounded_destroy(b);
    find_a_title_among(8);
    assert_ptr_equal(bounded_create(NULL), b);
    bounded_destroy(b);
    mapped = mapped_pages();
    /* That of a page of 1 MiB, some 20 MiB, is freed. */
    find_a_title_among(64 << 10);
    assert_true(mapped_pages() < mapped);
}

static int set_up(void **state)
{
    (void)state;
    extract_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_title_is_found_in_what_passes_for_html),
        cmocka_unit_test(test_white_space_is_folded),
        cmocka_unit_test(test_entities_are_what_they_stand_for),
        cmocka_unit_test(test_the_charset_of_the_header_wins),
        cmocka_unit_test(test_a_charset_that_nobody_knows_says_nothing),
        cmocka_unit_test(test_without_a_header_the_page_says_its_charset),
        cmocka_unit_test(test_without_any_word_it_is_utf8_or_windows_1252),
        cmocka_unit_test(test_what_is_no_character_stops_nothing),
        cmocka_unit_test(test_nuls_in_html_are_nothing),
        cmocka_unit_test(test_what_is_not_html_is_told_apart),
        cmocka_unit_test(test_nuls_are_looked_for_in_512_bytes),
        cmocka_unit_test(test_any_xpath_may_be_wanted),
        cmocka_unit_test(test_a_long_text_is_cut_between_characters),
        cmocka_unit_test(test_a_text_of_megabytes_is_cut),
        cmocka_unit_test(test_a_link_is_as_it_is_written),
        cmocka_unit_test(test_a_link_that_does_not_fit_is_no_other),
        cmocka_unit_test(test_a_page_nested_100000_deep_is_too_big),
        cmocka_unit_test(test_an_endless_tag_ends_soon),
        cmocka_unit_test(test_threads_have_room_for_it),
        cmocka_unit_test(test_a_pattern_that_is_none_is_said_to_be),
        cmocka_unit_test(test_nothing_is_printed),
        cmocka_unit_test(test_the_memory_of_a_small_page_serves_the_next),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
