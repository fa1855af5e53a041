/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The answering protocol, driven by hand: what the origin says to a request,
 * however the request is cut, and when, on a clock of the test's own.
 */
#include <errno.h>
#include <inttypes.h>

#include "tests/conformance/kit.h"
#include "workloads/answer.h"
#include "workloads/clock.h"
#include "workloads/http.h"
#include "workloads/page.h"

#define START (1000 * NS_PER_S)

static struct witness witness;
static uint64_t now;
static struct conn *peer;
static enum verb verb;

/* All that was said, as long as it fits; counted beyond that. */
static struct {
    char text[400000];
    size_t len;
} said;

static void open_peer(void)
{
    peer = answer_create(&witness);
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
    assert_int_equal(witness.in_flight, 0);
}

static int new_peer(void **state)
{
    (void)state;
    now = START;
    memset(&witness, 0, sizeof(witness));
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

    http_init(&h, UINT64_MAX);
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
    assert_int_equal(witness.requests, 0);
    assert_int_equal(witness.refusals, 1);
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
            assert_int_equal(witness.in_flight, 1);
            take(out);
            assert_page(&at, &page, true);
            assert_int_equal(at, said.len);
            assert_int_equal(witness.in_flight, 0);
        }
    }
    assert_int_equal(witness.refusals, 0);
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
            witness_reset(&witness);
            for (size_t i = 0; i < len; i += in)
                assert_int_equal(
                    conn_received(peer, text + i, len - i < in ? len - i : in),
                    CONN_WAIT);
            assert_int_equal(witness.in_flight, 1); /* one at a time */
            take(in % 2 ? SIZE_MAX : 5000);
            for (size_t i = 0; i < n; i++)
                assert_page(&at, &pages[i], true);
            assert_int_equal(at, said.len);
            assert_int_equal(witness.requests, n);
            assert_int_equal(witness.peak, 1);
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
    assert_int_equal(witness.n_delays, 2);
    assert_int_equal(witness.delays_us[0], 30000);
    assert_int_equal(witness.delays_us[1], 20000);
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
    assert_int_equal(witness.in_flight, 1);
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
    assert_int_equal(witness.requests, 1);
    assert_int_equal(witness.refusals, 1);
    assert_int_equal(witness.in_flight, 0);
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
    assert_int_equal(witness.bytes, 0);
    assert_int_equal(witness.in_flight, 0);
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
            witness_reset(&witness);
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
    assert_int_equal(witness.requests, 1);

    close_peer();
    open_peer();
    witness_reset(&witness);
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
    assert_int_equal(witness.requests, 1);
    close_peer();
    open_peer();
    witness_reset(&witness);
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
    assert_int_equal(witness.requests, COUNT(sizes));
}

static void test_a_closing_peer_is_obeyed(void **state)
{
    const struct page page = {.index = 5, .bytes = 10};
    size_t at = 0;

    (void)state;
    ask_page("/page/5?bytes=10", "Connection: close\r\n");
    take(3);
    assert_page(&at, &page, false);
    assert_int_equal(witness.in_flight, 0);
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
    assert_int_equal(witness.requests, 1);
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
    assert_int_equal(witness.in_flight, 1);
    assert_int_equal(sleep_on(), CONN_WAIT);
    take(SIZE_MAX);
    said.text[said.len] = '\0';
    assert_non_null(strstr(said.text, "Baton-Delay-Us: 50000\r\n"));
    assert_page(&at, &page, true);
    assert_int_equal(witness_delay_us(&witness), 50000);
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
        while (witness.in_flight) {
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
    while (witness.in_flight) {
        assert_true(take(SIZE_MAX) <= 64 * 1024 + 256);
        if (witness.in_flight)
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
        "/page/0?bytes=5000", "/page/0?latency-ms=9", "/page/0?rate=100",
        "/page/0?bytes=500000"};

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        for (int error = 0; error >= -ECONNRESET; error -= ECONNRESET) {
            ask_page(targets[i], "");
            assert_int_equal(witness.in_flight, 1);
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

/* The witness. */

static void test_the_witness_counts_what_it_saw(void **state)
{
    struct conn *others[5];

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        static const char text[] =
            "GET /page/0?bytes=10&latency-ms=5 HTTP/1.1\r\n\r\n";

        others[i] = answer_create(&witness);
        others[i]->layers->now_ns = &now;
        conn_opened(others[i]);
        conn_received(others[i], text, sizeof(text) - 1);
        now += NS_PER_MS;
    }
    assert_int_equal(witness.in_flight, 5);
    for (size_t i = 0; i < COUNT(others); i++) {
        size_t len;

        /* 5, 4, 3, 2, 1 ms after they were asked, and more. */
        now += (i + 1) * (i + 1) * NS_PER_MS;
        conn_expired(others[i]);
        conn_pending(others[i], &len);
        conn_sent(others[i], len);
        answer_destroy(others[i]);
    }
    assert_int_equal(witness.requests, 5);
    assert_int_equal(witness.refusals, 0);
    assert_int_equal(witness.peak, 5);
    assert_int_equal(witness.in_flight, 0);
    assert_int_equal(witness.bytes, 50);
    assert_int_equal(witness.n_delays, 5);
    /* 6, 9, 17, 32 and 56 ms. */
    assert_int_equal(witness_delay_us(&witness), 17000);
    witness_reset(&witness);
    assert_int_equal(witness.requests, 0);
    assert_int_equal(witness.bytes, 0);
    assert_int_equal(witness.peak, 0);
    assert_int_equal(witness_delay_us(&witness), 0);
}

static void test_a_reset_keeps_who_is_in_flight(void **state)
{
    (void)state;
    ask_page("/page/0?latency-ms=5", "");
    witness_reset(&witness);
    assert_int_equal(witness.in_flight, 1);
    assert_int_equal(witness.peak, 1);
    assert_int_equal(witness.requests, 0);
}

static void test_the_witness_keeps_no_more_delays_than_fit(void **state)
{
    (void)state;
    for (int i = 0; i < WITNESS_DELAYS + 3; i++) {
        said.len = 0;
        ask("GET /page/0?bytes=0&latency-ms=1 HTTP/1.1\r\n\r\n");
        sleep_on();
        take(SIZE_MAX);
    }
    assert_int_equal(witness.n_delays, WITNESS_DELAYS);
    assert_int_equal(witness.requests, WITNESS_DELAYS + 3);
    assert_int_equal(witness_delay_us(&witness), 1000);
}

#define FACT(test) cmocka_unit_test_setup_teardown(test, new_peer, end_peer)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(test_a_page_comes_with_every_cut_of_request_and_answer),
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
        FACT(test_the_witness_counts_what_it_saw),
        FACT(test_a_reset_keeps_who_is_in_flight),
        FACT(test_the_witness_keeps_no_more_delays_than_fit),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
