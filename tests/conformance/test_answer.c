/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The answering protocol, driven by hand: what the origin says to a request,
 * however the request is cut, and when, on a clock of the test's own.
 */
#include <errno.h>
#include <inttypes.h>

#include "tests/conformance/kit.h"
#include "workloads/web/answer.h"
#include "workloads/web/blog.h"
#include "workloads/clock.h"
#include "workloads/web/fault.h"
#include "workloads/web/http.h"
#include "workloads/web/numbered.h"
#include "workloads/web/page.h"

#define START (1000 * NS_PER_S)

static struct server_counters counters;
static uint64_t now;
static struct conn *peer;
static enum verb verb;

/* All that was said, as long as it fits; counted beyond that. */
static struct {
    char text[800000];
    size_t len;
} said;

static void open_peer(void)
{
    peer = answer_create(&counters);
    assert_non_null(peer);
    peer->layers->now_ns = &now;
    said.len = 0;
    verb = conn_opened(peer);
    assert_int_equal(verb, CONN_WAIT);
}

static void close_peer(void)
{
    answer_destroy(peer);
    peer = NULL;
    assert_int_equal(counters.in_flight, 0);
}

static int new_peer(void **state)
{
    (void)state;
    now = START;
    memset(&counters, 0, sizeof(counters));
    open_peer();
    return 0;
}

static int end_peer(void **state)
{
    (void)state;
    close_peer();
    return 0;
}

/* Takes what is pending, at most `piece` bytes at a time; how much it was. */
static size_t take(size_t piece)
{
    size_t len, before = said.len;
    const char *data;

    while ((data = conn_pending(peer, &len))) {
        size_t n = len < piece ? len : piece, left = len - n, again;

        assert_in_range(len, 1, 64 * 1024 + 256);
        assert_true(said.len + n <= sizeof(said.text));
        memcpy(said.text + said.len, data, n);
        said.len += n;
        conn_sent(peer, n);
        /* What is left stays where it is. */
        if (left) {
            assert_ptr_equal(conn_pending(peer, &again), data + n);
            assert_int_equal(again, left);
        }
    }
    return said.len - before;
}

/* The peer's deadline passes. */
static enum verb sleep_on(void)
{
    assert_true(peer->deadline_ns != UINT64_MAX);
    if (peer->deadline_ns > now)
        now = peer->deadline_ns;
    return verb = conn_expired(peer);
}

static enum verb ask(const char *text)
{
    return verb = conn_received(peer, text, strlen(text));
}

static void ask_page(const char *target, const char *fields)
{
    char text[2048];

    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", target,
             fields);
    assert_int_equal(ask(text), CONN_WAIT);
}

/* Reads one response out of `said` from *at on, byte by byte. */
static struct http response(size_t *at)
{
    enum http_progress p = HTTP_MORE;
    struct http h;

    http_init(&h, UINT64_MAX, NULL);
    http_begin(&h);
    while (p == HTTP_MORE && *at < said.len)
        p = http_feed(&h, said.text + (*at)++, 1);
    if (p == HTTP_MORE)
        fail_msg("a response without an end after %zu bytes", *at);
    return h;
}

static void assert_page(size_t *at, const struct page *page, bool kept)
{
    struct http h = response(at);

    assert_int_equal(h.outcome, OUTCOME_OK);
    assert_int_equal(h.status, 200);
    assert_int_equal(h.bytes, page->bytes);
    assert_int_equal(http_hash(&h), page_hash(page));
    assert_int_equal(h.reusable, kept);
}

static void assert_refusal(int status)
{
    size_t at = 0;
    struct http h = response(&at);

    assert_int_equal(h.status, status);
    assert_int_equal(at, said.len);
    assert_int_equal(counters.requests, 0);
    assert_int_equal(counters.refusals, 1);
    assert_non_null(strstr(said.text, "Connection: close\r\n"));
}

/* Requests. */

static void test_a_page_comes_with_every_cut_of_request_and_answer(void **state)
{
    static const char text[] = "GET /page/3?bytes=70&seed=9 HTTP/1.1\r\n"
                               "Host: x\r\nAccept: */*\r\n\r\n";
    const struct page page = {.index = 3, .bytes = 70, .seed = 9};

    (void)state;
    for (size_t in = 1; in < sizeof(text); in++) {
        for (size_t out = 1; out < 300; out = out * 2 + 1) {
            size_t at = 0;

            close_peer();
            open_peer();
            for (size_t i = 0; i < sizeof(text) - 1; i += in) {
                size_t len = sizeof(text) - 1 - i;
                char *block = malloc(in);

                assert_non_null(block);
                assert_int_equal(take(1), 0); /* nothing before its end */
                len = len < in ? len : in;
                memcpy(block, text + i, len);
                assert_int_equal(conn_received(peer, block, len), CONN_WAIT);
                free(block);
            }
            assert_int_equal(counters.in_flight, 1);
            take(out);
            assert_page(&at, &page, true);
            assert_int_equal(at, said.len);
            assert_int_equal(counters.in_flight, 0);
        }
    }
    assert_int_equal(counters.refusals, 0);
}

