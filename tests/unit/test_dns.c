/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names: what a lane asks, and what it makes of any answer, alone. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "workloads/clock.h"
#include "workloads/web/dns.h"
#include "workloads/web/nameserver.h"

enum { SERVERS = 2, TIMEOUT_MS = 400 };

static const struct protocol other = {0};
static struct dns_servers servers;
static const struct name_zone zone = {.addresses = 4};
static uint64_t now_ns;

/* A lane that speaks another protocol until it asks for a name. */
static struct trial {
    struct dns dns;
    struct conn conn;
    struct layers layers;
    enum outcome outcome; /* OUTCOME_N: not done */
    enum verb verb;
    struct name_answer answers[DNS_KINDS]; /* to what it asked on this dial */
    size_t n;
} * t;

static enum verb done(struct conn *c, enum outcome outcome)
{
    assert_int_equal(t->outcome, OUTCOME_N);
    assert_ptr_equal(c->layers->protocol, &other);
    assert_ptr_equal(c->layers->state, t);
    t->outcome = outcome;
    return CONN_DONE;
}

static bool begin(const char *name, size_t len)
{
    free(t);
    t = calloc(1, sizeof(*t));
    assert_non_null(t);
    t->outcome = OUTCOME_N;
    t->verb = CONN_DIAL;
    t->layers =
        (struct layers){.protocol = &other, .state = t, .now_ns = &now_ns};
    t->conn.layers = &t->layers;
    return dns_begin(&t->dns, &servers, &t->conn, name, len,
                     now_ns + TIMEOUT_MS * NS_PER_MS, done);
}

static void begin_script(const char *script, unsigned number)
{
    char name[NAME_ROOM];
    int len = name_write(name, number, script, 0);

    assert_true(begin(name, (size_t)len));
}

static bool is_stream(void)
{
    return t->conn.dial.type == SOCK_STREAM;
}

/* What it asks as soon as it is connected, and how that is answered. */
static void ask(void)
{
    size_t len;
    const unsigned char *question;

    assert_int_equal(t->verb, CONN_DIAL);
    t->verb = conn_opened(&t->conn);
    assert_int_equal(t->verb, CONN_WAIT);
    for (t->n = 0; (question = conn_pending(&t->conn, &len)); t->n++) {
        size_t head = is_stream() ? 2 : 0;

        assert_in_range(t->n, 0, DNS_KINDS - 1);
        name_answer(&zone, question + head, len - head, is_stream(),
                    &t->answers[t->n]);
        conn_sent(&t->conn, len);
    }
}

static void receive(const void *data, size_t len)
{
    unsigned char *block = malloc(len); /* nothing behind its end */

    assert_non_null(block);
    memcpy(block, data, len);
    if (t->verb == CONN_WAIT)
        t->verb = conn_received(&t->conn, block, len);
    free(block);
}

/* The answers of a stream, in pieces. */
static void receive_stream(size_t piece)
{
    unsigned char all[2 * NAME_ANSWERS * (2 + NAME_ANSWER)];
    size_t len = 0;

    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->answers[i].n; k++) {
            size_t n = t->answers[i].messages[k].len;

            all[len++] = (unsigned char)(n >> 8);
            all[len++] = (unsigned char)n;
            memcpy(all + len, t->answers[i].messages[k].bytes, n);
            len += n;
        }
    for (size_t at = 0; at < len; at += piece)
        receive(all + at, len - at < piece ? len - at : piece);
}

static void receive_message(size_t i, size_t k)
{
    receive(t->answers[i].messages[k].bytes, t->answers[i].messages[k].len);
}

/* The last question's first; each message `times` times. */
static void receive_all(bool backwards, unsigned times)
{
    for (size_t j = 0; j < t->n; j++) {
        size_t i = backwards ? t->n - 1 - j : j;

        for (size_t k = 0; k < t->answers[i].n; k++)
            for (unsigned n = 0; n < times; n++)
                receive_message(i, k);
    }
}

static void expire(void)
{
    now_ns = t->conn.deadline_ns;
    t->verb = conn_expired(&t->conn);
}

/* Until it is done. */
static void resolve(bool backwards, unsigned times, size_t piece)
{
    for (int dials = 0; t->outcome == OUTCOME_N; dials++) {
        assert_in_range(dials, 0, 2 * SERVERS * DNS_TRIES);
        ask();
        if (is_stream())
            receive_stream(piece);
        else
            receive_all(backwards, times);
        if (t->verb == CONN_WAIT)
            expire();
    }
}

