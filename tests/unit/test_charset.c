/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes of any charset become the UTF-8 that browsers make of them. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/charset.h"

#define KOI8  "text/html; charset=koi8-r"
#define UTF8  "text/html; charset=utf-8"
#define LATIN "text/html; charset=windows-1252"
#define NONE  "\xef\xbf\xbd" /* U+FFFD */

struct row {
    const char *type, *data;
    size_t len;
    const char *expected;
};

/* NULs may be in it. */
#define ROW(type, data, expected)                                              \
    {                                                                          \
        type, data, sizeof(data) - 1, expected                                 \
    }

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        char *data = malloc(row->len ? row->len : 1);
        struct utf8 text;

        memcpy(data, row->data, row->len);
        assert_int_equal(charset_decode(data, row->len, row->type, &text), 0);
        if (text.len != strlen(row->expected) ||
            memcmp(text.data, row->expected, text.len) != 0)
            fail_msg("row %zu: '%.*s', not '%s'", i, (int)text.len, text.data,
                     row->expected);
        if (!text.own)
            assert_in_range(text.data - data, 0, row->len);
        free(text.own);
        free(data);
    }
}

static void test_who_says_the_charset(void **state)
{
    static const struct row rows[] = {
        /* The mark, */
        ROW(LATIN, "\xef\xbb\xbf\xc3\xbc", "\xc3\xbc"),
        ROW(UTF8, "\xff\xfe\x1f\x04", "\xd0\x9f"),
        ROW(KOI8, "\xfe\xff\x04\x1f", "\xd0\x9f"),
        ROW("", "\xff\xfe\0\0\x1f\x04", "\xd0\x9f"), /* never UTF-32 */
        /* the header, */
        ROW(KOI8, "\xf0", "\xd0\x9f"),
        ROW(KOI8, "<meta charset=utf-8>\xf0", "<meta charset=utf-8>\xd0\x9f"),
        ROW("text/html;charset=KOI8-R ;x", "\xf0", "\xd0\x9f"),
        ROW("text/html;\tcharset = \"koi8-r\"", "\xf0", "\xd0\x9f"),
        ROW("a/b;x=y; CHARSET=koi8-r; charset=utf-8", "\xf0", "\xd0\x9f"),
        ROW("a/b;x=\"; charset=utf-8\";charset=koi8-r", "\xf0", "\xd0\x9f"),
        ROW("a/b;charset;charset=koi8-r", "\xf0", "\xd0\x9f"),
        ROW("a/b;charset=x;charset=koi8-r", "\xf0", "\xc3\xb0"),
        ROW("", "\xef\xbb\xbf<meta charset=koi8-r>\xd0\x9f",
            "<meta charset=koi8-r>\xd0\x9f"),
        ROW(UTF8, "\xef\xbb\xbfx", "x"),
        ROW("", "\xef\xbb\xbf", ""),
        ROW("", "\xff\xfe\x1f\x04", "\xd0\x9f"),
        ROW("", "\xfe\xff\x04\x1f", "\xd0\x9f"),
        /* the page, */
        ROW("", "<meta charset=koi8-r>\xf0", "<meta charset=koi8-r>\xd0\x9f"),
        ROW("", "<METACHARSET=koi8-r>\xf0", "<METACHARSET=koi8-r>\xc3\xb0"),
        ROW("", "<meta data-charset=koi8-r>\xf0",
            "<meta data-charset=koi8-r>\xc3\xb0"),
        ROW("", "<meta charset=koi8-r", "<meta charset=koi8-r"),
        ROW("", "<meta charset=", "<meta charset="),
        ROW("", "<meta charset", "<meta charset"),
        ROW("", "<meta", "<meta"),
        ROW("", "<!--<meta charset=koi8-r>\xf0",
            "<!--<meta charset=koi8-r>\xc3\xb0"),
        ROW("", "<meta charset=utf-16be>\xc3\xbc",
            "<meta charset=utf-16be>\xc3\xbc"),
        /* or nobody. */
        ROW("", "\xc3\xbc", "\xc3\xbc"),
        ROW("", "\xc3\xbc\xff", "\xc3\x83\xc2\xbc\xc3\xbf"),
        ROW("koi8-r", "\xc3\xbc", "\xc3\xbc"),
        ROW("charset=koi8-r", "\xc3\xbc", "\xc3\xbc"),
        ROW("text/html;data-charset=koi8-r", "\xc3\xbc", "\xc3\xbc"),
        ROW("text/html;charset=koi8-r-and-a-name-of-100-letters", "\xc3\xbc",
            "\xc3\xbc"),
        ROW("text/html;charset=koi8-r/", "\xf0", "\xc3\xb0"),
        ROW("text/html;charset=", "\xc3\xbc", "\xc3\xbc"),
        ROW("", "", ""),
    };

    (void)state;
    check(rows, COUNT(rows));
}