/* What follows the head, of the one answer that was said. */
static const char *body(void)
{
    const char *end;

    said.text[said.len] = '\0';
    end = strstr(said.text, "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

static void test_a_numbered_page_reveals_its_number_last(void **state)
{
    const struct nonce nonce = {.seed = 9, .bytes = 70000, .latency_ms = 5};
    char word[16];

    (void)state;
    counters.secret = 77;
    snprintf(word, sizeof(word), " %" PRIu32, numbered_number(77, &nonce, 3));
    for (size_t out = 1; out < 70000; out = out * 2 + 1) {
        close_peer();
        open_peer();
        server_counters_reset(&counters); /* the secret stays */
        ask_page("/n/9-70000-5/3", "");
        assert_int_equal(sleep_on(), CONN_WAIT);
        assert_int_equal(counters.in_flight, 1);
        assert_int_equal(counters.last_ns, 0);
        take(out);
        assert_int_equal(strlen(body()), 70000);
        assert_string_equal(body() + 70000 - 11, word);
        assert_int_equal(counters.in_flight, 0);
        assert_int_equal(counters.last_ns, now);
    }
}

static void test_a_page_in_bulk_comes_with_every_cut(void **state)
{
    (void)state;
    for (uint64_t bytes = 0; bytes < 300000; bytes = bytes * 3 + 65521) {
        const struct page page = {.index = 2, .bytes = bytes, .bulk = 1};
        char target[64];

        snprintf(target, sizeof(target), "/page/2?bytes=%" PRIu64 "&bulk=1",
                 bytes);
        for (size_t out = 1; out < 400000; out = out * 9 + 1) {
            size_t at = 0;

            said.len = 0;
            ask_page(target, "");
            take(out);
            assert_page(&at, &page, true);
            assert_int_equal(at, said.len);
            assert_int_equal(counters.in_flight, 0);
        }
    }
}

static void test_a_file_has_its_number_wherever_it_ends(void **state)
{
    (void)state;
    for (uint64_t bytes = 2 * PAGE_PERIOD - 20; bytes < 2 * PAGE_PERIOD + 20;
         bytes++) {
        const struct nonce nonce = {.seed = 9, .bytes = bytes};
        char target[64], word[16];

        snprintf(target, sizeof(target), "/bulk/9-%" PRIu64 "-0/3", bytes);
        snprintf(word, sizeof(word), " %" PRIu32,
                 numbered_number(0, &nonce, 3));
        said.len = 0;
        ask_page(target, "");
        take(SIZE_MAX);
        assert_int_equal(strlen(body()), bytes);
        assert_string_equal(body() + bytes - 11, word);
        assert_memory_equal(body(), body() + PAGE_PERIOD, PAGE_PERIOD - 50);
    }
}

static void test_a_page_in_bulk_keeps_its_rate(void **state)
{
    (void)state;
    ask_page("/page/2?bytes=200000&bulk=1&rate=1000000", "");
    take(SIZE_MAX);
    assert_in_range(strlen(body()), 10000, 10000);
    assert_int_equal(peer->deadline_ns, now + 10 * NS_PER_MS);
    while (counters.in_flight) {
        sleep_on();
        take(SIZE_MAX);
    }
    /* A turn later where a piece ends with the period. */
    assert_in_range(now, START + 190 * NS_PER_MS, START + 200 * NS_PER_MS);
    assert_int_equal(strlen(body()), 200000);
}

static void test_a_plain_blog_leads_to_its_title(void **state)
{
    const struct nonce nonce = {.seed = 9, .bytes = 500};
    char title[BLOG_MAX_TITLE];

    (void)state;
    numbered_title(0, &nonce, 3, title);
    ask_page("/plain/9-500-0/3", "");
    take(1);
    assert_non_null(strstr(body(), "<h3><a href=\"3/article\">"));
    assert_null(strstr(body(), title));
    said.len = 0;
    ask_page("/plain/9-500-0/3/article", "");
    take(1);
    assert_non_null(strstr(body(), title));
    assert_int_equal(counters.requests, 2);
}

/* Pages of several sizes, all asked in one go. */
static size_t write_pipeline(char *text, size_t size, struct page *pages,
                             size_t n)
{
    static const uint64_t sizes[] = {10, 0, 70000, 1, 4096};
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        pages[i] = (struct page){.index = i, .bytes = sizes[i % COUNT(sizes)]};
        len += (size_t)snprintf(text + len, size - len,
                                "GET /page/%zu?bytes=%" PRIu64
                                " HTTP/1.1\r\nHost: x\r\n\r\n",
                                i, pages[i].bytes);
        assert_true(len < size);
    }
    return len;
}

static void test_pipelined_requests_are_answered_in_order(void **state)
{
    struct page pages[5];
    char text[1024];

    (void)state;
    for (size_t n = 2; n <= COUNT(pages); n++) {
        size_t len = write_pipeline(text, sizeof(text), pages, n);

        for (size_t in = 1; in <= len; in++) {
            size_t at = 0;

            close_peer();
            open_peer();
            server_counters_reset(&counters);
            for (size_t i = 0; i < len; i += in)
                assert_int_equal(
                    conn_received(peer, text + i, len - i < in ? len - i : in),
                    CONN_WAIT);
            assert_int_equal(counters.in_flight, 1); /* one at a time */
            take(in % 2 ? SIZE_MAX : 5000);
            for (size_t i = 0; i < n; i++)
                assert_page(&at, &pages[i], true);
            assert_int_equal(at, said.len);
            assert_int_equal(counters.requests, n);
            assert_int_equal(counters.peak, 1);
        }
    }
}

static void test_pipelined_requests_each_wait_their_latency(void **state)
{
    (void)state;
    ask("GET /page/0?bytes=1&latency-ms=30 HTTP/1.1\r\n\r\n"
        "GET /page/1?bytes=1&latency-ms=20 HTTP/1.1\r\n\r\n");
    assert_int_equal(peer->deadline_ns, START + 30 * NS_PER_MS);
    assert_int_equal(sleep_on(), CONN_WAIT);
    assert_true(take(SIZE_MAX) > 0);
    assert_int_equal(peer->deadline_ns, START + 50 * NS_PER_MS);
    assert_int_equal(sleep_on(), CONN_WAIT);
    assert_true(take(SIZE_MAX) > 0);
    assert_int_equal(counters.n_delays, 2);
    assert_int_equal(counters.delays_us[0], 30000);
    assert_int_equal(counters.delays_us[1], 20000);
}

/* 16 KiB of them are kept; a peer that sends more is not worth it. */
static void test_too_much_ahead_ends_the_connection(void **state)
{
    static char ahead[16 * 1024];

    (void)state;
    memset(ahead, 'x', sizeof(ahead));
    ask_page("/page/0?latency-ms=10", "");
    assert_int_equal(conn_received(peer, ahead, sizeof(ahead)), CONN_WAIT);
    assert_int_equal(conn_received(peer, ahead, 1), CONN_DONE);
    assert_int_equal(counters.in_flight, 1);
}

static void test_garbage_ahead_is_refused_behind_the_page(void **state)
{
    const struct page page = {.index = 0, .bytes = 9};
    size_t at = 0;

    (void)state;
    ask("GET /page/0?bytes=9 HTTP/1.1\r\n\r\n\1\2 garbage\r\n\r\n");
    take(SIZE_MAX);
    assert_page(&at, &page, true);
    assert_int_equal(response(&at).status, 400);
    assert_int_equal(at, said.len);
    assert_int_equal(counters.requests, 1);
    assert_int_equal(counters.refusals, 1);
    assert_int_equal(counters.in_flight, 0);
}

static void assert_head(const char *target)
{
    char text[200];

    said.len = 0;
    snprintf(text, sizeof(text), "HEAD %s HTTP/1.1\r\n\r\n", target);
    assert_int_equal(ask(text), CONN_WAIT);
    take(SIZE_MAX);
    said.text[said.len] = '\0';
    assert_non_null(strstr(said.text, "Content-Length: 5000\r\n"));
    assert_ptr_equal(strstr(said.text, "\r\n\r\n"), said.text + said.len - 4);
    assert_int_equal(counters.bytes, 0);
    assert_int_equal(counters.in_flight, 0);
}

static void test_head_is_a_page_without_its_body(void **state)
{
    (void)state;
    assert_head("/page/1?bytes=5000");
    assert_head("/page/1?bytes=5000&rate=1000000");
    /* The connection goes on. */
    ask_page("/page/1?bytes=5", "");
    assert_true(take(SIZE_MAX) > 5);
}

static void test_what_is_no_page_is_refused(void **state)
{
    static const struct {
        const char *text;
        int status;
    } refused[] = {
        {"POST /page/0 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405},
        {"DELETE /page/0 HTTP/1.1\r\n\r\n", 405},
        {"POST /page/0 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"GET / HTTP/1.1\r\n\r\n", 404},
        {"GET /page/ HTTP/1.1\r\n\r\n", 404},
        {"GET /page/x HTTP/1.1\r\n\r\n", 404},
        {"GET /page/1?bytes=-1 HTTP/1.1\r\n\r\n", 404},
        {"GET /page/1?bytes=1&what=1 HTTP/1.1\r\n\r\n", 404},
        {"GET /page/1? HTTP/1.1\r\n\r\n", 404},
        {"GET /page/1&bytes=1 HTTP/1.1\r\n\r\n", 404},
        {"GET /page/18446744073709551616 HTTP/1.1\r\n\r\n", 404},
        {"GET /page/1?bytes=4294967297 HTTP/1.1\r\n\r\n", 404},
        {"GET /page/1?latency-ms=600001 HTTP/1.1\r\n\r\n", 404},
        {"GET /page/1?rate=10000000001 HTTP/1.1\r\n\r\n", 404},
        {"GET /blog/1?rate=1 HTTP/1.1\r\n\r\n", 404},
        {"GET /article/x HTTP/1.1\r\n\r\n", 404},
        {"GET /fault/nothing/1 HTTP/1.1\r\n\r\n", 404},
        {"GET /fault/refused/1 HTTP/1.1\r\n\r\n", 404},
        {"GET /fault/deaf/1 HTTP/1.1\r\n\r\n", 404},
        {"POST /blog/1 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405},
        {"HTTP/1.1 200 OK\r\n\r\n", 400},
        {"\r\n\r\nnothing", 400},
        {"GET /page/1 HTTP/1.1\nHost: x\n\n", 400},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        const char *text = refused[i].text;

        for (size_t in = 1; in <= strlen(text); in++) {
            close_peer();
            open_peer();
            server_counters_reset(&counters);
            for (size_t at = 0; at < strlen(text); at += in) {
                size_t left = strlen(text) - at;

                assert_int_equal(
                    conn_received(peer, text + at, left < in ? left : in),
                    CONN_WAIT);
            }
            take(in);
            if (said.len == 0)
                fail_msg("no answer to %s in pieces of %zu", text, in);
            said.text[said.len] = '\0';
            assert_refusal(refused[i].status);
        }
    }
}

static void test_the_longest_target_is_taken_and_no_longer(void **state)
{
    char text[600];

    (void)state;
    /* Leading zeroes make it as long as it has to be: 512. */
    snprintf(text, sizeof(text), "GET /page/%0*d HTTP/1.1\r\n\r\n", 512 - 6, 1);
    assert_int_equal(ask(text), CONN_WAIT);
    assert_true(take(SIZE_MAX) > 4096);
    assert_int_equal(counters.requests, 1);

    close_peer();
    open_peer();
    server_counters_reset(&counters);
    snprintf(text, sizeof(text), "GET /page/%0*d HTTP/1.1\r\n\r\n", 513 - 6, 1);
    assert_int_equal(ask(text), CONN_WAIT);
    take(SIZE_MAX);
    said.text[said.len] = '\0';
    assert_refusal(400);
}

static void ask_with_header_of(size_t bytes)
{
    static const char line[] = "GET /page/1?bytes=1 HTTP/1.1\r\nX:";
    char *text = malloc(bytes + 100);
    size_t len = sizeof(line) - 1;

    assert_non_null(text);
    memcpy(text, line, len);
    memset(text + len, 'y', bytes - 1);
    len += bytes - 1;
    memcpy(text + len, "\r\n\r\n", 4);
    assert_int_equal(conn_received(peer, text, len + 4), CONN_WAIT);
    free(text);
    take(SIZE_MAX);
    said.text[said.len] = '\0';
}

static void test_the_longest_header_is_taken_and_no_longer(void **state)
{
    (void)state;
    ask_with_header_of(16 * 1024);
    assert_int_equal(counters.requests, 1);
    close_peer();
    open_peer();
    server_counters_reset(&counters);
    ask_with_header_of(16 * 1024 + 1);
    assert_refusal(400);
}

/* Answers. */

static void test_a_page_of_any_length_comes_whole(void **state)
{
    static const uint64_t sizes[] = {0,     1,     7,     8,      9,
                                     65535, 65536, 65537, 131072, 200001};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct page page = {.index = 5, .bytes = sizes[i]};
        char target[PAGE_MAX_TARGET];
        size_t at = 0;

        said.len = 0;
        snprintf(target, sizeof(target), "/page/5?bytes=%" PRIu64, sizes[i]);
        ask_page(target, "");
        take(i % 2 ? 999 : SIZE_MAX);
        assert_page(&at, &page, true);
        assert_int_equal(at, said.len);
    }
    assert_int_equal(counters.requests, COUNT(sizes));
}

static void test_a_closing_peer_is_obeyed(void **state)
{
    const struct page page = {.index = 5, .bytes = 10};
    size_t at = 0;

    (void)state;
    ask_page("/page/5?bytes=10", "Connection: close\r\n");
    take(3);
    assert_page(&at, &page, false);
    assert_int_equal(counters.in_flight, 0);
    assert_true(peer->deadline_ns <= now);
    assert_int_equal(conn_expired(peer), CONN_DONE);
}

static void test_nothing_comes_behind_a_closing_page(void **state)
{
    const struct page page = {.index = 5, .bytes = 10};
    size_t at = 0;

    (void)state;
    ask("GET /page/5?bytes=10 HTTP/1.1\r\nConnection: close\r\n\r\n"
        "GET /page/6?bytes=10 HTTP/1.1\r\n\r\n");
    take(SIZE_MAX);
    assert_page(&at, &page, false);
    assert_int_equal(at, said.len);
    assert_int_equal(counters.requests, 1);
    assert_int_equal(conn_expired(peer), CONN_DONE);
}

static void test_http_1_0_is_closed(void **state)
{
    const struct page page = {.index = 5, .bytes = 10};
    size_t at = 0;

    (void)state;
    ask("GET /page/5?bytes=10 HTTP/1.0\r\n\r\n");
    take(SIZE_MAX);
    assert_page(&at, &page, false);
    assert_int_equal(conn_expired(peer), CONN_DONE);
}

static void test_a_first_byte_waits_for_the_latency_exactly(void **state)
{
    const struct page page = {.index = 1, .bytes = 100};
    size_t at = 0;

    (void)state;
    now += 12345;
    ask_page("/page/1?bytes=100&latency-ms=50", "");
    assert_int_equal(peer->deadline_ns, now + 50 * NS_PER_MS);
    assert_int_equal(take(SIZE_MAX), 0);
    assert_int_equal(counters.in_flight, 1);
    assert_int_equal(sleep_on(), CONN_WAIT);
    take(SIZE_MAX);
    said.text[said.len] = '\0';
    assert_non_null(strstr(said.text, "Baton-Delay-Us: 50000\r\n"));
    assert_page(&at, &page, true);
    assert_int_equal(server_counters_delay_us(&counters), 50000);
}

/* Body bytes among the `n` that came last. */
static uint64_t body_said(uint64_t *ret_header)
{
    char *end = memmem(said.text, said.len, "\r\n\r\n", 4);

    assert_non_null(end);
    *ret_header = (uint64_t)(end + 4 - said.text);
    return said.len - *ret_header;
}

static void test_a_rate_is_never_exceeded_and_never_fallen_behind(void **state)
{
    static const uint64_t rates[] = {90, 800, 12345, 1000000, 50000000};

    (void)state;
    for (size_t i = 0; i < COUNT(rates); i++) {
        uint64_t rate = rates[i], bytes = rate < 1000 ? 77 : 100000, header;
        uint64_t begin = now, before = 0, ticks = 0;
        struct page page = {.index = 2, .bytes = bytes};
        char target[PAGE_MAX_TARGET];
        size_t at = 0;

        said.len = 0;
        snprintf(target, sizeof(target),
                 "/page/2?bytes=%" PRIu64 "&rate=%" PRIu64, bytes, rate);
        ask_page(target, "");
        take(SIZE_MAX);
        while (counters.in_flight) {
            uint64_t sent = body_said(&header);
            /* A tick's worth at once, never more than 64 KiB of it. */
            uint64_t due = rate * ++ticks / 100;

            assert_true(sent <= due);
            assert_true(sent + 7 >= due || sent >= before + 65528);
            assert_true(sent - before <= rate / 100 + 8);
            before = sent;
            assert_int_equal(peer->deadline_ns, now + 10 * NS_PER_MS);
            assert_int_equal(sleep_on(), CONN_WAIT);
            take(SIZE_MAX);
        }
        assert_page(&at, &page, true);
        assert_true((now - begin + 10 * NS_PER_MS) * rate >= bytes * NS_PER_S);
    }
}

/* A slow reader does not make the origin pile up, or catch up in one go. */
static void test_a_rate_waits_for_a_slow_reader(void **state)
{
    const struct page page = {.index = 2, .bytes = 300000};
    const char *first;
    size_t len, at = 0;

    (void)state;
    ask_page("/page/2?bytes=300000&rate=1000000", "");
    first = conn_pending(peer, &len);
    for (int i = 0; i < 50; i++) {
        size_t again;

        assert_int_equal(sleep_on(), CONN_WAIT);
        assert_ptr_equal(conn_pending(peer, &again), first);
        assert_int_equal(again, len);
    }
    while (counters.in_flight) {
        assert_true(take(SIZE_MAX) <= 64 * 1024 + 256);
        if (counters.in_flight)
            sleep_on();
    }
    assert_page(&at, &page, true);
}

/* Time-outs and peers that leave. */

static void test_an_idle_connection_ends(void **state)
{
    (void)state;
    assert_int_equal(peer->deadline_ns, START + 20 * NS_PER_S);
    now += NS_PER_S;
    assert_int_equal(ask("GET /pa"), CONN_WAIT);
    /* A byte now and then buys no time. */
    assert_int_equal(peer->deadline_ns, START + 20 * NS_PER_S);
    assert_int_equal(ask("ge/0?bytes=1 HTTP/1.1\r\n\r\n"), CONN_WAIT);
    take(SIZE_MAX);
    assert_int_equal(peer->deadline_ns, now + 60 * NS_PER_S);
    assert_int_equal(sleep_on(), CONN_DONE);
}

static void test_a_peer_that_never_reads_is_left(void **state)
{
    (void)state;
    ask_page("/page/0?bytes=1000", "");
    assert_int_equal(peer->deadline_ns, now + 20 * NS_PER_S);
    assert_int_equal(sleep_on(), CONN_DONE);
}

/* With a rate, too: else one such peer keeps its connection for good. */
static void test_a_peer_that_never_reads_a_slow_page_is_left(void **state)
{
    (void)state;
    ask_page("/page/0?bytes=1000&rate=1000", "");
    do
        sleep_on();
    while (verb == CONN_WAIT && now < START + 3600 * NS_PER_S);
    assert_int_equal(verb, CONN_DONE);
    assert_in_range(now - START, 20 * NS_PER_S, 21 * NS_PER_S);
}

static void test_a_refused_peer_may_linger_for_a_second(void **state)
{
    (void)state;
    ask("GET /nothing HTTP/1.1\r\n\r\n");
    take(SIZE_MAX);
    assert_int_equal(ask("whatever comes now"), CONN_WAIT);
    assert_int_equal(take(SIZE_MAX), 0);
    assert_int_equal(peer->deadline_ns, now + NS_PER_S);
    assert_int_equal(sleep_on(), CONN_DONE);
}

static void test_nobody_is_in_flight_after_a_peer_has_left(void **state)
{
    static const char *const targets[] = {
        "/page/0?bytes=5000",   "/page/0?latency-ms=9", "/page/0?rate=100",
        "/page/0?bytes=500000", "/blog/0?bytes=500000", "/blog/0?latency-ms=9",
        "/fault/silent/0",      "/fault/slow-header/0", "/fault/slow-body/0",
        "/fault/big-header/0",  "/fault/big-body/0",    "/fault/plain/0"};

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        for (int error = 0; error >= -ECONNRESET; error -= ECONNRESET) {
            ask_page(targets[i], "");
            assert_int_equal(counters.in_flight, 1);
            assert_int_equal(conn_ended(peer, error), CONN_DONE);
            close_peer(); /* looks that nobody is */
            open_peer();
        }
    }
    answer_destroy(NULL);
}

static void test_a_failed_write_stages_no_more(void **state)
{
    size_t len;

    (void)state;
    ask_page("/page/0?bytes=500000", "");
    conn_unsent(peer);
    assert_null(conn_pending(peer, &len));
    assert_int_equal(conn_ended(peer, -ECONNRESET), CONN_DONE);
}

/* Blogs and faults. */

static void assert_same(const char *body, const char *want, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (body[i] != want[i])
            fail_msg("the bodies differ from byte %zu on", i);
}

/* One answer out of `said`: the page of a blog, as blog.h has it. */
static void assert_blog(size_t *at, const struct page *b, enum blog_part part)
{
    const char *type, *line;
    char want[128];
    size_t len;
    char *body = blog_write(b, part, &len, &type);
    struct http h;

    assert_non_null(body);
    snprintf(want, sizeof(want), "Content-Type: %s\r\n", type);
    line = memmem(said.text + *at, said.len - *at, "Content-Type:", 13);
    assert_non_null(line);
    assert_memory_equal(line, want, strlen(want));
    h = response(at);
    assert_int_equal(h.outcome, OUTCOME_OK);
    assert_int_equal(h.bytes, len);
    assert_same(said.text + *at - len, body, len);
    free(body);
}

static void test_a_blog_comes_with_every_cut_of_request_and_answer(void **state)
{
    const struct page b = {.index = 3, .seed = 9, .bytes = 900};

    (void)state;
    for (int part = 0; part < BLOG_PART_N; part++) {
        char target[BLOG_MAX_TARGET], text[300];
        size_t len;

        blog_target(&b, (enum blog_part)part, target);
        len = (size_t)snprintf(text, sizeof(text),
                               "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", target);
        for (size_t in = 1; in <= len; in++) {
            size_t at = 0;

            close_peer();
            open_peer();
            for (size_t i = 0; i < len; i += in) {
                assert_int_equal(take(1), 0);
                assert_int_equal(
                    conn_received(peer, text + i, len - i < in ? len - i : in),
                    CONN_WAIT);
            }
            assert_int_equal(counters.in_flight, 1);
            take(in);
            assert_blog(&at, &b, (enum blog_part)part);
            assert_int_equal(at, said.len);
            assert_int_equal(counters.in_flight, 0);
        }
    }
    assert_int_equal(counters.refusals, 0);
}

/* One request each, on one connection. */
static void test_blogs_of_any_length_come_whole(void **state)
{
    static const uint64_t sizes[] = {0, 1, 4096, 65536, 65537, 300000};
    uint64_t bytes = 0;

    (void)state;
    for (uint64_t i = 0; i < 4 * COUNT(sizes); i++) {
        const struct page b = {.index = i, .bytes = sizes[i % COUNT(sizes)]};
        enum blog_part part = i % 2 ? BLOG_ARTICLE : BLOG_FRONT;
        char target[BLOG_MAX_TARGET];
        uint64_t header;
        size_t at = 0;

        said.len = 0;
        blog_target(&b, part, target);
        ask_page(target, "");
        take(i % 3 ? SIZE_MAX : 777);
        assert_blog(&at, &b, part);
        assert_int_equal(at, said.len);
        bytes += body_said(&header);
        assert_int_equal(counters.bytes, bytes);
    }
    assert_int_equal(counters.requests, 4 * COUNT(sizes));
}

static void test_a_blog_waits_for_the_latency_exactly(void **state)
{
    const struct page b = {.index = 1, .bytes = 50, .latency_ms = 40};
    char target[BLOG_MAX_TARGET];
    size_t at = 0;

    (void)state;
    blog_target(&b, BLOG_FRONT, target);
    ask_page(target, "Connection: close\r\n");
    assert_int_equal(peer->deadline_ns, now + 40 * NS_PER_MS);
    assert_int_equal(take(SIZE_MAX), 0);
    assert_int_equal(sleep_on(), CONN_WAIT);
    take(SIZE_MAX);
    said.text[said.len] = '\0';
    assert_non_null(strstr(said.text, "Baton-Delay-Us: 40000\r\n"));
    assert_non_null(strstr(said.text, "Connection: close\r\n"));
    assert_blog(&at, &b, BLOG_FRONT);
    assert_int_equal(server_counters_delay_us(&counters), 40000);
    assert_int_equal(sleep_on(), CONN_DONE);
    assert_false(peer->reset);
}

static void test_pipelined_blogs_are_answered_in_order(void **state)
{
    const struct page b = {.index = 1, .bytes = 4096};
    const struct page page = {.index = 5, .bytes = 10};
    size_t at = 0;

    (void)state;
    ask("GET /blog/1 HTTP/1.1\r\n\r\nGET /page/5?bytes=10 HTTP/1.1\r\n\r\n"
        "GET /fault/no-content/1 HTTP/1.1\r\n\r\n"
        "GET /article/1 HTTP/1.1\r\n\r\n");
    take(100);
    assert_blog(&at, &b, BLOG_FRONT);
    assert_page(&at, &page, true);
    assert_int_equal(response(&at).status, 204);
    assert_blog(&at, &b, BLOG_ARTICLE);
    assert_int_equal(at, said.len);
    assert_int_equal(counters.requests, 4);
}

/* How a talk ended. */
enum manner { KEPT, ENDED, RESET, ENDLESS };

/* Asks for it, and hears all that comes within ten seconds. */
static enum manner hear(const char *target, size_t piece)
{
    uint64_t end;

    close_peer();
    open_peer();
    ask_page(target, "");
    end = now + 10 * NS_PER_S;
    for (;;) {
        bool answering = counters.in_flight > 0;

        take(piece);
        said.text[said.len] = '\0';
        if (answering && !counters.in_flight && peer->deadline_ns > now)
            return KEPT;
        if (peer->deadline_ns > end)
            return ENDLESS;
        if (sleep_on() == CONN_DONE)
            return peer->reset ? RESET : ENDED;
    }
}

/* The site of a fault, and the same page from a healthy blog. */
static char *aim(const char *name, bool next, struct page *b, char target[200])
{
    *b = (struct page){.index = 3, .seed = 9, .bytes = 2000};
    snprintf(target, 200, "/fault/%s/%s3?seed=9&bytes=2000", name,
             next ? "next/" : "");
    return target;
}

static const struct {
    const char *name;
    enum manner manner;
    const char *start, *end; /* of all that is said; NULL: any */
    bool whole;              /* the front page is in it */
} spoken[] = {
    {"not-found", KEPT, "HTTP/1.1 404 Not Found\r\n", NULL, true},
    {"server-error", KEPT, "HTTP/1.1 500 Internal", NULL, true},
    {"redirect-loop", KEPT, "HTTP/1.1 302 Found\r\n", NULL, false},
    {"redirect-scheme", KEPT, "HTTP/1.1 302 Found\r\n", NULL, false},
    {"reset-at-once", RESET, "", "", false},
    {"empty-reply", ENDED, "", "", false},
    {"reset-in-body", RESET, "HTTP/1.1 200 OK\r\n", NULL, false},
    {"short-body", ENDED, "HTTP/1.1 200 OK\r\n", "</html>", false},
    {"short-chunks", ENDED, "HTTP/1.1 200 OK\r\n", "</html>", false},
    {"bad-chunk", ENDED, "HTTP/1.1 200 OK\r\n", "\r\n0\r\n\r\n", false},
    {"negative-length", ENDED, "HTTP/1.1 200 OK\r\n", NULL, true},
    {"two-lengths", ENDED, "HTTP/1.1 200 OK\r\n", NULL, true},
    {"not-http", ENDED, "SSH-2.0-OpenSSH_9.2p1\r\n", "p1\r\n", false},
    {"slow-header", ENDLESS, "HTTP/1.1 200 OK\r\nDrip: d", NULL, false},
    {"slow-body", ENDLESS, "HTTP/1.1 200 OK\r\n", NULL, false},
    {"silent", ENDLESS, "", "", false},
    {"no-link", KEPT, "HTTP/1.1 200 OK\r\n", "</h3>\n", false},
    {"no-title", KEPT, "HTTP/1.1 200 OK\r\n", "</h3>\n", false},
    {"binary", KEPT, "HTTP/1.1 200 OK\r\n", "IEND\xae\x42\x60\x82", false},
    {"plain", KEPT, "HTTP/1.1 200 OK\r\n", "</html>\n", true},
    {"chunked", KEPT, "HTTP/1.1 200 OK\r\n", "A-Trailer: of no use\r\n\r\n",
     false},
    {"until-close", ENDED, "HTTP/1.1 200 OK\r\n", "</html>\n", true},
    {"no-content", KEPT, "HTTP/1.1 204 No Content\r\n\r\n", "\r\n\r\n", false},
    {"redirect", KEPT, "HTTP/1.1 302 Found\r\n", NULL, false},
};

static void assert_around(const char *name, const char *start, const char *end)
{
    size_t from = strlen(start), to;

    if (said.len < from || memcmp(said.text, start, from) != 0)
        fail_msg("%s begins with '%.40s'", name, said.text);
    if (!end)
        return;
    to = strlen(end);
    if (said.len < to || memcmp(said.text + said.len - to, end, to) != 0)
        fail_msg("%s does not end with '%s'", name, end);
    if (!*end)
        assert_int_equal(said.len, 0);
}

static void test_each_site_says_what_it_should(void **state)
{
    struct page b;
    const char *type;
    char target[200];
    size_t len;

    (void)state;
    for (size_t i = 0; i < COUNT(spoken); i++) {
        enum manner manner =
            hear(aim(spoken[i].name, false, &b, target), SIZE_MAX);
        char *body = blog_write(&b, BLOG_FRONT, &len, &type);

        assert_non_null(body);
        if (manner != spoken[i].manner)
            fail_msg("%s ends in manner %d", spoken[i].name, manner);
        assert_around(spoken[i].name, spoken[i].start, spoken[i].end);
        if (spoken[i].whole)
            assert_same(said.text + said.len - len, body, len);
        free(body);
        assert_int_equal(counters.refusals, 0);
    }
    /* All but those that are too long, and the two out of reach. */
    assert_int_equal(COUNT(spoken), n_faults - 4);
}

static void test_each_site_says_the_same_in_pieces(void **state)
{
    static char whole[sizeof(said.text)];
    static const size_t pieces[] = {1, 2, 7, 100, 1000};
    struct page b;
    char target[200];

    (void)state;
    for (size_t i = 0; i < COUNT(spoken); i++) {
        size_t len;

        hear(aim(spoken[i].name, false, &b, target), SIZE_MAX);
        len = said.len;
        memcpy(whole, said.text, len);
        for (size_t p = 0; p < COUNT(pieces); p++) {
            assert_int_equal(hear(target, pieces[p]), spoken[i].manner);
            assert_int_equal(said.len, len);
            assert_same(said.text, whole, len);
        }
    }
}

/* What a client has to make of it, from what its connection has seen. */
static enum outcome understood(enum manner manner, size_t piece, uint16_t *ret)
{
    enum http_progress p = HTTP_MORE;
    struct http h;

    http_init(&h, UINT64_C(4) << 20, NULL);
    http_begin(&h);
    for (size_t at = 0; p == HTTP_MORE && at < said.len; at += piece) {
        size_t left = said.len - at;

        p = http_feed(&h, said.text + at, left < piece ? left : piece);
    }
    if (p == HTTP_MORE && manner == ENDED)
        p = http_eof(&h);
    *ret = h.status;
    if (p != HTTP_MORE)
        return h.outcome;
    if (manner == RESET)
        return OUTCOME_RESET;
    return h.in_body ? OUTCOME_BODY_TIMEOUT : OUTCOME_HEADER_TIMEOUT;
}

/* The sites that one answer gives away. */
static void test_each_site_is_understood_as_its_table_says(void **state)
{
    struct page b;
    char target[200];
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(spoken); i++) {
        const char *name = spoken[i].name;
        const struct fault *f = fault_find(name, strlen(name));
        enum manner manner = hear(aim(name, false, &b, target), SIZE_MAX);

        assert_non_null(f);
        if ((f->flags & FAULT_TWO_STEPS) ||
            f->outcome == OUTCOME_BAD_REDIRECT ||
            f->outcome == OUTCOME_NO_LINK || f->outcome == OUTCOME_NOT_HTML)
            continue;
        n++;
        for (size_t piece = 1; piece < 3000; piece += piece / 3 + 1) {
            uint16_t status;

            if (understood(manner, piece, &status) != f->outcome &&
                f->status != 204)
                fail_msg("%s in pieces of %zu", name, piece);
            assert_int_equal(status, f->status);
        }
    }
    assert_int_equal(n, 18);
}

static void assert_location(const char *name, bool next, const char *location)
{
    char target[200], want[200];
    struct page b;

    assert_int_equal(hear(aim(name, next, &b, target), SIZE_MAX), KEPT);
    snprintf(want, sizeof(want),
             "Location: %s3?seed=9&bytes=2000&latency-ms=0\r\n", location);
    if (!strstr(said.text, want))
        fail_msg("%s leads elsewhere: %s", name, said.text);
}

static void test_redirects_lead_where_they_should(void **state)
{
    (void)state;
    assert_location("redirect-loop", false, "next/");
    assert_location("redirect-loop", true, "../");
    assert_location("redirect-scheme", false, "ftp://127.0.0.1/blog/");
    assert_location("redirect", false, "next/");
    assert_location("redirect", true, "/blog/");
}

static void test_an_article_lacks_its_title(void **state)
{
    char target[200];
    struct page b;

    (void)state;
    hear(aim("no-title", false, &b, target), SIZE_MAX);
    assert_non_null(strstr(said.text, "<h3><a href='next/3?seed=9&"));
    assert_int_equal(hear(aim("no-title", true, &b, target), 1), KEPT);
    assert_null(strstr(said.text, "<head><title"));
    assert_non_null(strstr(said.text, "<head></head>"));
}

static void test_a_site_is_told_of_by_its_head(void **state)
{
    (void)state;
    ask("HEAD /fault/plain/3 HTTP/1.1\r\n\r\n");
    take(SIZE_MAX);
    said.text[said.len] = '\0';
    assert_non_null(strstr(said.text, "Content-Length: 4096\r\n"));
    assert_ptr_equal(strstr(said.text, "\r\n\r\n"), said.text + said.len - 4);
    assert_int_equal(counters.bytes, 0);
    ask_page("/fault/not-found/3", "");
    assert_true(take(SIZE_MAX) > 4096);
}

/* A closing request closes the healthy ones too. */
static void test_sites_obey_a_closing_peer(void **state)
{
    static const char *const names[] = {"plain", "chunked", "no-content",
                                        "redirect", "not-found"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char target[200];
        size_t at = 0;
        struct page b;

        close_peer();
        open_peer();
        ask_page(aim(names[i], false, &b, target), "Connection: close\r\n");
        take(SIZE_MAX);
        said.text[said.len] = '\0';
        assert_non_null(strstr(said.text, "Connection: close\r\n"));
        assert_false(response(&at).reusable);
        assert_int_equal(sleep_on(), CONN_DONE);
    }
}

/* Every site's first byte waits, and so does every way to say nothing. */
static void test_sites_wait_for_the_latency(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(spoken); i++) {
        char target[200];

        close_peer();
        open_peer();
        snprintf(target, sizeof(target), "/fault/%s/1?latency-ms=70",
                 spoken[i].name);
        ask_page(target, "");
        assert_int_equal(peer->deadline_ns, now + 70 * NS_PER_MS);
        assert_int_equal(take(SIZE_MAX), 0);
        assert_int_equal(sleep_on(), CONN_WAIT);
        assert_int_equal(take(SIZE_MAX) > 0, spoken[i].start[0] != '\0');
    }
}

