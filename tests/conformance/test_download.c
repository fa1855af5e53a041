/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The asking protocol of the downloads, driven by hand: no socket, no model,
 * and a clock that stands still unless the test moves it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "tests/conformance/kit.h"
#include "workloads/clock.h"
#include "workloads/kinds/outcome.h"
#include "workloads/web/page.h"

#define TIMEOUT (100 * NS_PER_MS)
#define START   (1000 * NS_PER_S)

static struct trial trial;
static uint64_t now;

static int new_trial(void **state)
{
    (void)state;
    now = START;
    trial_init(&trial, "download", 80);
    trial_set(&trial, "timeout-ms", TIMEOUT / NS_PER_MS);
    return 0;
}

static int end_trial(void **state)
{
    (void)state;
    trial_finish(&trial);
    return 0;
}

static struct conn *lane(size_t i)
{
    return &((struct connections *)trial.work.job)->conns[i];
}

static const struct row *row(size_t page)
{
    return &trial_journal(&trial)->rows[page];
}

static void aim(uint64_t n, uint64_t concurrency, uint64_t limit)
{
    trial_set(&trial, "n", n);
    trial_set(&trial, "concurrency", concurrency);
    trial_set(&trial, "requests-per-connection", limit);
    trial_aim(&trial);
    connections_set_clock(trial.work.job, &now);
}

/* The request, which goes out at once. */
static const char *request(struct conn *c)
{
    static char text[8192];
    size_t len;
    const void *data = conn_pending(c, &len);

    assert_true(len < sizeof(text));
    if (len)
        memcpy(text, data, len);
    text[len] = '\0';
    if (len)
        conn_sent(c, len);
    return text;
}

static uint32_t asked_page(struct conn *c)
{
    const char *text = request(c);
    unsigned page;

    if (sscanf(text, "GET /page/%u?", &page) != 1)
        fail_msg("no request for a page: '%s'", text);
    return page;
}

static enum verb hear(struct conn *c, const char *text)
{
    return conn_received(c, text, strlen(text));
}

/* A page of our origin, right in every byte. */
static enum verb hear_page(struct conn *c, uint32_t index)
{
    struct page page = {.index = index, .seed = trial.setup.seed};
    char text[8192];
    size_t len;

