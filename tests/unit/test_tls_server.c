/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The answering side of TLS without a socket, against OpenSSL's client: what it
 * says is what it says without TLS, whatever the pieces, and no first message
 * of a stranger is more than an end.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "workloads/clock.h"
#include "workloads/web/answer.h"
#include "workloads/web/tls_server.h"

enum { ROOM = 1 << 20 };

static char *authority;
static struct tls_server *server;
static struct server_counters counters;

/* The answering side, its time, and what came of a request. */
struct talk {
    struct conn *conn;
    enum verb verb;
    uint64_t now_ns;
    size_t piece; /* bytes at once, in both directions */
    bool lazy;    /* the client reads only after several deadlines */
    SSL *ssl;     /* NULL: without TLS */
    size_t len;
    char data[ROOM];
};

static struct talk talk, plain;

static SSL *client(const char *host)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);

    assert_non_null(ssl);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl);
    if (host)
        SSL_set_tlsext_host_name(ssl, host);
    SSL_CTX_free(context);
    return ssl;
}

static void begin(struct talk *t, size_t piece, SSL *ssl)
{
    t->conn = answer_create(&counters);
    assert_non_null(t->conn);
    if (ssl)
        assert_true(tls_server_enter(server, t->conn));
    t->now_ns = NS_PER_S;
    t->conn->layers->now_ns = &t->now_ns;
    t->piece = piece;
    t->ssl = ssl;
    t->len = 0;
    t->verb = conn_opened(t->conn);
}

static void finish(struct talk *t)
{
    answer_destroy(t->conn);
    SSL_free(t->ssl);
    ERR_clear_error();
}

static void take(struct talk *t, const char *data, size_t len)
{
    assert_true(len <= ROOM - t->len);
    memcpy(t->data + t->len, data, len);
    t->len += len;
}

/* To the client; false: nothing is pending. */
static bool carry_answer(struct talk *t)
{
    size_t len;
    const char *data = conn_pending(t->conn, &len);

    if (len > t->piece)
        len = t->piece;
    if (len == 0)
        return false;
    if (t->ssl)
        BIO_write(SSL_get_rbio(t->ssl), data, (int)len);
    else
        take(t, data, len);
    if (t->verb == CONN_WAIT)
        conn_sent(t->conn, len);
    return t->verb == CONN_WAIT;
}

/* From the client, unless the server has ended. */
static bool carry_question(struct talk *t)
{
    char data[4096];
    int most = t->piece < sizeof(data) ? (int)t->piece : (int)sizeof(data);
    int n = t->ssl ? BIO_read(SSL_get_wbio(t->ssl), data, most) : 0;

    if (n <= 0 || t->verb != CONN_WAIT)
        return false;
    t->verb = conn_received(t->conn, data, (size_t)n);
    return true;
}

static void read_decoded(struct talk *t)
{
    char data[4096];
    int n;

    while (t->ssl && (n = SSL_read(t->ssl, data, sizeof(data))) > 0)
        take(t, data, (size_t)n);
}

/* Until the server has ended, in virtual time. */
static void run(struct talk *t)
{
    for (int turns = 0; t->verb == CONN_WAIT; turns++) {
        bool moved = carry_question(t);

        assert_true(turns < 10 * ROOM);
        if (t->verb == CONN_WAIT && !(t->lazy && turns % 4))
            moved = carry_answer(t) || moved;
        read_decoded(t);
        if (moved || t->verb != CONN_WAIT)
            continue;
        if (t->conn->deadline_ns > t->now_ns)
            t->now_ns = t->conn->deadline_ns;
        t->verb = conn_expired(t->conn);
    }
    t->piece = ROOM; /* what is pending is offered once */
    carry_answer(t);
    read_decoded(t);
}

static void ask(struct talk *t, size_t piece, SSL *ssl, const char *target)
{
    char request[512];
    int len = snprintf(request, sizeof(request),
                       "GET %s HTTP/1.1\r\nConnection: close\r\n\r\n", target);

    begin(t, piece, ssl);
    if (!ssl)
        t->verb = conn_received(t->conn, request, (size_t)len);
    while (ssl && t->verb == CONN_WAIT && SSL_do_handshake(ssl) != 1)
        if (!carry_question(t) && !carry_answer(t))
            break;
    if (ssl && SSL_is_init_finished(ssl))
        assert_int_equal(SSL_write(ssl, request, len), len);
    run(t);
}

