/* SPDX-License-Identifier: GPL-3.0-or-later */
/* URLs mean what they mean in browsers; there are more in test_urls.py. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "workloads/web/url.h"

/* What it comes to: the text, or why there is none. */
static const char *outcome(enum url_error error, const struct url *url)
{
    static const char *const words[] = {
        [URL_BROKEN] = "broken",
        [URL_UNREACHABLE] = "unreachable",
        [URL_SCHEME] = "scheme",
        [URL_TOO_LONG] = "long",
    };

    return error == URL_OK ? url->text : words[error];
}

static struct url parsed(const char *text)
{
    struct url url;

    assert_int_equal(url_parse(text, &url), URL_OK);
    return url;
}

struct row {
    const char *text, *expected;
};

static void check_parse(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct url url;
        enum url_error error = url_parse(rows[i].text, &url);

        if (strcmp(outcome(error, &url), rows[i].expected) != 0)
            fail_msg("'%s' is '%s', not '%s'", rows[i].text,
                     outcome(error, &url), rows[i].expected);
    }
}

static void check_resolve(const char *base, const struct row *rows, size_t n)
{
    struct url from = parsed(base);

    for (size_t i = 0; i < n; i++) {
        struct url url;
        enum url_error error = url_resolve(&from, rows[i].text, NULL, &url);

        if (strcmp(outcome(error, &url), rows[i].expected) != 0)
            fail_msg("'%s' on %s is '%s', not '%s'", rows[i].text, base,
                     outcome(error, &url), rows[i].expected);
    }
}

#define PARSE(rows)         check_parse(rows, COUNT(rows))
#define RESOLVE(base, rows) check_resolve(base, rows, COUNT(rows))