    page.bytes =
        trial.setup.values[workload_parameter(trial.workload, "bytes")];
    len = (size_t)snprintf(
        text, sizeof(text),
        "HTTP/1.1 200 OK\r\nContent-Length: %" PRIu64 "\r\n\r\n", page.bytes);
    assert_true(len + page.bytes <= sizeof(text));
    page_fill(&page, 0, text + len, page.bytes);
    return conn_received(c, text, len + page.bytes);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define FIVE                                                                   \
    OK "Content-Length: 5\r\n\r\n"                                             \
       "01234"

static void start(struct conn *c)
{
    assert_int_equal(conn_start(c), CONN_DIAL);
    assert_int_equal(conn_opened(c), CONN_WAIT);
}

/* One lane, one page, asked and not yet answered. */
static struct conn *ask_one(uint64_t n, uint64_t limit)
{
    aim(n, 1, limit);
    start(lane(0));
    assert_int_equal(asked_page(lane(0)), 0);
    return lane(0);
}

static void assert_row(uint32_t page, enum outcome outcome, int status,
                       uint64_t bytes, int error)
{
    const struct row *r = row(page);

    if (r->outcome != outcome)
        fail_msg("page %u: %s, should be %s", page, outcome_name(r->outcome),
                 outcome_name(outcome));
    assert_int_equal(r->status, status);
    assert_int_equal(r->bytes, bytes);
    assert_int_equal(r->error, error);
    if (r->dials || status)
        assert_true(r->end_ns >= r->start_ns && r->start_ns >= START);
    if (outcome != OUTCOME_REFUSED && outcome != OUTCOME_CONNECT_TIMEOUT)
        assert_int_equal(r->hash, kit_text_hash(bytes));
}

/* Requests. */

static void test_a_request_says_what_a_page_is(void **state)
{
    (void)state;
    trial_set(&trial, "bytes", 70);
    trial_set(&trial, "latency-ms", 8);
    trial_set(&trial, "rate", 9);
    aim(12, 0, 1);
    for (uint32_t i = 0; i < 12; i++) {
        char should[300];

        snprintf(should, sizeof(should),
                 "GET /page/%u?seed=7&bytes=70&latency-ms=8&rate=9 HTTP/1.1\r\n"
                 "Host: test\r\nUser-Agent: baton\r\nAccept: */*\r\n"
                 "Connection: close\r\n\r\n",
                 i);
        start(lane(i));
        assert_string_equal(request(lane(i)), should);
    }
}

static void test_large_page_numbers_are_written_whole(void **state)
{
    struct conn *c;

    (void)state;
    trial_set(&trial, "bytes", 0);
    aim(1000000, 1, 0);
    c = lane(0);
    start(c);
    for (uint32_t i = 0; i < 1000000; i++) {
        size_t len;
        const char *text = conn_pending(c, &len);

        /* All of them is soon asked; each power of ten is looked at. */
        if (i < 20 || i % 9999 < 2 || i > 999990)
            assert_int_equal(strtoul(text + 10, NULL, 10), i);
        conn_sent(c, len);
        hear(c, OK "Content-Length: 0\r\n\r\n");
    }
    assert_int_equal(trial_journal(&trial)->finished, 1000000);
}

static void test_a_foreign_page_is_asked_by_its_path(void **state)
{
    (void)state;
    trial.setup.path = "/else?where";
    aim(2, 1, 0);
    start(lane(0));
    assert_string_equal(request(lane(0)),
                        "GET /else?where HTTP/1.1\r\nHost: test\r\n"
                        "User-Agent: baton\r\nAccept: */*\r\n\r\n");
}

static void test_a_path_that_is_too_long_is_refused(void **state)
{
    static char path[6000];

    (void)state;
    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    trial.setup.path = path;
    assert_int_equal(trial.workload->prepare(&trial.work, &trial.setup),
                     -ENAMETOOLONG);
    path[4050] = '\0'; /* alone it fits; with its header it does not */
    assert_int_equal(trial.workload->prepare(&trial.work, &trial.setup),
                     -ENAMETOOLONG);
}

static void test_dial_names_the_server(void **state)
{
    (void)state;
    aim(1, 1, 1);
    assert_int_equal(conn_start(lane(0)), CONN_DIAL);
    assert_int_equal(lane(0)->dial.peer_len, trial.setup.server.peer_len);
    assert_memory_equal(&lane(0)->dial.peer, &trial.setup.server.peer,
                        lane(0)->dial.peer_len);
}

static void assert_tuned(int fd)
{
    struct linger linger = {0};
    int no_delay = 0;
    socklen_t size = sizeof(linger), one = sizeof(no_delay);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size), 0);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &one),
                     0);
    /* Closes with a reset: else 28,000 ports wait for a minute each. */
    assert_true(linger.l_onoff && linger.l_linger == 0);
    assert_true(no_delay);
}

static void test_all_models_get_the_same_socket(void **state)
{
    int own = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    aim(1, 1, 1);
    assert_int_equal(conn_start(lane(0)), CONN_DIAL);
    assert_int_equal(conn_tune(own), 0);
    assert_tuned(own);
    close(own);
    assert_int_equal(conn_tune(-1), -EBADF);
    for (int flags = 0; flags <= SOCK_NONBLOCK; flags += SOCK_NONBLOCK) {
        int fd = conn_socket(lane(0), flags);

        assert_true(fd >= 0);
        assert_tuned(fd);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(!!(fcntl(fd, F_GETFL) & O_NONBLOCK), !!flags);
        close(fd);
    }
}

/* Connections that are kept. */

static void test_a_connection_is_kept_up_to_the_limit(void **state)
{
    struct conn *c;

    (void)state;
    aim(7, 1, 3);
    c = lane(0);
    start(c);
    for (uint32_t i = 0; i < 7; i++) {
        const char *text = request(c);
        bool last = i % 3 == 2;
        enum verb verb;

        assert_int_equal(strstr(text, "Connection: close\r\n") != NULL, last);
        verb = hear_page(c, i);
        assert_int_equal(verb, i == 6 ? CONN_DONE
                               : last ? CONN_DIAL
                                      : CONN_WAIT);
        assert_int_equal(row(i)->dials, i % 3 == 0);
        if (verb == CONN_DIAL)
            assert_int_equal(conn_opened(c), CONN_WAIT);
    }
    trial_assert_right(&trial, "by hand");
}