static void assert_drips(const char *target, bool head_at_once)
{
    size_t header = 1;

    close_peer();
    open_peer();
    ask_page(target, "");
    take(SIZE_MAX);
    if (head_at_once) {
        char *end = memmem(said.text, said.len, "\r\n\r\n", 4);

        assert_non_null(end);
        header = (size_t)(end + 4 - said.text) + 1;
    }
    assert_int_equal(said.len, header); /* and one byte */
    for (size_t i = 1; i < 3000; i++) {
        assert_int_equal(peer->deadline_ns, now + 50 * NS_PER_MS);
        assert_int_equal(sleep_on(), CONN_WAIT);
        assert_int_equal(take(SIZE_MAX), 1);
    }
}

static void test_a_drip_is_a_byte_every_50_ms(void **state)
{
    (void)state;
    assert_drips("/fault/slow-header/1", false);
    assert_drips("/fault/slow-body/1?bytes=500", true);
}

/* As long as any client has patience, and the length is as promised. */
static void test_a_drip_comes_to_its_end(void **state)
{
    static const char *const targets[] = {"/fault/slow-header/1",
                                          "/fault/slow-body/1?bytes=500"};

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        uint64_t begin = now;
        size_t at = 0;

        close_peer();
        open_peer();
        ask_page(targets[i], "");
        while (verb == CONN_WAIT && counters.in_flight) {
            take(SIZE_MAX);
            if (counters.in_flight)
                sleep_on();
        }
        assert_in_range((now - begin) / NS_PER_S, 2400, 3600);
        assert_int_equal(response(&at).outcome, OUTCOME_OK);
        assert_int_equal(at, said.len);
        assert_int_equal(sleep_on(), CONN_DONE);
    }
}