/* RFC 3986, 5.4.1; without the fragments, which are not asked for. */
static void test_the_normal_examples_of_the_rfc(void **state)
{
    static const struct row rows[] = {
        {"g:h", "scheme"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
    };

    (void)state;
    RESOLVE("http://a/b/c/d;p?q", rows);
}

/* 5.4.2; of "http:g" it names two, and browsers take this one. */
static void test_the_abnormal_examples_of_the_rfc(void **state)
{
    static const struct row rows[] = {
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g"},
        {"g#s/../x", "http://a/b/c/g"},
        {"http:g", "http://a/b/c/g"},
    };

    (void)state;
    RESOLVE("http://a/b/c/d;p?q", rows);
}

/* RFC 3986, 5.2.4, word by word; `in` begins with '/'. */
static void remove_dots(const char *in, char *out)
{
    size_t len = 0;

    while (*in) {
        if (!strncmp(in, "/./", 3)) {
            in += 2;
        } else if (!strcmp(in, "/.")) {
            in = "/";
        } else if (!strncmp(in, "/../", 4) || !strcmp(in, "/..")) {
            in = in[3] ? in + 3 : "/";
            while (len > 0 && out[--len] != '/')
                ;
        } else {
            do
                out[len++] = *in++;
            while (*in && *in != '/');
        }
    }
    out[len] = '\0';
}

enum { LETTERS = 3, LONGEST = 6 };

/* The number's digits in base 3 as a text of dots, slashes and letters. */
static void spell(unsigned number, char out[LONGEST + 1])
{
    size_t len = 0;

    for (; number > 0; number = (number - 1) / LETTERS)
        out[len++] = "./a"[(number - 1) % LETTERS];
    out[len] = '\0';
}

static void check_path(const char *base, const char *reference)
{
    char path[4 * LONGEST] = "/", expected[4 * LONGEST], text[64];
    struct url from, url;

    strcat(path, base);
    snprintf(text, sizeof(text), "http://h%s", path);
    from = parsed(text);
    remove_dots(path, expected);
    if (*reference == '/')
        *path = '\0';
    else if (*reference)
        strcpy(path, expected), strrchr(path, '/')[1] = '\0';
    remove_dots(strcat(path, reference), expected);
    assert_int_equal(url_resolve(&from, reference, NULL, &url), URL_OK);
    if (strcmp(url.text + url.target, expected) != 0)
        fail_msg("'%s' on %s is '%s', not '%s'", reference, text,
                 url.text + url.target, expected);
}

static void test_dots_are_removed_as_the_rfc_removes_them(void **state)
{
    char base[LONGEST + 1], reference[LONGEST + 1];

    (void)state;
    /* All texts of up to 6 characters as a path, and of 3 and 5 on each other
     */
    for (unsigned i = 0; i < 1093; i++) {
        spell(i, base);
        check_path(base, "");
    }
    for (unsigned i = 0; i < 40; i++)
        for (unsigned k = 0; k < 364; k++) {
            spell(i, base);
            spell(k, reference);
            if (strncmp(reference, "//", 2) != 0)
                check_path(base, reference);
        }
}

static void test_an_address_is_normalized(void **state)
{
    static const struct row rows[] = {
        {"http://h/", "http://h/"},
        {"http://h", "http://h/"},
        {"http://h?q", "http://h/?q"},
        {"http://h/?", "http://h/?"},
        {"http://h?[x]", "http://h/?[x]"},
        {"http://h#f", "http://h/"},
        {"HTTP://EXAMPLE.com/Path", "http://example.com/Path"},
        {"http://h:80/x", "http://h/x"},
        {"http://h:/x", "http://h/x"},
        {"http://h:0080/x", "http://h/x"},
        {"http://h:8080", "http://h:8080/"},
        {"http://h:08080/", "http://h:8080/"},
        {"http://h:65535/", "http://h:65535/"},
        {"http://h/a/./b/../c", "http://h/a/c"},
        {"http://h/..", "http://h/"},
        {"http://h//a//", "http://h//a//"},
        {"http://h/%41%2f%7e", "http://h/%41%2f%7e"},
        {"http://[::1]/", "http://[::1]/"},
        {"http://[0:0::0001]:81/x", "http://[::1]:81/x"},
        {"http://[FE80::A]:80", "http://[fe80::a]/"},
        {"http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"},
        {"http://[::1.2.0.0]/", "http://[::102:0]/"},
        {"http://0x7f.1/", "http://127.0.0.1/"},
        {"http://%30177.0.0.0x1./", "http://127.0.0.1/"},
        {"http://1.65536/", "http://1.1.0.0/"},
        {"http://1.16777216/", "broken"},
        {"http://1.2.3.256/", "broken"},
        {"http://256.1/", "broken"},
        {"http://1.2.3.4.5/", "broken"},
        {"http://08.1/", "broken"},
        {"http://1..2/", "broken"},
        {"http://a.0x/", "broken"},
        {"http://1.2.3.4.com/", "http://1.2.3.4.com/"},
        {"http://h%41.B%C3%BCcher/", "http://ha.xn--bcher-kva/"},
        {"http://b\xc3\xbc"
         "cher.example/",
         "http://xn--bcher-kva.example/"},
        {"http://\xe4\xbd\xa0\xe3\x80\x82h/", "http://xn--6qq.h/"},
        {"http://xn--\xc3\xa4/", "broken"},
        {"http://a.xn--pokxncvks/", "broken"},
        /* Of two directions. */
        {"http://0\xc3\xa0.\xd7\x90/", "broken"},
        {"http://\xff/", "broken"},
        {"http://a%00b/", "broken"},
        {"http://127.0.0.1:1/", "http://127.0.0.1:1/"},
        {"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"},
        {"http://a_b.-c/", "http://a_b.-c/"},
        {"http://h/x?http://y/../z", "http://h/x?http://y/../z"},
        {"http://h/a:b@c", "http://h/a:b@c"},
    };

    (void)state;
    PARSE(rows);
}

static void test_what_browsers_forgive_is_forgiven(void **state)
{
    static const struct row rows[] = {
        {"  \t\r\n http://h/x \n", "http://h/x"},
        {"\x01\x1fhttp://h/x\x02\x1f", "http://h/x"},
        {"ht\ntp:/\t/h/a\r\nb", "http://h/ab"},
        {"http://h/a b", "http://h/a%20b"},
        {"http://h/ #f", "http://h/%20"},
        {"http://h/a?b c=d e#f g", "http://h/a?b%20c=d%20e"},
        {"http://h/a#b#c", "http://h/a"},
        {"http://h/b\xc3\xbc"
         "cher",
         "http://h/b%C3%BCcher"},
        {"http://h/\xff\x80", "http://h/%FF%80"},
        {"http://h/\x01\x7f", "http://h/%01%7F"},
        {"http://h/\"<>^`{|}", "http://h/%22%3C%3E%5E%60%7B|%7D"},
        {"http://h/?\"<>^`{|}'", "http://h/?%22%3C%3E^`{|}%27"},
        {"http://h/a[]=1?b[]=2", "http://h/a[]=1?b[]=2"},
        {"http://h/a/%2e/%2E%2e/.%2e/b/%2e", "http://h/b/"},
        {"http://h/a/%2e%2eb/%2e%2e%2e", "http://h/a/%2e%2eb/%2e%2e%2e"},
        {"http:x", "http://x/"},
        {"http:/x", "http://x/"},
        {"http:////x/y", "http://x/y"},
        {"http://@h/", "http://h/"},
        {"http://:@h/", "http://h/"},
        {"http:\\\\h\\a\\..\\b?c\\d", "http://h/b?c\\d"},
        {"http://h/100%", "http://h/100%"},
        {"http://h/%zz%4", "http://h/%zz%4"},
        {"http://h/%%41", "http://h/%%41"},
        {"http://h/it's(1)*,;=~!$&+@", "http://h/it's(1)*,;=~!$&+@"},
    };

    (void)state;
    PARSE(rows);
}

static void test_references_as_pages_write_them(void **state)
{
    static const struct row rows[] = {
        {"  next page.html\n", "http://h:81/b/next%20page.html"},
        {"\\x\\y", "http://h:81/x/y"},
        {"\\\\other\\x", "http://other/x"},
        {"//other:82", "http://other:82/"},
        {"//[::1]/x", "http://[::1]/x"},
        {"//OTHER/X", "http://other/X"},
        {"?", "http://h:81/b/c?"},
        {"?x[]=1", "http://h:81/b/c?x[]=1"},
        {"[x]", "http://h:81/b/[x]"},
        {"12:30.html", "http://h:81/b/12:30.html"},
        {"\xc3\xa4:b", "http://h:81/b/%C3%A4:b"},
        {"./a:b", "http://h:81/b/a:b"},
        {"/a:b", "http://h:81/a:b"},
        {"?a:b", "http://h:81/b/c?a:b"},
        {"%zz", "http://h:81/b/%zz"},
        {" # ", "http://h:81/b/c?q=1"},
        {" \t ", "http://h:81/b/c?q=1"},
        {"..//x", "http://h:81//x"},
        {"http:/x", "http://h:81/x"},
        {"HTTP:x", "http://h:81/b/x"},
        {"http://h", "http://h/"},
        {"https://h:81/b/c", "https://h:81/b/c"},
        {"https:/x", "https://x/"},
        {"https:x/y", "https://x/y"},
        {"HTTPS://h:443/../a", "https://h/a"},
        {"https://h:80/", "https://h:80/"},
        {"//", "broken"},
        {"///x", "http://x/"},
        {"\\/\\x\\y", "http://x/y"},
        {"//u@h/", "unreachable"},
        {"//h:0/", "unreachable"},
        {"/..//%2e%2e/x", "http://h:81/x"},
        {"http://", "broken"},
    };

    (void)state;
    RESOLVE("http://h:81/b/c?q=1#f", rows);
}

static void check_query(const char *label, const char *query,
                        const char *expected)
{
    const struct encoding *page = encoding_find(label, strlen(label));
    struct url base = parsed("http://h/\xc3\xa9?x"), url;

    assert_int_equal(url_resolve(&base, query, page, &url), URL_OK);
    if (strcmp(strrchr(url.text, '/'), expected) != 0)
        fail_msg("%s in %s is %s", query, label, url.text);
}

#define E_ACUTE "\xc3\xa9"
#define KANJI   "\xe6\xbc\xa2\xe5\xad\x97"

static void test_a_query_is_sent_in_the_encoding_of_its_page(void **state)
{
    (void)state;
    check_query("utf-8", "a?q=" E_ACUTE, "/a?q=%C3%A9");
    check_query("latin1", "?q=" E_ACUTE "&b='", "/%C3%A9?q=%E9&b=%27");
    check_query("latin1", E_ACUTE, "/%C3%A9");
    check_query("latin1", "?%26" KANJI "&",
                "/%C3%A9?%26%26%2328450%3B%26%2323383%3B&");
    check_query("shift_jis", "?a" KANJI "b", "/%C3%A9?a%8A%BF%8E%9Ab");
    check_query("euc-jp", "?" KANJI, "/%C3%A9?%B4%C1%BB%FA");
    check_query("iso-2022-jp", "?" KANJI "x", "/%C3%A9?%1B$B4A;z%1B(Bx");
    check_query("gbk", "?\xe2\x82\xac\xf0\x9f\x98\x80",
                "/%C3%A9?%80%26%23128512%3B");
    check_query("gb18030", "?\xf0\x9f\x98\x80", "/%C3%A9?%949%FC6");
    check_query("big5", "?" KANJI, "/%C3%A9?%BA~%A6r");
    check_query("koi8-u", "?\xd1\x9e", "/%C3%A9?%AE");
    check_query("windows-874", "?\xef\xbf\xbd", "/%C3%A9?%26%2365533%3B");
    check_query("x-user-defined", "?\xef\x9e\x80", "/%C3%A9?%80");
    /* What an encoding only reads is not written in it. */
    check_query("koi8-u", "?\xe2\x95\x9d", "/%C3%A9?%26%239565%3B");
    check_query("big5", "?\xc3\x80", "/%C3%A9?%26%23192%3B");
    check_query("euc-jp", "?\xc2\xa1\xc2\xa5", "/%C3%A9?%26%23161%3B\\");
    check_query("gbk", "?\xe1\xb8\xbf", "/%C3%A9?%A8%BC");
    check_query("windows-1255", "?\xd6\xba", "/%C3%A9?%CA");
    check_query("iso-2022-jp", "?\xe2\x85\xb0\xef\xbd\xb1",
                "/%C3%A9?%1B$B|q%1B(B%26%2365393%3B");
    /* Of these it is UTF-8. */
    check_query("utf-16", "?" E_ACUTE, "/%C3%A9?%C3%A9");
    check_query("replacement", "?" E_ACUTE, "/%C3%A9?%C3%A9");
}

static void test_what_is_not_http_is_said_to_be_so(void **state)
{
    static const struct row rows[] = {
        {"httpss://h/", "scheme"},
        {"ftp://h/x", "scheme"},
        {"mailto:a@b", "scheme"},
        {"javascript:alert('%')", "scheme"},
        {"java\nscript:alert([1])", "scheme"},
        {"data:text/html;base64,%%%", "scheme"},
        {"file:///etc/passwd", "scheme"},
        {"httpx://h/", "scheme"},
        {"htt://h/", "scheme"},
        {"view-source:http://h/", "scheme"},
        {"localhost:8080", "scheme"},
        {"a+b-c.d://h/", "scheme"},
    };

    (void)state;
    PARSE(rows);
}

static void test_what_is_no_address_is_refused(void **state)
{
    static const struct row rows[] = {
        {"", "broken"},
        {"  ", "broken"},
        {"#", "broken"},
        {"h", "broken"},
        {"/x", "broken"},
        {"//h/x", "broken"},
        {"127.0.0.1:80/", "broken"},
        {"http", "broken"},
        {"http:", "broken"},
        {"http://", "broken"},
        {"http:///", "broken"},
        {"http://:80/", "broken"},
        {"http://?q", "broken"},
        {"http://#f", "broken"},
        {"http://a b/", "broken"},
        {"http://a%20b/", "broken"},
        {"http://a<b/", "broken"},
        {"http://h:0/", "unreachable"},
        {"http://h:65536/", "broken"},
        {"http://h:65616/", "broken"},
        {"http://h:99999999999999999999/", "broken"},
        {"http://h:-1/", "broken"},
        {"http://h:x/", "broken"},
        {"http://h:1:2/", "broken"},
        {"http://user@h/", "unreachable"},
        {"http://user:word@h/", "unreachable"},
        {"http://a@b@c/", "unreachable"},
        {"http://[::1/", "broken"},
        {"http://::1/", "broken"},
        {"http://[::1]x/", "broken"},
        {"http://[1.2.3.4]/", "broken"},
        {"http://[fe80::1%25eth0]/", "broken"},
        {"http://[v1.x]/", "broken"},
        {"http://[:::]/", "broken"},
        {":", "broken"},
        {"://h/", "broken"},
        {"1http://h/", "broken"},
    };

    (void)state;
    PARSE(rows);
}

static void fill(char *text, const char *start, char c, size_t len)
{
    memset(text, c, len);
    memcpy(text, start, strlen(start));
    text[len] = '\0';
}

static void test_a_url_may_be_2047_long(void **state)
{
    static char text[16 * URL_MAX], spaces[URL_MAX + 64];
    struct url url, base = parsed("http://h/a/b");

    (void)state;
    fill(text, "http://h/", 'x', URL_MAX - 1);
    assert_int_equal(url_parse(text, &url), URL_OK);
    assert_string_equal(url.text, text);
    assert_int_equal(url.target_len, URL_MAX - 1 - 8);
    fill(text, "http://h/", 'x', URL_MAX);
    assert_int_equal(url_parse(text, &url), URL_TOO_LONG);
    fill(text, "http://h/", 'x', sizeof(text) - 1);
    assert_int_equal(url_parse(text, &url), URL_TOO_LONG);
    /* It is the encoded text that counts... */
    fill(text, "http://h/", '^', URL_MAX / 3);
    assert_int_equal(url_parse(text, &url), URL_OK);
    fill(text, "http://h/", '^', URL_MAX / 3 + 10);
    assert_int_equal(url_parse(text, &url), URL_TOO_LONG);
    /* ...with the base... */
    fill(text, "x", 'x', URL_MAX - 11);
    assert_int_equal(url_resolve(&base, text, NULL, &url), URL_TOO_LONG);
    text[strlen(text) - 1] = '\0';
    assert_int_equal(url_resolve(&base, text, NULL, &url), URL_OK);
    assert_int_equal(strlen(url.text), URL_MAX - 1);
    /* ...and not what is left out. */
    fill(text, "http://h/x#", 'x', sizeof(text) - 1);
    assert_int_equal(url_parse(text, &url), URL_OK);
    assert_string_equal(url.text, "http://h/x");
    fill(spaces, "", ' ', URL_MAX + 32);
    memcpy(spaces + URL_MAX, "http://h/x", 10);
    assert_int_equal(url_parse(spaces, &url), URL_OK);
    assert_string_equal(url.text, "http://h/x");
    fill(text, "data:", 'x', sizeof(text) - 1);
    assert_int_equal(url_parse(text, &url), URL_SCHEME);
}

static void check_parts(const char *text, const char *host,
                        const char *authority, const char *target,
                        uint16_t port)
{
    struct url url = parsed(text);
    char part[URL_MAX];

    snprintf(part, sizeof(part), "%.*s", url.host_len, url.text + url.host);
    assert_string_equal(part, host);
    snprintf(part, sizeof(part), "%.*s", url.authority_len,
             url.text + url.authority);
    assert_string_equal(part, authority);
    snprintf(part, sizeof(part), "%.*s", url.target_len, url.text + url.target);
    assert_string_equal(part, target);
    assert_int_equal(url.port, port);
    assert_int_equal(url.target + url.target_len, strlen(url.text));
}

static void test_the_parts_of_a_url(void **state)
{
    (void)state;
    check_parts("http://H", "h", "h", "/", 80);
    check_parts("http://h:80/a?b#c", "h", "h", "/a?b", 80);
    check_parts("http://h:8080?b", "h", "h:8080", "/?b", 8080);
    check_parts("http://[::1]/x", "::1", "[::1]", "/x", 80);
    check_parts("http://[::1]:81/x", "::1", "[::1]:81", "/x", 81);
    check_parts("http://127.0.0.1:65535", "127.0.0.1", "127.0.0.1:65535", "/",
                65535);
}

static void test_a_base_may_be_replaced_by_what_it_leads_to(void **state)
{
    struct url url = parsed("http://h/a/b/c?q");

    (void)state;
    assert_int_equal(url_resolve(&url, "../d", NULL, &url), URL_OK);
    assert_string_equal(url.text, "http://h/a/d");
    assert_int_equal(url_resolve(&url, "", NULL, &url), URL_OK);
    assert_string_equal(url.text, "http://h/a/d");
    assert_int_equal(url_resolve(&url, "//[::1]:8", NULL, &url), URL_OK);
    assert_string_equal(url.text, "http://[::1]:8/");
}

static void test_what_fails_leaves_the_result_as_it_was(void **state)
{
    static const char *const bad[] = {"", "http://h:0/", "ftp://h/",
                                      "http://u@h/"};
    struct url url, base = parsed("http://h/a"), before;

    (void)state;
    memset(&url, 0x5a, sizeof(url));
    before = url;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_not_equal(url_parse(bad[i], &url), URL_OK);
        assert_memory_equal(&url, &before, sizeof(url));
    }
    assert_int_not_equal(url_resolve(&base, "//:1/", NULL, &url), URL_OK);
    assert_memory_equal(&url, &before, sizeof(url));
}