static void test_no_limit_is_never_closed(void **state)
{
    struct conn *c = ask_one(1000, 0);

    (void)state;
    for (uint32_t i = 0; i < 999; i++) {
        assert_int_equal(hear_page(c, i), CONN_WAIT);
        assert_null(strstr(request(c), "close"));
    }
    assert_int_equal(hear_page(c, 999), CONN_DONE);
    trial_assert_right(&trial, "by hand");
}

static void test_a_peer_that_closes_is_dialled_anew(void **state)
{
    static const char *const closing[] = {
        OK "Connection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        FIVE "more", /* nobody knows whose bytes these are */
        "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        "garbage\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(closing); i++) {
        struct conn *c = ask_one(2, 0);

        assert_int_equal(hear(c, closing[i]), CONN_DIAL);
        assert_int_equal(conn_opened(c), CONN_WAIT);
        assert_int_equal(asked_page(c), 1);
        assert_int_equal(hear(c, FIVE), CONN_DONE);
        assert_int_equal(row(1)->dials, 1);
        trial_finish(&trial);
    }
}

/* A lane that asked for page 1 on a connection which has served page 0. */
static struct conn *ask_again(uint64_t n)
{
    struct conn *c = ask_one(n, 0);

    assert_int_equal(hear(c, FIVE), CONN_WAIT);
    now += NS_PER_MS;
    assert_int_equal(asked_page(c), 1);
    return c;
}

static void test_a_stale_connection_is_asked_anew(void **state)
{
    static const int ends[] = {0, -ECONNRESET, -EPIPE};

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct conn *c = ask_again(2);
        uint64_t asked_ns = now;

        now += 50 * NS_PER_MS;
        assert_int_equal(conn_ended(c, ends[i]), CONN_DIAL);
        assert_int_equal(c->deadline_ns, now + TIMEOUT);
        assert_int_equal(conn_opened(c), CONN_WAIT);
        assert_int_equal(asked_page(c), 1);
        assert_int_equal(hear(c, FIVE), CONN_DONE);
        assert_row(1, OUTCOME_OK, 200, 5, 0);
        assert_int_equal(row(1)->dials, 1);
        assert_in_range(asked_ns - row(1)->start_ns, 0, NS_PER_MS);
        trial_finish(&trial);
    }
}

static void test_a_stale_connection_is_asked_anew_only_once(void **state)
{
    struct conn *c = ask_again(2);

    (void)state;
    assert_int_equal(conn_ended(c, 0), CONN_DIAL);
    assert_int_equal(conn_opened(c), CONN_WAIT);
    assert_int_equal(asked_page(c), 1);
    assert_int_equal(conn_ended(c, 0), CONN_DONE);
    assert_row(1, OUTCOME_EMPTY, 0, 0, 0);
    assert_int_equal(row(1)->dials, 1);
}

/* The count begins anew for each page. */
static void test_each_page_may_find_a_stale_connection(void **state)
{
    struct conn *c = ask_again(4);

    (void)state;
    for (uint32_t i = 1; i < 3; i++) {
        assert_int_equal(conn_ended(c, 0), CONN_DIAL);
        assert_int_equal(conn_opened(c), CONN_WAIT);
        assert_int_equal(asked_page(c), i);
        assert_int_equal(hear(c, FIVE), CONN_WAIT);
        assert_int_equal(asked_page(c), i + 1);
    }
    assert_int_equal(hear(c, FIVE), CONN_DONE);
}

static void test_the_redial_of_a_stale_one_may_fail(void **state)
{
    struct conn *c = ask_again(2);

    (void)state;
    assert_int_equal(conn_ended(c, 0), CONN_DIAL);
    assert_int_equal(conn_ended(c, -ECONNREFUSED), CONN_DONE);
    assert_row(1, OUTCOME_REFUSED, 0, 0, -ECONNREFUSED);
}

static void test_a_first_request_is_never_asked_anew(void **state)
{
    struct conn *c = ask_one(1, 0);

    (void)state;
    assert_int_equal(conn_ended(c, 0), CONN_DONE);
    assert_row(0, OUTCOME_EMPTY, 0, 0, 0);
}

static void test_an_answer_that_began_is_never_asked_anew(void **state)
{
    struct conn *c = ask_again(2);

    (void)state;
    assert_int_equal(hear(c, "H"), CONN_WAIT);
    assert_int_equal(conn_ended(c, 0), CONN_DONE);
    assert_row(1, OUTCOME_TRUNCATED, 0, 0, 0);
    assert_int_equal(row(1)->dials, 0);
}