static void test_a_drip_leaves_who_never_reads(void **state)
{
    (void)state;
    ask_page("/fault/slow-header/1", "");
    do
        sleep_on();
    while (verb == CONN_WAIT && now < START + 3600 * NS_PER_S);
    assert_int_equal(verb, CONN_DONE);
    assert_in_range(now - START, 20 * NS_PER_S, 21 * NS_PER_S);
}

static void test_a_silent_site_outlasts_any_time_out(void **state)
{
    (void)state;
    ask_page("/fault/silent/1", "");
    assert_true(peer->deadline_ns >= now + 3600 * NS_PER_S);
    assert_int_equal(take(SIZE_MAX), 0);
    assert_int_equal(counters.in_flight, 1);
    assert_int_equal(ask("more"), CONN_WAIT);
    assert_int_equal(sleep_on(), CONN_DONE);
}

/* Reads it all without keeping it, in pieces that need no memory. */
static uint64_t read_much(const char *target, struct http *h)
{
    uint64_t total = 0;
    size_t len;
    const char *data;

    close_peer();
    open_peer();
    ask_page(target, "");
    http_begin(h);
    while ((data = conn_pending(peer, &len))) {
        assert_in_range(len, 1, 64 * 1024);
        if (h->outcome == OUTCOME_OK)
            http_feed(h, data, len);
        total += len;
        conn_sent(peer, len);
    }
    assert_int_equal(sleep_on(), CONN_DONE);
    assert_false(peer->reset);
    return total;
}