/* The encoding of the page: one byte differs in each. */
static void assert_koi8(const char *page, bool is_koi8)
{
    char data[3000];
    struct utf8 text;
    size_t len = (size_t)snprintf(data, sizeof(data), "%s\xf0", page);

    assert_int_equal(charset_decode(data, len, "", &text), 0);
    if (memcmp(text.data + text.len - 2, is_koi8 ? "\xd0\x9f" : "\xc3\xb0", 2))
        fail_msg("'%s' in %s", page, encoding_name(text.from));
    free(text.own);
}

static void test_attributes_of_a_meta_say_the_charset(void **state)
{
    static const char *const right[] = {
        "<meta/charset=koi8-r>",
        "<META\nx\tcharset\f=\r'koi8-r'/>",
        "<meta charset=\" KOI8-R\t\">",
        "<meta x=1 x charset=koi8-r charset=utf-8>",
        "<meta =x charset=koi8-r>",
        "<meta x=\">\" charset=koi8-r>",
        "<meta http-equiv=Content-Type content='a/b; charset = koi8-r ;x'>",
        "<meta content='charset=\"koi8-r\"' http-equiv=content-type>",
        "<meta content='charset charset=koi8-r' http-equiv=content-type>",
        "<meta content=charset=utf-8 charset=koi8-r http-equiv=content-type>",
        "<meta charset=martian><meta charset=koi8-r>",
        "<p title='<!--'><meta charset=koi8-r>",
        "<!--><meta charset=koi8-r>",
        "<!-- <meta charset=utf-8> --><meta charset=koi8-r>",
        "<!x <meta><?y <meta></ <meta><meta charset=koi8-r>",
        "< <<meta charset=koi8-r>",
        "</p a='<meta charset=utf-8>'><meta charset=koi8-r>",
        "<script>\"<meta charset=koi8-r>\"</script>",
    };
    static const char *const wrong[] = {
        "<meta name=keywords content=\"charset=koi8-r\">",
        "<meta content=\"text/html; charset=koi8-r\">",
        "<meta http-equiv=refresh content=\"0; charset=koi8-r\">",
        "<meta http-equiv=content-type content='charset=\"koi8-r'>",
        "<meta name='charset=koi8-r'>",
        "<meta data-charset=koi8-r>",
        "<meta charset='koi8-r>",
        "<meta charset=koi8-r",
        "<metal charset=koi8-r>",
        "<meta>charset=koi8-r>",
        "<p title='<meta charset=koi8-r>'>",
        "<p title=\"<meta charset=koi8-r>",
        "<!-- <meta charset=koi8-r>",
        "<x charset=koi8-r>",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(right); i++)
        assert_koi8(right[i], true);
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_koi8(wrong[i], false);
}