static uint32_t next_v4(void)
{
    struct sockaddr_in in;
    struct dial dial;

    if (!dns_next(&t->dns, 81, &dial))
        return 0;
    assert_int_equal(dial.type, SOCK_STREAM);
    memcpy(&in, &dial.peer, sizeof(in));
    if (in.sin_family != AF_INET)
        return 6;
    assert_int_equal(dial.peer_len, sizeof(in));
    assert_int_equal(ntohs(in.sin_port), 81);
    return ntohl(in.sin_addr.s_addr);
}

static void test_each_script_has_its_outcome_in_any_order_and_pieces(void **s)
{
    (void)s;
    for (size_t i = 0; i < n_name_scripts; i++)
        for (size_t piece = 1; piece < 120; piece++) {
            const struct name_script *script = &name_scripts[i];
            uint64_t start_ns = now_ns;

            begin_script(script->name, 6);
            resolve(piece & 1, 1 + piece % 3, piece);
            assert_int_equal(t->outcome, script->outcome);
            assert_in_range(now_ns - start_ns, 0, TIMEOUT_MS * NS_PER_MS);
            if (script->v6)
                assert_int_equal(next_v4(), 6);
            if (script->outcome == OUTCOME_OK)
                assert_int_equal(next_v4(), INADDR_LOOPBACK + 6 % 4);
            assert_int_equal(next_v4(), 0);
        }
}

static void test_what_cannot_be_a_name_is_not_asked_for(void **s)
{
    static const char *const names[] = {"",     ".",     "a b",  "a\nb",
                                        "a\\b", "a\x80", "a..b", ".a"};
    char name[300];

    (void)s;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_false(begin(names[i], strlen(names[i])));
        assert_ptr_equal(t->layers.protocol, &other);
        assert_int_equal(next_v4(), 0);
    }
    memset(name, 'x', sizeof(name));
    assert_false(begin(name, 64)); /* a label */
    assert_true(begin(name, 63));
    for (size_t i = 0; i < sizeof(name); i += 50)
        name[i] = '.';
    assert_false(begin(name + 1, 299));
    assert_false(begin(name + 1, 255));
    assert_true(begin(name + 1, 253));
}

static void test_the_servers_take_turns_and_share_the_time(void **s)
{
    (void)s;
    begin_script("mute", 1);
    for (int i = 0; i < SERVERS * DNS_TRIES; i++) {
        const struct sockaddr_in *in = (const void *)&t->conn.dial.peer;

        assert_int_equal(in->sin_port, 1 + i % SERVERS);
        assert_int_equal(t->conn.deadline_ns - now_ns,
                         TIMEOUT_MS * NS_PER_MS / SERVERS / DNS_TRIES);
        ask();
        assert_int_equal(t->n, DNS_KINDS);
        expire();
    }
    assert_int_equal(t->outcome, OUTCOME_DNS_NO_ANSWER);
}

static void test_a_server_that_refuses_is_left_at_once(void **s)
{
    uint64_t start_ns = now_ns;

    (void)s;
    begin_script("known", 1);
    ask();
    t->verb = conn_ended(&t->conn, -ECONNREFUSED);
    resolve(false, 1, 1);
    assert_int_equal(t->outcome, OUTCOME_OK);
    assert_int_equal(now_ns, start_ns);
    begin_script("known", 1);
    for (int i = 0; i < SERVERS * DNS_TRIES; i++) {
        ask();
        t->verb = conn_ended(&t->conn, -ECONNREFUSED);
    }
    assert_int_equal(t->outcome, OUTCOME_DNS_NO_ANSWER);
    begin_script("known", 1);
    t->verb = conn_ended(&t->conn, -EMFILE);
    assert_int_equal(t->outcome, OUTCOME_LOCAL_LIMIT);
}

/* Both questions: the server cannot answer. */
static void receive_failures(void)
{
    for (size_t i = 0; i < t->n; i++) {
        t->answers[i].messages[0].bytes[3] = 2;
        receive_message(i, 0);
    }
}

static void test_after_one_that_fails_the_next_server_is_asked(void **s)
{
    (void)s;
    begin_script("known", 1);
    ask();
    receive_failures();
    assert_int_equal(t->verb, CONN_DIAL);
    resolve(false, 1, 1);
    assert_int_equal(t->outcome, OUTCOME_OK);
    begin_script("known", 1);
    ask();
    receive_failures();
    for (int i = 1; i < SERVERS * DNS_TRIES; i++) {
        ask();
        assert_int_equal(t->n, DNS_KINDS);
        expire();
    }
    assert_int_equal(t->outcome, OUTCOME_DNS_FAILED);
}