static void test_a_big_header_is_15_mb(void **state)
{
    struct http h;
    uint64_t total;

    (void)state;
    http_init(&h, UINT64_MAX, NULL);
    total = read_much("/fault/big-header/1", &h);
    assert_in_range(total, 15 * 1000 * 1000, 15 * 1024 * 1024);
    assert_int_equal(h.outcome, OUTCOME_TOO_BIG);
    assert_int_equal(h.status, 0);
}

static void test_a_big_body_ends_at_64_mib(void **state)
{
    struct http h;
    uint64_t total;

    (void)state;
    http_init(&h, UINT64_MAX, NULL);
    total = read_much("/fault/big-body/1", &h);
    assert_in_range(total, 60 << 20, 64 << 20);
    assert_int_equal(h.status, 200);
    assert_int_equal(http_eof(&h), HTTP_COMPLETE);
    assert_true(h.bytes > 60 << 20);
    /* A client's cap, wherever its pieces end. */
    http_init(&h, 4 << 20, NULL);
    read_much("/fault/big-body/1", &h);
    assert_int_equal(h.outcome, OUTCOME_TOO_BIG);
    assert_int_equal(h.bytes, 4 << 20);
}

/* What fits into any peer's window, so that it is there before the reset. */
static void test_a_reset_waits_for_its_bytes(void **state)
{
    uint64_t header;

    (void)state;
    assert_int_equal(hear("/fault/reset-in-body/1?bytes=1000000", 1), RESET);
    assert_int_equal(body_said(&header), 8192);
    close_peer();
    open_peer();
    ask_page("/fault/reset-in-body/1?bytes=1000000", "");
    assert_false(peer->reset);
    assert_true(peer->deadline_ns > now);
    take(SIZE_MAX);
    assert_true(peer->reset);
    assert_int_equal(peer->deadline_ns, 0);
}