static void test_silence_on_a_kept_connection_is_a_timeout(void **state)
{
    struct conn *c = ask_again(2);

    (void)state;
    now = c->deadline_ns;
    assert_int_equal(conn_expired(c), CONN_DONE);
    assert_row(1, OUTCOME_HEADER_TIMEOUT, 0, 0, -ETIMEDOUT);
}

/* Ends. */

static void test_a_reset_keeps_what_had_come(void **state)
{
    struct conn *c = ask_one(1, 1);

    (void)state;
    assert_int_equal(conn_ended(c, -ECONNRESET), CONN_DONE);
    assert_row(0, OUTCOME_RESET, 0, 0, -ECONNRESET);
    trial_finish(&trial);

    c = ask_one(1, 1);
    assert_int_equal(hear(c, OK "Content-Length: 9\r\n"), CONN_WAIT);
    assert_int_equal(conn_ended(c, -ECONNRESET), CONN_DONE);
    assert_row(0, OUTCOME_RESET, 0, 0, -ECONNRESET);
    trial_finish(&trial);

    c = ask_one(1, 1);
    assert_int_equal(hear(c, OK "Content-Length: 9\r\n\r\n0123"), CONN_WAIT);
    assert_int_equal(conn_ended(c, -ECONNRESET), CONN_DONE);
    assert_row(0, OUTCOME_RESET, 200, 4, -ECONNRESET);
}

static void test_the_end_of_the_stream_is_told_by_where_it_comes(void **state)
{
    struct conn *c = ask_one(1, 1);

    (void)state;
    assert_int_equal(hear(c, OK "Content-Length: 9\r\n\r\n0123"), CONN_WAIT);
    assert_int_equal(conn_ended(c, 0), CONN_DONE);
    assert_row(0, OUTCOME_TRUNCATED, 200, 4, 0);
    trial_finish(&trial);

    c = ask_one(2, 0);
    assert_int_equal(hear(c, OK "\r\n0123"), CONN_WAIT);
    assert_int_equal(conn_ended(c, 0), CONN_DIAL);
    assert_row(0, OUTCOME_OK, 200, 4, 0);
    trial_finish(&trial);

    /* A reset ends no body: it may lack its end. */
    c = ask_one(1, 0);
    assert_int_equal(hear(c, OK "\r\n0123"), CONN_WAIT);
    assert_int_equal(conn_ended(c, -ECONNRESET), CONN_DONE);
    assert_row(0, OUTCOME_RESET, 200, 4, -ECONNRESET);
}

static void test_a_failed_dial_has_the_class_of_its_errno(void **state)
{
    const struct {
        int error;
        enum outcome outcome;
    } dials[] = {
        {ECONNREFUSED, OUTCOME_REFUSED},
        {ENETUNREACH, outcome_of_no_way()},
        {EHOSTUNREACH, outcome_of_no_way()},
        {ENETDOWN, outcome_of_no_way()},
        {EACCES, outcome_of_no_way()},
        {ECONNRESET, OUTCOME_RESET},
        {ETIMEDOUT, OUTCOME_CONNECT_TIMEOUT},
        {EMFILE, OUTCOME_LOCAL_LIMIT},
        {ENFILE, OUTCOME_LOCAL_LIMIT},
        {EADDRNOTAVAIL, OUTCOME_LOCAL_LIMIT},
        {ENOBUFS, OUTCOME_LOCAL_LIMIT},
        {ENOMEM, OUTCOME_LOCAL_LIMIT},
        {EPROTOTYPE, OUTCOME_OTHER},
    };

    (void)state;
    aim(COUNT(dials), 1, 0);
    assert_int_equal(conn_start(lane(0)), CONN_DIAL);
    for (size_t i = 0; i < COUNT(dials); i++) {
        bool last = i == COUNT(dials) - 1;

        /* The next page dials again: what failed may have passed. */
        assert_int_equal(conn_ended(lane(0), -dials[i].error),
                         last ? CONN_DONE : CONN_DIAL);
        assert_int_equal(row(i)->outcome, dials[i].outcome);
        assert_int_equal(row(i)->error, -dials[i].error);
        assert_int_equal(row(i)->status, 0);
        assert_int_equal(row(i)->dials, 1);
    }
}

