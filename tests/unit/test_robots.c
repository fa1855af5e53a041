/* SPDX-License-Identifier: GPL-3.0-or-later */
/* robots.txt: the examples of RFC 9309, and what is no robots.txt. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "workloads/clock.h"
#include "workloads/web/robots.h"

static bool allows(const char *text, const char *product, const char *target)
{
    char *rules = malloc(robots_room(strlen(text)));
    size_t len = robots_parse(text, strlen(text), product, rules);
    bool allowed = robots_allow(rules, len, target, strlen(target));

    free(rules);
    return allowed;
}

static void expect(const char *text, const char *product, const char *target,
                   bool allowed)
{
    if (allows(text, product, target) != allowed)
        fail_msg("%s for %s should be %s by:\n%s", target, product,
                 allowed ? "allowed" : "forbidden", text);
}

/* RFC 9309, 5.1. */
static const char simple[] = "User-Agent: *\n"
                             "Disallow: *.gif$\n"
                             "Disallow: /example/\n"
                             "Allow: /publications/\n"
                             "\n"
                             "User-Agent: foobot\n"
                             "Disallow:/\n"
                             "Allow:/example/page.html\n"
                             "Allow:/example/allowed.gif\n"
                             "\n"
                             "User-Agent: barbot\n"
                             "User-Agent: bazbot\n"
                             "Disallow: /example/page.html\n"
                             "\n"
                             "User-Agent: quxbot\n";

static void test_groups_are_those_of_the_example(void **state)
{
    (void)state;
    expect(simple, "foobot", "/", false);
    expect(simple, "foobot", "/example/page.html", true);
    expect(simple, "foobot", "/example/allowed.gif", true);
    expect(simple, "foobot", "/publications/", false);
    expect(simple, "barbot", "/example/page.html", false);
    expect(simple, "barbot", "/example/", true);
    expect(simple, "bazbot", "/example/page.html?x", false);
    expect(simple, "quxbot", "/example/", true);
    expect(simple, "baton", "/a.gif", false);
    expect(simple, "baton", "/a.gifs", true);
    expect(simple, "baton", "/example/a", false);
    expect(simple, "baton", "/publications/a", true);
    expect(simple, "baton", "/a", true);
}

/* 5.2. */
static void test_the_longest_match_decides(void **state)
{
    static const char text[] = "User-Agent: foobot\n"
                               "Allow: /example/page/\n"
                               "Disallow: /example/page/disallowed.gif\n";

    (void)state;
    expect(text, "foobot", "/example/page/", true);
    expect(text, "foobot", "/example/page/disallowed.gif", false);
    expect("user-agent:*\nallow:/p\ndisallow:/", "baton", "/page", true);
    expect("user-agent:*\nallow:/folder\ndisallow:/folder", "baton",
           "/folder/page", true);
    expect("user-agent:*\ndisallow:/folder\nallow:/folder", "baton",
           "/folder/page", true);
    expect("user-agent:*\nallow:/$\ndisallow:/", "baton", "/", true);
    expect("user-agent:*\nallow:/$\ndisallow:/", "baton", "/page.htm", false);
}

/* 2.2.1: those of several groups count together, in any case. */
static void test_groups_of_one_crawler_are_joined(void **state)
{
    static const char text[] = "user-agent: ExampleBot\n"
                               "disallow: /foo\n"
                               "disallow: /bar\n\n"
                               "user-agent: ExampleBot\n"
                               "disallow: /baz\n"
                               "user-agent: *\n"
                               "disallow: /\n";

    (void)state;
    expect(text, "examplebot", "/foo", false);
    expect(text, "examplebot", "/baz", false);
    expect(text, "examplebot", "/", true);
    expect(text, "examplebots", "/foo", false);
    expect("User-Agent: BATON/2.0 (x)\nDisallow: /", "baton", "/", false);
    expect("User-Agent: batonist\nDisallow: /", "baton", "/", true);
    /* Other records end no group. */
    expect("User-agent: baton\nSitemap: /s\nUser-agent: x\nDisallow: /\n",
           "baton", "/", false);
}

/* 2.2.2 and 2.2.3. */
static void test_paths_are_compared_in_one_encoding(void **state)
{
    static const struct {
        const char *pattern, *target;
    } rows[] = {
        {"/foo/bar?baz=quz", "/foo/bar?baz=quz"},
        {"/foo/bar?baz=http://foo.bar", "/foo/bar?baz=http://foo.bar"},
        {"/foo/bar/\xe3\x83\x84", "/foo/bar/%E3%83%84"},
        {"/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"},
        {"/foo/bar/%62%61%7A", "/foo/bar/baz"},
        {"/path/file-with-a-%2A.html", "/path/file-with-a-*.html"},
        {"/path/foo-%24", "/path/foo-$"},
        {"/a%2fb", "/a%2Fb"},
        {"/*/b*c", "/a/bxxc"},
        {"/a*b$", "/a/b/b"},
        {"/a$b", "/a$bc"},
        {"/**b", "/ab"},
    };
    char text[200];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(text, sizeof(text), "User-agent: *\r\nDisallow: %s # x\r\n",
                 rows[i].pattern);
        expect(text, "baton", rows[i].target, false);
    }
    expect("user-agent:*\ndisallow:/a%2fb", "baton", "/a/b", true);
    expect("user-agent:*\ndisallow:/a%2a", "baton", "/ab", true);
    expect("user-agent:*\ndisallow:/a*b$", "baton", "/abc", true);
    expect("user-agent:*\ndisallow:fish", "baton", "/fish", true);
}

static void test_what_is_none_forbids_nothing(void **state)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "disallow: /",
        "<html>user-agent: *\n<p>disallow: /",
        "user-agent: *\ndisallow:\n",
        "user-agent *\ndisallow /",
        ":",
        "%",
        "user-agent: x\n\xff\xfe: /\ndisallow: /%\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect(texts[i], "baton", "/", true);
    expect("\xef\xbb\xbfuser-agent: *\rdisallow : /", "baton", "/", false);
}

/* As many signs as there is room for: it ends, and then it is forbidden. */
static void test_no_rules_take_long(void **state)
{
    char *text = malloc(ROBOTS_MAX), target[2000];
    size_t len = (size_t)sprintf(text, "user-agent:*\n");
    uint64_t start_ns = clock_ns();

    (void)state;
    while (len < ROBOTS_MAX - 50)
        len += (size_t)sprintf(text + len, "allow:/*a*a*a*a*a*ab\n");
    memset(target, 'a', sizeof(target));
    target[0] = '/';
    target[sizeof(target) - 1] = '\0';
    expect(text, "baton", target, false);
    assert_in_range(clock_ns() - start_ns, 0, 2 * NS_PER_S);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_are_those_of_the_example),
        cmocka_unit_test(test_the_longest_match_decides),
        cmocka_unit_test(test_groups_of_one_crawler_are_joined),
        cmocka_unit_test(test_paths_are_compared_in_one_encoding),
        cmocka_unit_test(test_what_is_none_forbids_nothing),
        cmocka_unit_test(test_no_rules_take_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