/* The counters. */

static void test_the_server_counts_what_it_saw(void **state)
{
    struct conn *others[5];

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        static const char text[] =
            "GET /page/0?bytes=10&latency-ms=5 HTTP/1.1\r\n\r\n";

        others[i] = answer_create(&counters);
        others[i]->layers->now_ns = &now;
        conn_opened(others[i]);
        conn_received(others[i], text, sizeof(text) - 1);
        now += NS_PER_MS;
    }
    assert_int_equal(counters.in_flight, 5);
    for (size_t i = 0; i < COUNT(others); i++) {
        size_t len;

        /* 5, 4, 3, 2, 1 ms after they were asked, and more. */
        now += (i + 1) * (i + 1) * NS_PER_MS;
        conn_expired(others[i]);
        conn_pending(others[i], &len);
        conn_sent(others[i], len);
        answer_destroy(others[i]);
    }
    assert_int_equal(counters.requests, 5);
    assert_int_equal(counters.refusals, 0);
    assert_int_equal(counters.peak, 5);
    assert_int_equal(counters.in_flight, 0);
    assert_int_equal(counters.bytes, 50);
    assert_int_equal(counters.n_delays, 5);
    /* 6, 9, 17, 32 and 56 ms. */
    assert_int_equal(server_counters_delay_us(&counters), 17000);
    server_counters_reset(&counters);
    assert_int_equal(counters.requests, 0);
    assert_int_equal(counters.bytes, 0);
    assert_int_equal(counters.peak, 0);
    assert_int_equal(server_counters_delay_us(&counters), 0);
}