/* A page that failed to connect says nothing of the page before it. */
static void test_a_failed_dial_has_nothing_of_the_page_before(void **state)
{
    struct conn *c = ask_one(2, 1);

    (void)state;
    assert_int_equal(hear(c, FIVE), CONN_DIAL);
    assert_int_equal(conn_ended(c, -ECONNREFUSED), CONN_DONE);
    assert_row(1, OUTCOME_REFUSED, 0, 0, -ECONNREFUSED);
    assert_int_equal(row(1)->hash, 0);
    assert_int_equal(row(1)->first_ns, 0);
}

/* Time. */

static void test_each_phase_has_its_own_deadline(void **state)
{
    struct conn *c;

    (void)state;
    aim(1, 1, 1);
    c = lane(0);
    assert_int_equal(conn_start(c), CONN_DIAL);
    assert_int_equal(c->deadline_ns, START + TIMEOUT);
    now += 30 * NS_PER_MS;
    assert_int_equal(conn_opened(c), CONN_WAIT);
    assert_int_equal(c->deadline_ns, now + TIMEOUT);
    now += 30 * NS_PER_MS;
    assert_int_equal(hear(c, OK), CONN_WAIT);
    assert_int_equal(c->deadline_ns, START + 30 * NS_PER_MS + TIMEOUT);
    now += 30 * NS_PER_MS;
    assert_int_equal(hear(c, "Content-Length: 9\r\n\r\n01"), CONN_WAIT);
    assert_int_equal(c->deadline_ns, START + 90 * NS_PER_MS + TIMEOUT);
    now += 30 * NS_PER_MS;
    assert_int_equal(hear(c, "23"), CONN_WAIT);
    /* A byte now and then buys no time. */
    assert_int_equal(c->deadline_ns, START + 90 * NS_PER_MS + TIMEOUT);
    now = c->deadline_ns;
    assert_int_equal(conn_expired(c), CONN_DONE);
    assert_row(0, OUTCOME_BODY_TIMEOUT, 200, 4, -ETIMEDOUT);
    assert_int_equal(row(0)->start_ns, START);
    assert_int_equal(row(0)->first_ns, START + 60 * NS_PER_MS);
    assert_int_equal(row(0)->end_ns, now);
}

static void test_expiry_is_told_by_its_phase(void **state)
{
    struct conn *c;

    (void)state;
    aim(4, 1, 0);
    c = lane(0);
    assert_int_equal(conn_start(c), CONN_DIAL);
    now = c->deadline_ns;
    assert_int_equal(conn_expired(c), CONN_DIAL);
    assert_int_equal(c->deadline_ns, now + TIMEOUT);
    assert_int_equal(conn_opened(c), CONN_WAIT);
    assert_int_equal(conn_expired(c), CONN_DIAL);
    assert_int_equal(conn_opened(c), CONN_WAIT);
    hear(c, "HTTP/1.1 100 Continue\r\n\r\n" OK);
    assert_int_equal(conn_expired(c), CONN_DIAL);
    assert_int_equal(conn_opened(c), CONN_WAIT);
    hear(c, OK "\r\n");
    assert_int_equal(conn_expired(c), CONN_DONE);
    assert_row(0, OUTCOME_CONNECT_TIMEOUT, 0, 0, -ETIMEDOUT);
    assert_row(1, OUTCOME_HEADER_TIMEOUT, 0, 0, -ETIMEDOUT);
    assert_row(2, OUTCOME_HEADER_TIMEOUT, 0, 0, -ETIMEDOUT);
    assert_row(3, OUTCOME_BODY_TIMEOUT, 200, 0, -ETIMEDOUT);
}

/* Bytes that are staged. */

static void test_staged_bytes_stay_until_they_are_sent(void **state)
{
    size_t len, again;
    const char *data;
    char copy[512];
    struct conn *c;

    (void)state;
    aim(2, 1, 0);
    c = lane(0);
    start(c);
    data = conn_pending(c, &len);
    assert_in_range(len, 1, sizeof(copy));
    memcpy(copy, data, len);
    now += NS_PER_MS;
    assert_ptr_equal(conn_pending(c, &again), data);
    assert_int_equal(hear(c, "HTTP/1.1 1"), CONN_WAIT); /* an early answer */
    for (size_t sent = 0; sent < len; sent++) {
        assert_ptr_equal(conn_pending(c, &again), data + sent);
        assert_int_equal(again, len - sent);
        assert_memory_equal(data, copy, len);
        conn_sent(c, 1);
    }
    assert_null(conn_pending(c, &again));
    assert_int_equal(again, 0);
    assert_int_equal(hear(c, "00 Go\r\n\r\n" FIVE), CONN_WAIT);
    assert_int_equal(asked_page(c), 1);
}