static void test_an_answer_is_the_same_in_pieces_of_any_size(void **state)
{
    static const char *const targets[] = {
        "/page/1?seed=1&bytes=70000", "/page/1?seed=1&bytes=9&latency-ms=5",
        "/page/1?seed=1&bytes=40000&rate=1000000",
        "/fault/until-close/3?seed=1&bytes=4096", "/nowhere"};
    static const size_t pieces[] = {1, 5, 16, 1000, 16401, ROOM};

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
            ask(&plain, ROOM, NULL, targets[i]);
            ask(&talk, pieces[j], client(NULL), targets[i]);
            assert_int_equal(talk.len, plain.len);
            assert_memory_equal(talk.data, plain.data, plain.len);
            assert_int_equal(SSL_get_shutdown(talk.ssl), SSL_RECEIVED_SHUTDOWN);
            finish(&talk);
            finish(&plain);
        }
}

static void test_a_slow_reader_gets_all_of_a_slow_answer(void **state)
{
    static const char target[] = "/page/1?seed=1&bytes=300000&rate=2000000";

    (void)state;
    ask(&plain, ROOM, NULL, target);
    talk.lazy = true;
    ask(&talk, 7000, client(NULL), target);
    talk.lazy = false;
    assert_int_equal(talk.len, plain.len);
    assert_memory_equal(talk.data, plain.data, plain.len);
    finish(&talk);
    finish(&plain);
}

static const struct tls_script *script(const char *name)
{
    for (size_t i = 0; i < n_tls_scripts; i++)
        if (strcmp(tls_scripts[i].name, name) == 0)
            return &tls_scripts[i];
    fail_msg("no script %s", name);
    return NULL;
}

static void test_an_end_without_notice_is_none(void **state)
{
    (void)state;
    assert_true(script("unclosed")->unclosed);
    ask(&talk, ROOM, client("1.unclosed-0.origin.test"), "/page/1?bytes=100");
    assert_true(talk.len > 100);
    assert_int_equal(SSL_get_shutdown(talk.ssl), 0);
    finish(&talk);
}

static void test_handshakes_that_fail_say_nothing_of_the_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_tls_scripts; i++) {
        const struct tls_script *s = &tls_scripts[i];
        char host[64];

        if (s->act == TLS_SERVES)
            continue;
        snprintf(host, sizeof(host), "7.%s-10.origin.test", s->name);
        ask(&talk, ROOM, client(host), "/page/1?bytes=100");
        assert_int_equal(talk.len, 0);
        finish(&talk);
    }
}

/* A name is text for a certificate: it cannot add another one. */
static void test_odd_names_are_refused_or_served(void **state)
{
    char name[256] = "a.";

    (void)state;
    memset(name + 2, 'b', 250);
    ask(&talk, ROOM, client(name), "/page/1?bytes=100");
    finish(&talk);
    ask(&talk, ROOM, client("a.b,DNS:other"), "/page/1?bytes=100");
    assert_int_equal(talk.len, 0);
    finish(&talk);
    ask(&talk, ROOM, client("nodots"), "/page/1?bytes=100");
    assert_true(talk.len > 100);
    finish(&talk);
}

static size_t first_message(char *out, size_t size)
{
    SSL *ssl = client("7.known-10.origin.test");
    int n;

    SSL_do_handshake(ssl);
    n = BIO_read(SSL_get_wbio(ssl), out, (int)size);
    assert_true(n > 0);
    SSL_free(ssl);
    return (size_t)n;
}

static void test_a_broken_first_message_is_an_end_or_a_wait(void **state)
{
    uint64_t x = 1;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        char data[1024];
        size_t len = first_message(data, sizeof(data));

        for (int flips = 0; flips <= i % 3; flips++) {
            x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
            data[(x >> 33) % len] ^= (char)(1 << (x >> 60 & 7));
        }
        begin(&talk, ROOM, client(NULL));
        talk.verb = conn_received(talk.conn, data, len);
        if (talk.verb == CONN_WAIT)
            talk.verb = conn_ended(talk.conn, 0);
        assert_int_equal(talk.verb, CONN_DONE);
        finish(&talk);
    }
}

static void test_a_text_that_is_no_authority_is_refused(void **state)
{
    (void)state;
    assert_null(tls_server_create(""));
    assert_null(tls_server_create("-----BEGIN CERTIFICATE-----\nMIIB\n"));
}

static int make(void **state)
{
    (void)state;
    authority = authority_make();
    server = authority ? tls_server_create(authority) : NULL;
    return server ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    tls_server_destroy(server);
    free(authority);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_is_the_same_in_pieces_of_any_size),
        cmocka_unit_test(test_a_slow_reader_gets_all_of_a_slow_answer),
        cmocka_unit_test(test_an_end_without_notice_is_none),
        cmocka_unit_test(test_handshakes_that_fail_say_nothing_of_the_page),
        cmocka_unit_test(test_odd_names_are_refused_or_served),
        cmocka_unit_test(test_a_broken_first_message_is_an_end_or_a_wait),
        cmocka_unit_test(test_a_text_that_is_no_authority_is_refused),
    };

    return cmocka_run_group_tests_name("tls server", tests, make, drop);
}