static void test_a_reset_keeps_who_is_in_flight(void **state)
{
    (void)state;
    ask_page("/page/0?latency-ms=5", "");
    server_counters_reset(&counters);
    assert_int_equal(counters.in_flight, 1);
    assert_int_equal(counters.peak, 1);
    assert_int_equal(counters.requests, 0);
}

static void test_the_server_keeps_no_more_delays_than_fit(void **state)
{
    (void)state;
    for (int i = 0; i < KEPT_DELAYS + 3; i++) {
        said.len = 0;
        ask("GET /page/0?bytes=0&latency-ms=1 HTTP/1.1\r\n\r\n");
        sleep_on();
        take(SIZE_MAX);
    }
    assert_int_equal(counters.n_delays, KEPT_DELAYS);
    assert_int_equal(counters.requests, KEPT_DELAYS + 3);
    assert_int_equal(server_counters_delay_us(&counters), 1000);
}

#define FACT(test) cmocka_unit_test_setup_teardown(test, new_peer, end_peer)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(test_a_page_comes_with_every_cut_of_request_and_answer),
        FACT(test_a_numbered_page_reveals_its_number_last),
        FACT(test_a_page_in_bulk_comes_with_every_cut),
        FACT(test_a_file_has_its_number_wherever_it_ends),
        FACT(test_a_page_in_bulk_keeps_its_rate),
        FACT(test_a_plain_blog_leads_to_its_title),
        FACT(test_pipelined_requests_are_answered_in_order),
        FACT(test_pipelined_requests_each_wait_their_latency),
        FACT(test_too_much_ahead_ends_the_connection),
        FACT(test_garbage_ahead_is_refused_behind_the_page),
        FACT(test_head_is_a_page_without_its_body),
        FACT(test_what_is_no_page_is_refused),
        FACT(test_the_longest_target_is_taken_and_no_longer),
        FACT(test_the_longest_header_is_taken_and_no_longer),
        FACT(test_a_page_of_any_length_comes_whole),
        FACT(test_a_closing_peer_is_obeyed),
        FACT(test_nothing_comes_behind_a_closing_page),
        FACT(test_http_1_0_is_closed),
        FACT(test_a_first_byte_waits_for_the_latency_exactly),
        FACT(test_a_rate_is_never_exceeded_and_never_fallen_behind),
        FACT(test_a_rate_waits_for_a_slow_reader),
        FACT(test_an_idle_connection_ends),
        FACT(test_a_peer_that_never_reads_is_left),
        FACT(test_a_peer_that_never_reads_a_slow_page_is_left),
        FACT(test_a_refused_peer_may_linger_for_a_second),
        FACT(test_nobody_is_in_flight_after_a_peer_has_left),
        FACT(test_a_failed_write_stages_no_more),
        FACT(test_a_blog_comes_with_every_cut_of_request_and_answer),
        FACT(test_blogs_of_any_length_come_whole),
        FACT(test_a_blog_waits_for_the_latency_exactly),
        FACT(test_pipelined_blogs_are_answered_in_order),
        FACT(test_each_site_says_what_it_should),
        FACT(test_each_site_says_the_same_in_pieces),
        FACT(test_each_site_is_understood_as_its_table_says),
        FACT(test_redirects_lead_where_they_should),
        FACT(test_an_article_lacks_its_title),
        FACT(test_a_site_is_told_of_by_its_head),
        FACT(test_sites_obey_a_closing_peer),
        FACT(test_sites_wait_for_the_latency),
        FACT(test_a_drip_is_a_byte_every_50_ms),
        FACT(test_a_drip_comes_to_its_end),
        FACT(test_a_drip_leaves_who_never_reads),
        FACT(test_a_silent_site_outlasts_any_time_out),
        FACT(test_a_big_header_is_15_mb),
        FACT(test_a_big_body_ends_at_64_mib),
        FACT(test_a_reset_waits_for_its_bytes),
        FACT(test_the_server_counts_what_it_saw),
        FACT(test_a_reset_keeps_who_is_in_flight),
        FACT(test_the_server_keeps_no_more_delays_than_fit),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