static void test_every_error_has_words(void **state)
{
    (void)state;
    assert_non_null(strstr(url_error_text(URL_BROKEN), "usable"));
    assert_non_null(strstr(url_error_text(URL_UNREACHABLE), "password"));
    assert_non_null(strstr(url_error_text(URL_SCHEME), "http"));
    assert_non_null(strstr(url_error_text(URL_TOO_LONG), "2047"));
    assert_true(strlen(url_error_text(URL_OK)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_normal_examples_of_the_rfc),
        cmocka_unit_test(test_the_abnormal_examples_of_the_rfc),
        cmocka_unit_test(test_dots_are_removed_as_the_rfc_removes_them),
        cmocka_unit_test(test_an_address_is_normalized),
        cmocka_unit_test(test_what_browsers_forgive_is_forgiven),
        cmocka_unit_test(test_references_as_pages_write_them),
        cmocka_unit_test(test_a_query_is_sent_in_the_encoding_of_its_page),
        cmocka_unit_test(test_what_is_not_http_is_said_to_be_so),
        cmocka_unit_test(test_what_is_no_address_is_refused),
        cmocka_unit_test(test_a_url_may_be_2047_long),
        cmocka_unit_test(test_the_parts_of_a_url),
        cmocka_unit_test(test_a_base_may_be_replaced_by_what_it_leads_to),
        cmocka_unit_test(test_what_fails_leaves_the_result_as_it_was),
        cmocka_unit_test(test_every_error_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