static void test_lanes_stage_apart_from_each_other(void **state)
{
    (void)state;
    aim(3, 0, 0);
    for (uint32_t i = 0; i < 3; i++)
        start(lane(i));
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(asked_page(lane(i)), i);
}

static void test_nothing_is_pending_after_a_dial(void **state)
{
    size_t len;
    struct conn *c;

    (void)state;
    aim(2, 1, 0);
    c = lane(0);
    start(c);
    assert_non_null(conn_pending(c, &len));
    conn_sent(c, 3);
    assert_int_equal(conn_ended(c, -ECONNRESET), CONN_DIAL);
    assert_null(conn_pending(c, &len));
    assert_int_equal(len, 0);
    assert_int_equal(conn_opened(c), CONN_WAIT);
    assert_int_equal(asked_page(c), 1);
}

static void test_an_answer_is_read_although_asking_failed(void **state)
{
    size_t len;
    struct conn *c;

    (void)state;
    aim(2, 1, 0);
    c = lane(0);
    start(c);
    conn_unsent(c);
    assert_null(conn_pending(c, &len));
    assert_int_equal(hear(c, FIVE), CONN_WAIT);
    assert_row(0, OUTCOME_OK, 200, 5, 0);
    /* Nothing can be asked here any more; the end says so, as if stale. */
    assert_null(conn_pending(c, &len));
    assert_int_equal(conn_ended(c, 0), CONN_DIAL);
    assert_int_equal(conn_opened(c), CONN_WAIT);
    assert_int_equal(asked_page(c), 1);
    assert_int_equal(hear(c, FIVE), CONN_DONE);
    assert_row(1, OUTCOME_OK, 200, 5, 0);
}

/* Lanes and tickets. */

static void test_lanes_share_the_tickets(void **state)
{
    (void)state;
    aim(9, 3, 0);
    for (uint32_t i = 0; i < 3; i++) {
        start(lane(i));
        assert_int_equal(asked_page(lane(i)), i);
    }
    /* The second lane is the quick one. */
    for (uint32_t i = 3; i < 8; i++) {
        assert_int_equal(hear(lane(1), FIVE), CONN_WAIT);
        assert_int_equal(asked_page(lane(1)), i);
        assert_int_equal(row(i == 3 ? 1 : i - 1)->lane, 1);
    }
    assert_int_equal(hear(lane(2), FIVE), CONN_WAIT);
    assert_int_equal(asked_page(lane(2)), 8);
    assert_int_equal(hear(lane(0), FIVE), CONN_DONE);
    assert_int_equal(hear(lane(1), FIVE), CONN_DONE);
    assert_int_equal(hear(lane(2), FIVE), CONN_DONE);
    assert_int_equal(row(8)->lane, 2);
}

static void test_a_journal_counts_its_lanes(void **state)
{
    static const uint32_t order[] = {1, 2, 3, 0, 4};
    struct journal *j;

    (void)state;
    aim(5, 3, 0);
    j = trial_journal(&trial);
    assert_int_equal(j->lanes, 3);
    assert_int_equal(j->pages, 5);
    for (uint32_t i = 0; i < 3; i++) {
        start(lane(i));
        assert_int_equal(j->started, i + 1);
        assert_int_equal(j->in_flight, i + 1);
        request(lane(i));
    }
    assert_int_equal(hear(lane(1), FIVE), CONN_WAIT);
    assert_int_equal(hear(lane(2), FIVE), CONN_WAIT);
    assert_int_equal(hear(lane(1), FIVE), CONN_DONE);
    assert_int_equal(j->done, 1);
    assert_int_equal(j->in_flight, 2);
    assert_int_equal(hear(lane(0), FIVE), CONN_DONE);
    assert_int_equal(hear(lane(2), FIVE), CONN_DONE);
    assert_int_equal(j->done, 3);
    assert_int_equal(j->in_flight, 0);
    assert_int_equal(j->peak, 3);
    assert_int_equal(j->finished, 5);
    for (size_t i = 0; i < COUNT(order); i++)
        assert_int_equal(journal_order(j)[i], order[i] + 1);
}

static unsigned looks;

static void look(void)
{
    looks++;
}