static void test_a_meta_may_stand_anywhere_but_in_text(void **state)
{
    static const struct {
        const char *page;
        bool is_koi8;
    } rows[] = {
        {"<meta charset=koi8-r>", true},
        {"</head><body><p><meta charset=koi8-r>", true},
        {"<script>'<meta charset=koi8-r>'</script>", false},
        {"<SCRIPT a=b>'</scripts><meta charset=koi8-r>'</script >", false},
        {"<title></title/><meta charset=koi8-r>", true},
        {"<textarea><meta charset=koi8-r></textarea>", false},
        {"<style><meta charset=koi8-r>", false},
        {"<style></style", false},
    };
    char page[2000];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int filler = 1000; filler < 1100; filler++) {
            /* Which crosses the end of the first part, or is behind it. */
            if (filler < 1024 && rows[i].is_koi8 != (i < 2))
                continue;
            snprintf(page, sizeof(page), "%*s%s", filler, "", rows[i].page);
            if (i < 2 || filler >= 1024)
                assert_koi8(page, rows[i].is_koi8);
        }
}

static void test_a_thousand_metas_are_read(void **state)
{
    static const char meta[] = "<meta x>";
    enum { MOST = 999 };
    static char page[MOST * sizeof(meta) + 100];
    size_t len = 0;

    (void)state;
    for (int n = MOST - 3; n <= MOST + 3; n++) {
        struct utf8 text;

        for (len = 0; len < (size_t)n * (sizeof(meta) - 1);)
            len += (size_t)sprintf(page + len, "%s", meta);
        len += (size_t)sprintf(page + len, "<meta charset=koi8-r>");
        assert_int_equal(charset_decode(page, len, "", &text), 0);
        assert_string_equal(encoding_name(text.from),
                            n <= MOST ? "KOI8-R" : "UTF-8");
        free(text.own);
    }
}

static void test_an_xml_declaration_comes_after_a_meta(void **state)
{
    (void)state;
    assert_koi8("<?xml version='1.0' encoding='koi8-r'?>", true);
    assert_koi8("<?xml encoding \n=\t\"KOI8-R\"?>", true);
    assert_koi8("<?xml encoding='utf-8'?><meta charset=koi8-r>", true);
    assert_koi8("<?xml encoding=' koi8-r'?>", false);
    assert_koi8("<?xml encoding='koi8-r?>'", false);
    assert_koi8("<?xml encoding=koi8-r?>", false);
    assert_koi8("<?xml?> encoding='koi8-r'>", false);
    assert_koi8(" <?xml encoding='koi8-r'?>", false);
    assert_koi8("<?xml encoding", false);
}

