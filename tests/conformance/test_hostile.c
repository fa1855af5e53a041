/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Pages that are made to take long or much memory: whatever the bytes, 4 MiB of
 * them end within a second of CPU and 64 MiB, and nothing is left.  With "all",
 * every kind of them.
 */
#include "tests/conformance/kit.h"

#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "workloads/clock.h"
#include "workloads/web/extract.h"

#define LINK  "//h3/a/@href"
#define TITLE "/html/head/title"

enum { PAGE = 4 << 20, MOST_MEMORY = 64 << 20, MOST_LEFT = 4 << 20 };

static const uint64_t most_cpu_ns = 1100 * NS_PER_MS;
static bool all;

/* `start`, half a page of `unit`, half a page of `then`, if there is one. */
static const struct kind_of_page {
    const char *name, *start, *unit, *then;
    bool quick; /* also without "all" */
} kinds[] = {
    {"open elements", "", "<div>", .quick = true},
    {"open elements of no known name", "", "<q%u>"},
    {"formatting", "", "<b><div>"},
    {"formatting opened again", "<p>", "<b a=%u>", "<p>x", true},
    {"links in headings", "", "<h3><a href=%u>"},
    {"list items in lists", "", "<ul><li>"},
    {"attributes of one tag", "<a", " a%u=1", .quick = true},
    {"one attribute", "<a", " a=1"},
    {"attributes of html and body", "", "<html a%u><body b%u>", .quick = true},
    {"names", "", "<x%u></x%u>"},
    {"end tags of nothing", "", "</x%u>"},
    {"end tags of other elements", "", "<span>", "</b>", true},
    {"items beside elements", "", "<span>", "<li>"},
    {"text", "", "text ", .quick = true},
    {"blanks", "", " "},
    {"ampersands", "", "&"},
    {"references", "", "&CounterClockwise"},
    {"numbers of references", "", "&#x41;"},
    {"angles", "", "<"},
    {"controls", "", "\x01"},
    {"half a tag", "", "<a x='"},
    {"a long name", "<", "a"},
    {"a long value", "<a href=\"", "a"},
    {"empty elements", "", "<br>", .quick = true},
    {"paragraphs", "", "<p>"},
    {"links", "", "<a href=x>"},
    {"comments", "", "<!---->"},
    {"a comment", "<!--", "-"},
    {"instructions", "", "<?>"},
    {"texts and comments", "", "x<!---->"},
    {"tables", "", "<table>"},
    {"cells", "", "<table><tr><td>"},
    {"text in a table", "<table>", "x"},
    {"elements in a table", "<table>", "x<b>"},
    {"forms", "", "<form>"},
    {"options", "<select>", "<option>"},
    {"buttons", "", "<button>"},
    {"templates", "", "<template>"},
    {"frames", "", "<frameset>"},
    {"drawings", "", "<svg>"},
    {"paragraphs in drawings", "", "<svg><p>"},
    {"formulas", "", "<math><mi>"},
    {"sections", "<svg>", "<![CDATA[x]]>"},
    {"a script", "<script>", "<!--<script>"},
    {"a textarea", "<textarea>", "</textare"},
    {"a title", "<title>", "x&amp;"},
    {"rubies", "", "<ruby><rt>"},
};

/* Of this process; "VmRSS:" is what it has, "VmHWM:" the most it had. */
static size_t bytes_of(const char *what)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    size_t kib = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, what, strlen(what)) == 0)
            kib = strtoul(line + strlen(what), NULL, 10);
    fclose(file);
    return kib << 10;
}

static bool forget_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, "5", 1) == 1;

    if (fd >= 0)
        close(fd);
    return done;
}

static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

struct cost {
    enum extract result;
    uint64_t cpu_ns, piece_ns; /* the longest */
    size_t memory, left;
    char text[256];
};

static struct cost search(const char *page, size_t len, const char *pattern)
{
    const struct markup m = {page, len, "text/html; charset=utf-8"};
    size_t before = bytes_of("VmRSS:"), after;
    bool peak = forget_peak();
    uint64_t start_ns = cpu_ns(), at_ns = start_ns;
    struct cost cost = {0};
    struct extraction *e;
    char base[256];