static void test_a_lost_answer_is_asked_for_again_and_no_other(void **s)
{
    (void)s;
    begin_script("known", 2);
    ask();
    receive_message(0, 0); /* that of IPv6: there is no such address */
    expire();
    ask();
    assert_int_equal(t->n, 1);
    receive_message(0, 0);
    assert_int_equal(t->outcome, OUTCOME_OK);
    assert_int_equal(next_v4(), INADDR_LOOPBACK + 2);
}

static void test_one_kind_of_address_is_enough_at_the_deadline(void **s)
{
    (void)s;
    begin_script("known", 2);
    ask();
    receive_message(1, 0);
    assert_int_equal(t->outcome, OUTCOME_N);
    expire();
    assert_int_equal(t->outcome, OUTCOME_OK);
}

static void test_an_answer_to_an_earlier_attempt_is_too_late(void **s)
{
    struct name_answer earlier;

    (void)s;
    begin_script("known", 2);
    ask();
    earlier = t->answers[1];
    expire();
    ask();
    receive(earlier.messages[0].bytes, earlier.messages[0].len);
    receive_message(0, 0);
    assert_int_equal(t->outcome, OUTCOME_N);
    assert_int_equal(t->verb, CONN_WAIT);
}

static void test_a_changed_question_is_no_answer(void **s)
{
    (void)s;
    begin_script("known", 2);
    ask();
    for (size_t i = 0; i < t->dns.messages.len; i++) {
        unsigned char bytes[NAME_ANSWER];
        size_t len = t->answers[1].messages[0].len;

        /* Letters of either case, and flags and counts that are not ours. */
        if (i == 3 || (i > 5 && i < 12))
            continue;
        memcpy(bytes, t->answers[1].messages[0].bytes, len);
        bytes[i] ^= i == 2 ? 0x80 : 0x11;
        receive(bytes, len);
        receive(bytes, t->dns.messages.len - 1);
    }
    receive_message(0, 0);
    assert_int_equal(t->outcome, OUTCOME_N);
    receive_message(1, 0);
    assert_int_equal(t->outcome, OUTCOME_OK);
}

static void test_a_stream_that_ends_too_early_is_another_attempt(void **s)
{
    (void)s;
    begin_script("long", 2);
    ask();
    receive_all(false, 1);
    assert_true(is_stream());
    assert_int_equal(t->verb, CONN_DIAL);
    ask();
    receive("\xff", 1);
    receive("\xff"
            "abc",
            4);
    t->verb = conn_ended(&t->conn, 0);
    assert_int_equal(t->verb, CONN_DIAL);
    assert_false(is_stream());
    resolve(false, 1, 7);
    assert_int_equal(t->outcome, OUTCOME_OK);
}

static void test_empty_messages_are_nothing(void **s)
{
    (void)s;
    begin_script("long", 2);
    ask();
    t->verb = conn_ended(&t->conn, 0); /* of datagrams: an empty one */
    assert_int_equal(t->verb, CONN_WAIT);
    receive_all(false, 1);
    ask();
    receive("\0\0\0\0\0\1x", 7);
    receive_stream(5);
    assert_int_equal(t->outcome, OUTCOME_OK);
}

static int set_up(void **s)
{
    (void)s;
    now_ns = NS_PER_S;
    servers.n = SERVERS;
    servers.seed = 4711;
    for (size_t i = 0; i < SERVERS; i++) {
        struct sockaddr_in *in = (void *)&servers.servers[i].peer;

        in->sin_family = AF_INET;
        in->sin_port = (uint16_t)(1 + i);
    }
    return 0;
}

static int tear_down(void **s)
{
    (void)s;
    free(t);
    t = NULL;
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_script_has_its_outcome_in_any_order_and_pieces),
        TEST(test_what_cannot_be_a_name_is_not_asked_for),
        TEST(test_the_servers_take_turns_and_share_the_time),
        TEST(test_a_server_that_refuses_is_left_at_once),
        TEST(test_after_one_that_fails_the_next_server_is_asked),
        TEST(test_a_lost_answer_is_asked_for_again_and_no_other),
        TEST(test_one_kind_of_address_is_enough_at_the_deadline),
        TEST(test_an_answer_to_an_earlier_attempt_is_too_late),
        TEST(test_a_changed_question_is_no_answer),
        TEST(test_a_stream_that_ends_too_early_is_another_attempt),
        TEST(test_empty_messages_are_nothing),
    };

    return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
