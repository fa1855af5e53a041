/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions for addresses, and what a lane makes of any answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "workloads/kinds/layers.h"
#include "workloads/web/lookup.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static const struct resolver resolver = {.server = {.peer_len = 7},
                                         .token = TOKEN};
static const struct protocol other = {0};

/* A lane that speaks another protocol until it asks for a name. */
struct trial {
    struct lookup lookup;
    struct conn conn;
    struct layers layers;
    enum outcome outcome; /* OUTCOME_N: not done */
    char room[LOOKUP_ROOM];
};

static struct trial *asking;

static enum verb done(struct conn *c, enum outcome outcome)
{
    assert_int_equal(asking->outcome, OUTCOME_N);
    assert_ptr_equal(c->layers->protocol, &other);
    assert_ptr_equal(c->layers->state, asking);
    asking->outcome = outcome;
    return CONN_DONE;
}

static bool begin(struct trial *t, const char *name, size_t len)
{
    *t = (struct trial){.outcome = OUTCOME_N, .lookup.len = 7};
    t->layers = (struct layers){.protocol = &other, .state = t};
    t->conn.layers = &t->layers;
    asking = t;
    return lookup_begin(&t->lookup, &resolver, &t->conn, name, len, t->room,
                        done);
}

/* The answer in pieces of a length; then the server's end. */
static void answer(struct trial *t, const char *text, size_t len, size_t piece)
{
    assert_true(begin(t, "a.test", 6));
    assert_int_equal(conn_opened(&t->conn), CONN_WAIT);
    for (size_t at = 0; at < len && t->outcome == OUTCOME_N; at += piece)
        conn_received(&t->conn, text + at, len - at < piece ? len - at : piece);
    if (t->outcome == OUTCOME_N)
        conn_ended(&t->conn, 0);
}

/* "address port", or "" when there is none. */
static const char *next(struct trial *t, char seen[80])
{
    const struct sockaddr_in6 *v6;
    const struct sockaddr_in *v4;
    char address[INET6_ADDRSTRLEN];
    struct dial dial;

    seen[0] = '\0';
    if (!lookup_next(&t->lookup, 81, &dial))
        return seen;
    v4 = (const struct sockaddr_in *)&dial.peer;
    v6 = (const struct sockaddr_in6 *)&dial.peer;
    if (dial.peer.ss_family == AF_INET) {
        assert_int_equal(dial.peer_len, sizeof(*v4));
        inet_ntop(AF_INET, &v4->sin_addr, address, sizeof(address));
        snprintf(seen, 80, "%s %u", address, ntohs(v4->sin_port));
    } else {
        assert_int_equal(dial.peer_len, sizeof(*v6));
        inet_ntop(AF_INET6, &v6->sin6_addr, address, sizeof(address));
        snprintf(seen, 80, "%s%%%u %u", address, v6->sin6_scope_id,
                 ntohs(v6->sin6_port));
    }
    return seen;
}

static void test_a_question_is_a_token_and_a_name(void **state)
{
    struct trial t;
    size_t len;
    const char *text;

    (void)state;
    assert_true(begin(&t, "a.test:80", 6));
    assert_int_equal(t.conn.dial.peer_len, 7);
    conn_opened(&t.conn);
    text = conn_pending(&t.conn, &len);
    assert_int_equal(len, strlen(TOKEN " a.test\n"));
    assert_memory_equal(text, TOKEN " a.test\n", len);
}

static void test_what_cannot_be_a_name_is_not_asked_for(void **state)
{
    static const char *const names[] = {"", "a b", "a\nb", "a\x80", "\x7f"};
    char name[LOOKUP_NAME];
    struct trial t;

    (void)state;
    memset(name, 'x', sizeof(name));
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_false(begin(&t, names[i], strlen(names[i])));
        assert_ptr_equal(t.layers.protocol, &other);
        assert_false(lookup_next(&t.lookup, 80, &t.conn.dial));
    }
    assert_false(begin(&t, name, LOOKUP_NAME));
    assert_true(begin(&t, name, LOOKUP_NAME - 1));
}