static void test_what_can_be_read_is_not_in_utf16(void **state)
{
    static const struct row rows[] = {
        ROW("", "<meta charset=utf-16le>\xc3\xbc",
            "<meta charset=utf-16le>\xc3\xbc"),
        ROW("", "<?xml encoding='utf-16'?>\xc3\xbc",
            "<?xml encoding='utf-16'?>\xc3\xbc"),
        ROW("", "<meta charset=x-user-defined>\x80",
            "<meta charset=x-user-defined>\xe2\x82\xac"),
        ROW("", "<\0?\0x\0", "<?x"),
        ROW("", "\0<\0?\0x\0\xe9", "<?x\xc3\xa9"),
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void test_only_utf8_is_utf8(void **state)
{
    static const struct row rows[] = {
        ROW(UTF8, "a\xc2\x80\xdf\xbf", "a\xc2\x80\xdf\xbf"),
        ROW(UTF8, "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
            "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"),
        ROW(UTF8, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
            "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
        ROW(UTF8, "\x80", NONE),
        ROW(UTF8, "\xc0\x80", NONE NONE),
        ROW(UTF8, "\xc1\xbf", NONE NONE),
        ROW(UTF8, "\xe0\x9f\xbf", NONE NONE NONE),
        ROW(UTF8, "\xed\xa0\x80", NONE NONE NONE),
        ROW(UTF8, "\xf0\x8f\xbf\xbf", NONE NONE NONE NONE),
        ROW(UTF8, "\xf4\x90\x80\x80", NONE NONE NONE NONE),
        ROW(UTF8, "\xf5\x80\x80\x80", NONE NONE NONE NONE),
        ROW(UTF8, "\xff", NONE),
        ROW(UTF8, "x\xc3", "x" NONE),
        ROW(UTF8, "x\xe2\x82", "x" NONE),
        ROW(UTF8, "\xe2\x82y\xc3\xbc", NONE "y\xc3\xbc"),
        ROW(UTF8, "\xf0\x90\x80", NONE),
        ROW(UTF8,
            "12345678\xff"
            "12345678",
            "12345678" NONE "12345678"),
        ROW(UTF8, "\0a\0\0b\0", "ab"),
        ROW(UTF8, "\xc3\xbc\0\xff\0", "\xc3\xbc" NONE),
        ROW(UTF8, "\0", ""),
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void test_windows_1252_is_more_than_its_older_names(void **state)
{
    static const char *const names[] = {
        "windows-1252", "iso-8859-1", "ISO-8859-1", "latin1",
        "us-ascii",     "ascii",      "cp1252",     "iso_8859-1"};
    static const char bytes[] = "a\x80\x81\x92\x9f\xa0\xa4\xff\0b";
    static const char expected[] = "a\xe2\x82\xac\xc2\x81\xe2\x80\x99\xc5\xb8"
                                   "\xc2\xa0\xc2\xa4\xc3\xbf"
                                   "b";

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char type[64] = "text/html; charset=";
        struct row row = ROW(type, bytes, expected);

        strcat(type, names[i]);
        check(&row, 1);
    }
}

static void test_euros_take_three_times_their_room(void **state)
{
    static const struct row rows[] = {
        ROW(LATIN, "\x80\x80\x80\x80\x80\x80\x80\x80",
            "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
            "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"),
        ROW(UTF8, "\x80\x80\x80\x80", NONE NONE NONE NONE),
        ROW("text/html;charset=koi8-r", "\x80\x80\x80\x80",
            "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"),
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void test_what_icu_converts_is_clean(void **state)
{
    static const struct row rows[] = {
        ROW("x;charset=shift_jis", "\x83\x65\xff\x83",
            "\xe3\x83\x86" NONE NONE),
        ROW("x;charset=shift_jis", "a\0b", "ab"),
        ROW("x;charset=utf-16", "a\0\0\0b\0", "ab"),
        ROW("x;charset=utf-16le",
            "a\0\0\xd8"
            "b\0",
            "a" NONE "b"),
        ROW("x;charset=utf-16be", "\0a\0", "a" NONE),
        ROW("x;charset=iso-8859-15", "\xa4", "\xe2\x82\xac"),
        ROW("x;charset=iso-8859-9", "\x80\xfd", "\xe2\x82\xac\xc4\xb1"),
        ROW("x;charset=gb2312", "\xc4\xe3\x80", "\xe4\xbd\xa0\xe2\x82\xac"),
        ROW("x;charset=big5", "\x88\x62", "\xc3\x8a\xcc\x84"),
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void test_which_marks_make_nuls_likely(void **state)
{
    (void)state;
    assert_true(charset_is_wide("\xff\xfe<\0", 4));
    assert_true(charset_is_wide("\xfe\xff\0<", 4));
    assert_true(charset_is_wide("\xff\xfe\0\0", 4));
    assert_true(charset_is_wide("<\0?\0x\0", 6));
    assert_false(charset_is_wide("\0\0\xfe\xff", 4));
    assert_false(charset_is_wide("\xef\xbb\xbf<", 4));
    assert_false(charset_is_wide("\xff", 1));
    assert_false(charset_is_wide("\0\0\xfe", 3));
    assert_false(charset_is_wide("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_says_the_charset),
        cmocka_unit_test(test_attributes_of_a_meta_say_the_charset),
        cmocka_unit_test(test_a_meta_may_stand_anywhere_but_in_text),
        cmocka_unit_test(test_a_thousand_metas_are_read),
        cmocka_unit_test(test_an_xml_declaration_comes_after_a_meta),
        cmocka_unit_test(test_what_can_be_read_is_not_in_utf16),
        cmocka_unit_test(test_only_utf8_is_utf8),
        cmocka_unit_test(test_windows_1252_is_more_than_its_older_names),
        cmocka_unit_test(test_euros_take_three_times_their_room),
        cmocka_unit_test(test_what_icu_converts_is_clean),
        cmocka_unit_test(test_which_marks_make_nuls_likely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