static void
test_peak_sampling_sees_all_lanes_and_then_the_first_gone(void **state)
{
    (void)state;
    trial_set(&trial, "n", 3);
    trial.setup.path = "/x";
    assert_int_equal(trial.workload->prepare(&trial.work, &trial.setup), 0);
    trial.work.sample_peak = look;
    trial.size = trial.workload->results_size(&trial.setup);
    trial.results = kit_shared(trial.size);
    trial.ready = true;
    trial.workload->aim(&trial.work, &trial.setup, trial.results);
    looks = 0;
    start(lane(0));
    start(lane(1));
    assert_int_equal(looks, 0);
    start(lane(2));
    assert_int_equal(looks, 1);
    hear(lane(0), FIVE);
    assert_int_equal(looks, 2);
    hear(lane(1), FIVE);
    assert_int_equal(looks, 2);
}

/* The judge. */

/* All pages, right, by as many lanes. */
static void download_all(uint32_t n)
{
    aim(n, n, 1);
    for (uint32_t i = 0; i < n; i++) {
        start(lane(i));
        request(lane(i));
        hear_page(lane(i), i);
    }
}

static void test_the_judge_finds_nothing_in_what_is_right(void **state)
{
    struct findings f;

    (void)state;
    download_all(4);
    f = trial_judge(&trial);
    assert_int_equal(f.wrong_iterations, 0);
    assert_int_equal(f.broken_iterations, 0);
    assert_int_equal(f.errors, 0);
    assert_int_equal(f.peak, 1);
    assert_string_equal(f.text, "");
}

static void assert_wrong(uint64_t errors, const char *words)
{
    struct findings f = trial_judge(&trial);

    assert_int_equal(f.wrong_iterations, 1);
    assert_int_equal(f.broken_iterations, 1);
    assert_int_equal(f.errors, errors);
    if (!strstr(f.text, words))
        fail_msg("'%s' lacks '%s'", f.text, words);
}

static void test_the_judge_finds_one_wrong_bit(void **state)
{
    struct page page = {.index = 1, .seed = 7, .bytes = 100};
    char text[200];
    size_t len;

    (void)state;
    trial_set(&trial, "bytes", 100);
    len =
        (size_t)snprintf(text, sizeof(text), OK "Content-Length: 100\r\n\r\n");
    for (size_t at = 0; at < 100; at += 33) {
        aim(2, 2, 1);
        start(lane(0));
        start(lane(1));
        hear_page(lane(0), 0);
        page_fill(&page, 0, text + len, 100);
        text[len + at] ^= 1;
        assert_int_equal(conn_received(lane(1), text, len + 100), CONN_DONE);
        assert_wrong(0, "page 1: 100 bytes with a wrong checksum");
        trial_finish(&trial);
    }
}

static void test_the_judge_finds_another_page(void **state)
{
    (void)state;
    aim(2, 2, 1);
    start(lane(0));
    start(lane(1));
    hear_page(lane(0), 1);
    hear_page(lane(1), 1);
    assert_wrong(0, "page 0: 4096 bytes with a wrong checksum");
}

static void test_the_judge_finds_another_length(void **state)
{
    (void)state;
    aim(1, 1, 1);
    start(lane(0));
    hear(lane(0), FIVE);
    assert_wrong(0, "page 0: 5 bytes with a wrong checksum, should be 4096");
}

static void test_the_judge_finds_a_row_that_contradicts_itself(void **state)
{
    (void)state;
    download_all(2);
    trial_journal(&trial)->rows[1].bytes--;
    assert_wrong(0, "page 1: 4095 bytes");
}

static void test_the_judge_finds_a_page_that_never_came(void **state)
{
    (void)state;
    aim(3, 3, 1);
    for (uint32_t i = 0; i < 3; i++)
        start(lane(i));
    hear_page(lane(0), 0);
    hear_page(lane(2), 2);
    assert_wrong(0, "page 1 was never finished");
}

static void test_the_judge_finds_a_failed_page(void **state)
{
    (void)state;
    aim(3, 3, 1);
    for (uint32_t i = 0; i < 3; i++)
        start(lane(i));
    hear_page(lane(0), 0);
    hear(lane(1), OK "Content-Length: 4096\r\n\r\n012");
    conn_ended(lane(1), -ECONNRESET);
    hear(lane(2), "HTTP/1.1 503 Busy\r\n\r\n");
    assert_wrong(2, "page 1: reset after 3 bytes");
}