static void test_addresses_keep_their_order_in_any_pieces(void **state)
{
    static const char text[] = "address 2001:db8::1\naddress 192.0.2.1\n"
                               "address fe80::2%3\noutcome ok\n";
    struct trial t;
    char seen[80];

    (void)state;
    for (size_t piece = 1; piece <= sizeof(text); piece++) {
        answer(&t, text, sizeof(text) - 1, piece);
        assert_int_equal(t.outcome, OUTCOME_OK);
        assert_string_equal(next(&t, seen), "2001:db8::1%0 81");
        assert_string_equal(next(&t, seen), "192.0.2.1 81");
        assert_string_equal(next(&t, seen), "fe80::2%3 81");
        assert_string_equal(next(&t, seen), "");
        lookup_forget(&t.lookup);
        assert_string_equal(next(&t, seen), "");
    }
}

static void test_every_answer_has_an_outcome(void **state)
{
    static const struct {
        const char *text;
        enum outcome outcome;
    } cases[] = {
        {"outcome dns-name\n", OUTCOME_DNS_NAME},
        {"outcome dns-no-answer\n", OUTCOME_DNS_NO_ANSWER},
        {"outcome dns-failed\n", OUTCOME_DNS_FAILED},
        {"outcome local-limit\n", OUTCOME_LOCAL_LIMIT},
        {"outcome no-network\n", OUTCOME_NO_NETWORK},
        {"outcome reset\n", OUTCOME_RESET},
        {"outcome resets\n", OUTCOME_DNS_FAILED},
        {"outcome \n", OUTCOME_DNS_FAILED},
        {"", OUTCOME_DNS_RESOLVER},
        {"\n", OUTCOME_DNS_RESOLVER},
        {"outcome ok", OUTCOME_DNS_RESOLVER},
        {"address 1.2.3.4\n", OUTCOME_DNS_RESOLVER},
        {"address outcome ok\n", OUTCOME_DNS_RESOLVER},
        {"HTTP/1.1 200 OK\r\n\r\n", OUTCOME_DNS_RESOLVER},
    };
    struct trial t;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t piece = 1; piece < 20; piece++) {
            answer(&t, cases[i].text, strlen(cases[i].text), piece);
            assert_int_equal(t.outcome, cases[i].outcome);
        }
}

static void test_an_answer_without_end_is_cut_off(void **state)
{
    static char text[2 * LOOKUP_ANSWER];
    struct trial t;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t piece = 1; piece <= sizeof(text); piece *= 2) {
        answer(&t, text, sizeof(text), piece);
        assert_int_equal(t.outcome, OUTCOME_DNS_FAILED);
    }
}

static void test_what_is_no_address_ends_the_list(void **state)
{
    static const char *const texts[] = {
        "outcome ok\n",
        "address 1.2.3\noutcome ok\n",
        "address \noutcome ok\n",
        "address 1.2.3.4%1\noutcome ok\n",
        "adress 1.2.3.4\noutcome ok\n",
        "address 0000:0000:0000:0000:0000:0000:0000:0000:0000:1\noutcome ok\n",
    };
    struct trial t;
    char seen[80];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        answer(&t, texts[i], strlen(texts[i]), 1000);
        assert_int_equal(t.outcome, OUTCOME_OK);
        assert_string_equal(next(&t, seen), "");
    }
}

static void test_a_resolver_that_fails_has_a_class(void **state)
{
    static const struct {
        int error;
        enum outcome outcome;
    } cases[] = {
        {0, OUTCOME_DNS_RESOLVER},
        {-ECONNREFUSED, OUTCOME_DNS_RESOLVER},
        {-ECONNRESET, OUTCOME_DNS_RESOLVER},
        {-EMFILE, OUTCOME_LOCAL_LIMIT},
        {-EADDRNOTAVAIL, OUTCOME_LOCAL_LIMIT},
    };
    struct trial t;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(begin(&t, "a.test", 6));
        conn_ended(&t.conn, cases[i].error);
        assert_int_equal(t.outcome, cases[i].outcome);
    }
    assert_true(begin(&t, "a.test", 6));
    conn_expired(&t.conn);
    assert_int_equal(t.outcome, OUTCOME_DNS_NO_ANSWER);
}