    cost.result = extract_begin(&m, pattern, true, &e);
    if (cost.result == EXTRACT_FOUND) {
        bool more = true;

        while (more) {
            uint64_t now_ns = cpu_ns();

            if (now_ns - at_ns > cost.piece_ns)
                cost.piece_ns = now_ns - at_ns;
            at_ns = now_ns;
            more = extract_work(e);
        }
        cost.memory = peak ? bytes_of("VmHWM:") - before : 0;
        cost.result = extract_end_link(e, cost.text, sizeof(cost.text), base,
                                       sizeof(base));
    }
    cost.cpu_ns = cpu_ns() - start_ns;
    after = bytes_of("VmRSS:");
    cost.left = after > before ? after - before : 0;
    return cost;
}

static void assert_bounded(const char *name, const struct cost *cost)
{
    print_message("# %-32s %d %6.0f ms, a piece %4.0f ms, %3zu MiB\n", name,
                  cost->result, (double)cost->cpu_ns / NS_PER_MS,
                  (double)cost->piece_ns / NS_PER_MS, cost->memory >> 20);
    if (cost->cpu_ns > most_cpu_ns || cost->memory > MOST_MEMORY ||
        cost->left > MOST_LEFT)
        fail_msg("%s: %.0f ms of CPU, %zu KiB, of which %zu were left", name,
                 (double)cost->cpu_ns / NS_PER_MS, cost->memory >> 10,
                 cost->left >> 10);
    assert_true(cost->result != EXTRACT_NO_MEMORY &&
                cost->result != EXTRACT_NOT_HTML);
}

static char *repeat(char *at, const char *end, const char *unit)
{
    char text[128];

    for (unsigned i = 0;; i++) {
        int len = snprintf(text, sizeof(text), unit, i, i);

        if (at + len > end)
            return at;
        at = mempcpy(at, text, (size_t)len);
    }
}

static size_t fill(char *page, const struct kind_of_page *k)
{
    char *at = stpcpy(page, k->start), *end = page + PAGE;

    at = repeat(at, k->then ? page + PAGE / 2 : end, k->unit);
    if (k->then)
        at = repeat(at, end, k->then);
    return (size_t)(at - page);
}

static void test_any_page_stays_within_the_bounds(void **state)
{
    char *page = malloc(PAGE + 1);

    (void)state;
    assert_non_null(page);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct cost cost;

        if (!all && !kinds[i].quick)
            continue;
        cost = search(page, fill(page, &kinds[i]), LINK);
        assert_bounded(kinds[i].name, &cost);
    }
    free(page);
}

/* Bytes, letters, and tags, drawn. */
static void test_random_pages_stay_within_the_bounds(void **state)
{
    static const char *const words[] = {
        "<b>",  "</b>", "<p>",      "</p>", "<a href=x>", "</a>", "<table>",
        "<tr>", "<td>", "</table>", "<h3>", "text",       "<li>", "<i>"};
    char *page = malloc(PAGE + 16), *at = page;
    struct cost cost;

    (void)state;
    assert_non_null(page);
    srand(1);
    for (size_t i = 0; i < PAGE; i++)
        page[i] = (char)rand();
    cost = search(page, PAGE, LINK);
    assert_bounded("bytes", &cost);
    while (at < page + PAGE)
        at = stpcpy(at, words[(size_t)rand() % COUNT(words)]);
    cost = search(page, PAGE, LINK);
    assert_bounded("tags", &cost);
    free(page);
}

enum { AT_ONCE = 16 };

static const uint64_t most_at_once = (uint64_t)11 * (1 << 30) / 10;

/* As the models' threads; its memory is there until the others have theirs. */
static void *exceed(void *context)
{
    const struct markup m = {context, PAGE, "text/html; charset=utf-8"};
    struct extraction *e;

    if (extract_begin(&m, LINK, true, &e) != EXTRACT_FOUND)
        return NULL;
    while (extract_work(e)) {
    }
    return e;
}