static void test_the_judge_names_a_status(void **state)
{
    (void)state;
    aim(1, 1, 1);
    start(lane(0));
    hear(lane(0), "HTTP/1.1 503 Busy\r\n\r\n");
    assert_wrong(1, "page 0: status 503");
}

static void test_the_judge_finds_a_lane_that_was_never_done(void **state)
{
    (void)state;
    download_all(3);
    trial_journal(&trial)->done--;
    assert_wrong(0, "2 lanes and 3 pages ended");
}

static void test_the_judge_finds_a_page_that_was_finished_twice(void **state)
{
    (void)state;
    download_all(3);
    journal_finish(trial_journal(&trial), 1);
    assert_wrong(0, "3 lanes and 4 pages ended");
}

static void test_a_reference_is_taken_from_a_good_page_only(void **state)
{
    char why[100] = "";

    (void)state;
    trial.setup.path = "/x";
    aim(1, 1, 1);
    start(lane(0));
    hear(lane(0), FIVE);
    assert_int_equal(
        trial.workload->refer(&trial.setup, trial.results, why, sizeof(why)),
        0);
    assert_int_equal(trial.setup.reference_bytes, 5);
    assert_int_equal(trial.setup.reference_hash, kit_text_hash(5));
    trial_assert_right(&trial, "by hand");
    trial_finish(&trial);

    aim(1, 1, 1);
    start(lane(0));
    hear(lane(0), "HTTP/1.1 503 Busy\r\n\r\n");
    assert_int_equal(
        trial.workload->refer(&trial.setup, trial.results, why, sizeof(why)),
        -EBADMSG);
    assert_non_null(strstr(why, "503"));
}

#define FACT(test) cmocka_unit_test_setup_teardown(test, new_trial, end_trial)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(test_a_request_says_what_a_page_is),
        FACT(test_large_page_numbers_are_written_whole),
        FACT(test_a_foreign_page_is_asked_by_its_path),
        FACT(test_a_path_that_is_too_long_is_refused),
        FACT(test_dial_names_the_server),
        FACT(test_all_models_get_the_same_socket),
        FACT(test_a_connection_is_kept_up_to_the_limit),
        FACT(test_no_limit_is_never_closed),
        FACT(test_a_peer_that_closes_is_dialled_anew),
        FACT(test_a_stale_connection_is_asked_anew),
        FACT(test_a_stale_connection_is_asked_anew_only_once),
        FACT(test_each_page_may_find_a_stale_connection),
        FACT(test_the_redial_of_a_stale_one_may_fail),
        FACT(test_a_first_request_is_never_asked_anew),
        FACT(test_an_answer_that_began_is_never_asked_anew),
        FACT(test_silence_on_a_kept_connection_is_a_timeout),
        FACT(test_a_reset_keeps_what_had_come),
        FACT(test_the_end_of_the_stream_is_told_by_where_it_comes),
        FACT(test_a_failed_dial_has_the_class_of_its_errno),
        FACT(test_a_failed_dial_has_nothing_of_the_page_before),
        FACT(test_each_phase_has_its_own_deadline),
        FACT(test_expiry_is_told_by_its_phase),
        FACT(test_staged_bytes_stay_until_they_are_sent),
        FACT(test_lanes_stage_apart_from_each_other),
        FACT(test_nothing_is_pending_after_a_dial),
        FACT(test_an_answer_is_read_although_asking_failed),
        FACT(test_lanes_share_the_tickets),
        FACT(test_a_journal_counts_its_lanes),
        FACT(test_peak_sampling_sees_all_lanes_and_then_the_first_gone),
        FACT(test_the_judge_finds_nothing_in_what_is_right),
        FACT(test_the_judge_finds_one_wrong_bit),
        FACT(test_the_judge_finds_another_page),
        FACT(test_the_judge_finds_another_length),
        FACT(test_the_judge_finds_a_row_that_contradicts_itself),
        FACT(test_the_judge_finds_a_page_that_never_came),
        FACT(test_the_judge_finds_a_failed_page),
        FACT(test_the_judge_names_a_status),
        FACT(test_the_judge_finds_a_lane_that_was_never_done),
        FACT(test_the_judge_finds_a_page_that_was_finished_twice),
        FACT(test_a_reference_is_taken_from_a_good_page_only),
    };

    return cmocka_run_group_tests_name("download", tests, NULL, NULL);
}