/* Any bytes: no crash (and with a sanitizer: no access beyond the answer). */
static void test_no_answer_harms_the_lane(void **state)
{
    static const char *const words[] = {"address ", "outcome ", "ok", "\n",
                                        "1.2.3.4",  "fe80::1",  "%",  "\xff"};
    struct trial t;
    char text[1200], seen[80];

    (void)state;
    srandom(1);
    for (int i = 0; i < 20000; i++) {
        size_t len = 0;

        for (long n = random() % 100; n >= 0; n--) {
            const char *word = words[random() % (long)COUNT(words)];

            memcpy(text + len, word, strlen(word));
            len += strlen(word);
        }
        answer(&t, text, len, 1 + (size_t)random() % 64);
        assert_int_not_equal(t.outcome, OUTCOME_N);
        while (*next(&t, seen)) {
        }
    }
}

static void test_only_a_question_with_the_token_is_taken(void **state)
{
    static const struct {
        const char *text, *name;
    } cases[] = {
        {TOKEN " a.test\n", "a.test"},
        {TOKEN " a.test", NULL},
        {TOKEN " \n", NULL},
        {TOKEN "\n", NULL},
        {TOKEN "-a\n", NULL},
        {TOKEN " a b\n", NULL},
        {TOKEN " a\nb\n", NULL},
        {" a.test\n", NULL},
        {"\n", NULL},
        {"", NULL},
        {"0123456789abcdef0123456789abcdee a\n", NULL},
        {"1123456789abcdef0123456789abcdef a\n", NULL},
        {"0123456789ABCDEF0123456789ABCDEF a\n", NULL},
    };
    char name[LOOKUP_NAME];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool taken =
            lookup_parse(cases[i].text, strlen(cases[i].text), TOKEN, name);

        assert_int_equal(taken, cases[i].name != NULL);
        if (taken)
            assert_string_equal(name, cases[i].name);
    }
}

static void test_the_longest_question_is_taken(void **state)
{
    char name[LOOKUP_NAME], taken[LOOKUP_NAME];
    struct trial t;
    size_t len;
    const char *text;

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_true(begin(&t, name, strlen(name)));
    conn_opened(&t.conn);
    text = conn_pending(&t.conn, &len);
    assert_int_equal(len, LOOKUP_QUESTION);
    assert_true(lookup_parse(text, len, TOKEN, taken));
    assert_string_equal(taken, name);
}

/* Eight addresses as long as they can be, of more that there are. */
static void test_the_longest_answer_is_understood(void **state)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_scope_id = UINT32_MAX};
    struct addrinfo found[LOOKUP_ADDRESSES + 2] = {0};
    char text[LOOKUP_ANSWER], seen[80];
    struct trial t;
    size_t len;

    (void)state;
    memset(&v6.sin6_addr, 0xfe, sizeof(v6.sin6_addr));
    for (size_t i = 0; i < COUNT(found); i++)
        found[i] = (struct addrinfo){
            .ai_family = i ? AF_INET6 : AF_UNIX, /* which no name has */
            .ai_addr = (struct sockaddr *)&v6,
            .ai_next = i + 1 < COUNT(found) ? &found[i + 1] : NULL,
        };
    len = lookup_answer(found, OUTCOME_OK, text);
    assert_int_equal(len, strlen(text));
    answer(&t, text, len, 1);
    assert_int_equal(t.outcome, OUTCOME_OK);
    for (int i = 0; i < LOOKUP_ADDRESSES; i++)
        assert_string_equal(next(&t, seen),
                            "fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe"
                            "%4294967295 81");
    assert_string_equal(next(&t, seen), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_question_is_a_token_and_a_name),
        cmocka_unit_test(test_what_cannot_be_a_name_is_not_asked_for),
        cmocka_unit_test(test_addresses_keep_their_order_in_any_pieces),
        cmocka_unit_test(test_every_answer_has_an_outcome),
        cmocka_unit_test(test_an_answer_without_end_is_cut_off),
        cmocka_unit_test(test_what_is_no_address_ends_the_list),
        cmocka_unit_test(test_a_resolver_that_fails_has_a_class),
        cmocka_unit_test(test_no_answer_harms_the_lane),
        cmocka_unit_test(test_only_a_question_with_the_token_is_taken),
        cmocka_unit_test(test_the_longest_question_is_taken),
        cmocka_unit_test(test_the_longest_answer_is_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