static void test_16_at_once_take_less_than_1_1_gib(void **state)
{
    struct extraction *held[AT_ONCE];
    struct kit_usage usage = kit_usage();
    char *page = malloc(PAGE + 1), link[16], base[16];
    pthread_t threads[AT_ONCE];
    pthread_attr_t attr;
    size_t taken;

    (void)state;
    assert_non_null(page);
    repeat(page, page + PAGE, "<p>x");
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 << 10);
    for (size_t i = 0; i < AT_ONCE; i++)
        assert_int_equal(pthread_create(&threads[i], &attr, exceed, page), 0);
    for (size_t i = 0; i < AT_ONCE; i++) {
        void *e;

        pthread_join(threads[i], &e);
        assert_non_null(e);
        held[i] = e;
    }
    taken = bytes_of("VmRSS:");
    for (size_t i = 0; i < AT_ONCE; i++)
        assert_int_equal(
            extract_end_link(held[i], link, sizeof(link), base, sizeof(base)),
            EXTRACT_TOO_BIG);
    print_message("# 16 at once: %zu MiB\n", taken >> 20);
    assert_true(taken + (AT_ONCE - 1) * (size_t)PAGE < most_at_once);
    assert_in_range(bytes_of("VmRSS:"), 0, 64 << 20);
    assert_true(kit_holds(&usage));
    pthread_attr_destroy(&attr);
    free(page);
}

/* What a large site sends: every bound leaves room for it. */
static size_t fill_posts(char *page)
{
    static const char post[] =
        "<article id=\"post-%u\" class=\"post type-post hentry\"><h3 "
        "class=entry-title><a href=\"/2026/11/post-%u?a=1&amp;b=2\" "
        "rel=bookmark>A title &mdash; of a post</a></h3><p class=meta>By <a "
        "href=/author/me>me</a> on <time datetime=2026-11-30>today</time></p>"
        "<p>Some text that goes on for a while, with <em>emphasis</em> and <a "
        "href=http://example.org/>a link</a> &amp; more.</p></article>\n";
    char *at = stpcpy(page, "<!DOCTYPE html><html lang=en><head><meta "
                            "charset=utf-8><title>A list of posts</title>"
                            "<body class=\"home blog\"><main>");
    char text[1024];

    for (unsigned i = 0;; i++) {
        int len = snprintf(text, sizeof(text), post, i, i);

        if (at + len > page + PAGE)
            return (size_t)(at - page);
        at = mempcpy(at, text, (size_t)len);
    }
}

static void test_a_list_of_posts_of_4_mib_has_its_link_and_title(void **state)
{
    char *page = malloc(PAGE + 1);
    size_t len = fill_posts(page);
    struct cost cost = search(page, len, LINK);

    (void)state;
    assert_bounded("posts, link", &cost);
    assert_int_equal(cost.result, EXTRACT_FOUND);
    assert_string_equal(cost.text, "/2026/11/post-0?a=1&b=2");
    cost = search(page, len, TITLE);
    assert_bounded("posts, title", &cost);
    assert_int_equal(cost.result, EXTRACT_FOUND);
    assert_string_equal(cost.text, "A list of posts");
    free(page);
}

static void test_no_pattern_takes_longer(void **state)
{
    static const char *const patterns[] = {
        "//a | //p | //em",
        "//*[contains(., 'nothing')]",
        "//em[preceding::b]",
        "count(//a[following::em])",
        "//p//a//em",
        "//node()",
        "//*[. = //time]",
        "//a[last()]/following::a[. = 'x']",
        "string(/)",
        "//text()[contains(., 'nothing')]",
        "//p/ancestor::*/*//@class",
        "sum(//a[@href = //a/@href])",
    };
    char *page = malloc(PAGE + 1);
    size_t len = fill_posts(page);

    (void)state;
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct cost cost = search(page, len, patterns[i]);

        assert_bounded(patterns[i], &cost);
    }
    free(page);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_page_stays_within_the_bounds),
        cmocka_unit_test(test_random_pages_stay_within_the_bounds),
        cmocka_unit_test(test_16_at_once_take_less_than_1_1_gib),
        cmocka_unit_test(test_a_list_of_posts_of_4_mib_has_its_link_and_title),
        cmocka_unit_test(test_no_pattern_takes_longer),
    };

    all = argc > 1 && strcmp(argv[1], "all") == 0;
    extract_init();
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
