/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS alone: a lane and a server of OpenSSL, in memory and virtual time. */
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tls_peer.h"
#include "tests/unit/unit.h"
#include "workloads/clock.h"
#include "workloads/kinds/journal.h"
#include "workloads/web/tls.h"

enum { BODY = 100000, QUESTION = 70000, TIMEOUT_MS = 400 };

static const struct tls_identity blog = {"DNS:blog.test,IP:127.0.0.1"};
static struct ssl_ctx_st *client;
static char text[BODY]; /* the answer; the question is its beginning */
static struct journal *journal;

/* A lane that asks on an encoded dial and reads until its end. */
static struct trial {
    struct tls tls;
    struct conn conn;
    struct layers layers;
    uint64_t now_ns;
    enum verb verb;
    enum outcome outcome; /* of the handshake; OUTCOME_N: not done */
    int error;            /* of ended(); 1: not called */
    bool expired;
    size_t got, drains;
    /* The server. */
    SSL *ssl;
    size_t asked, answered;
    bool silent;     /* does not even answer the handshake */
    bool no_notify;  /* does not say that it ends */
    bool early;      /* answers to the first bytes of the question */
    size_t cut;      /* bytes after which its connection ends */
    size_t received; /* of them */
    size_t works;    /* pieces of CONN_WORK */
} * t;

static enum verb done(struct conn *c, enum outcome outcome)
{
    assert_int_equal(t->outcome, OUTCOME_N);
    assert_ptr_equal(c->layers->state, t);
    t->outcome = outcome;
    if (outcome)
        return CONN_DONE;
    conn_stage(c, text, QUESTION);
    return CONN_WAIT;
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    (void)c;
    assert_true(t->got + len <= BODY);
    assert_memory_equal(data, text + t->got, len);
    t->got += len;
    return CONN_WAIT;
}

static enum verb ended(struct conn *c, int error)
{
    (void)c;
    assert_int_equal(t->error, 1);
    t->error = error;
    return CONN_DONE;
}

static enum verb expired(struct conn *c)
{
    assert_ptr_equal(c->layers->state, t);
    t->expired = true;
    return CONN_DONE;
}

static void drained(struct conn *c)
{
    size_t len;

    assert_null(conn_pending(c, &len));
    t->drains++;
}

static const struct protocol protocol = {
    .received = received,
    .ended = ended,
    .expired = expired,
    .drained = drained,
};

static void begin(const char *host, SSL_CTX *server)
{
    t = calloc(1, sizeof(*t));
    assert_non_null(t);
    memset(journal, 0, sizeof(*journal));
    t->outcome = OUTCOME_N;
    t->error = 1;
    t->cut = SIZE_MAX;
    t->now_ns = NS_PER_S;
    t->layers = (struct layers){.protocol = &protocol,
                                .state = t,
                                .journal = journal,
                                .now_ns = &t->now_ns};
    t->conn.layers = &t->layers;
    t->conn.deadline_ns = t->now_ns + TIMEOUT_MS * NS_PER_MS;
    t->ssl = SSL_new(server);
    SSL_set_bio(t->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(t->ssl);
    t->verb = tls_begin(&t->tls, client, &t->conn, host, done);
}

static void end(void)
{
    assert_null(t->tls.shake.ssl);
    assert_null(t->tls.shake.in);
    assert_null(t->tls.encoded);
    SSL_free(t->ssl);
    free(t);
    t = NULL;
}

static void serve(void)
{
    char room[5000];
    int n;

    ERR_clear_error();
    if (t->silent || SSL_do_handshake(t->ssl) != 1)
        return;
    while (t->asked < QUESTION &&
           (n = SSL_read(t->ssl, room, sizeof(room))) > 0) {
        assert_memory_equal(room, text + t->asked, (size_t)n);
        t->asked += (size_t)n;
    }
    if (!t->answered && t->asked >= (t->early ? 1 : QUESTION)) {
        assert_int_equal(SSL_write(t->ssl, text, BODY), BODY);
        t->answered = BODY;
    }
    if (t->asked == QUESTION && !t->no_notify)
        SSL_shutdown(t->ssl);
}

/* Sends a piece; false: nothing was pending. */
static bool send_piece(size_t most)
{
    size_t len;
    const void *pending = conn_pending(&t->conn, &len);

    if (!pending)
        return false;
    len = len < most ? len : most;
    BIO_write(SSL_get_rbio(t->ssl), pending, (int)len);
    conn_sent(&t->conn, len);
    serve();
    return true;
}

static bool receive_piece(size_t most)
{
    char *bytes = malloc(most);
    size_t left = t->cut - t->received;
    int n =
        BIO_read(SSL_get_wbio(t->ssl), bytes, (int)(most < left ? most : left));

    if (n > 0) {
        t->received += (size_t)n;
        t->verb = conn_received(&t->conn, bytes, (size_t)n);
    }
    free(bytes);
    return n > 0;
}

static bool is_over(void)
{
    return t->received == t->cut ||
           (t->asked == QUESTION &&
            BIO_ctrl_pending(SSL_get_wbio(t->ssl)) == 0);
}

/* Until the lane is done, with pieces of at most so many bytes. */
static void drive(size_t in, size_t out)
{
    while (t->verb != CONN_DONE) {
        bool moved = false;

        if (t->verb == CONN_WORK) {
            assert_null(t->tls.open ? &t->tls : NULL);
            while (t->works++, conn_work(&t->conn) == WORK_MORE) {
            }
            t->verb = conn_worked(&t->conn);
            continue;
        }
        assert_int_equal(t->verb, CONN_WAIT);
        moved = send_piece(out);
        if (receive_piece(in) || moved)
            continue;
        t->now_ns = t->conn.deadline_ns;
        t->verb = is_over() ? conn_ended(&t->conn, 0) : conn_expired(&t->conn);
    }
}

static SSL_CTX *server_of(const struct tls_identity *identity, int version)
{
    SSL_CTX *context = tls_peer_context(identity);

    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    return context;
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static void exchange(SSL_CTX *server, size_t in, size_t out, bool early)
{
    begin("blog.test", server);
    t->early = early;
    assert_int_equal(t->verb, CONN_WORK);
    drive(in, out);
    assert_int_equal(t->outcome, OUTCOME_OK);
    assert_int_equal(t->asked, QUESTION);
    assert_int_equal(t->got, BODY);
    assert_int_equal(t->error, 0);
    assert_int_equal(t->drains, 1);
    assert_int_equal(journal->handshakes, 1);
    assert_in_range(journal->handshake_ns, 1, NS_PER_S);
    assert_string_equal(t->tls.shake.reason, "");
    end();
}

static void test_bytes_arrive_in_pieces_of_any_size(void **state)
{
    static const size_t sizes[] = {1,   2,    3,     5,     64,
                                   517, 1000, 16406, 65536, 1 << 20};

    (void)state;
    for (size_t v = 0; v < COUNT(versions); v++) {
        SSL_CTX *server = server_of(&blog, versions[v]);

        for (size_t i = 0; i < COUNT(sizes); i++) {
            exchange(server, sizes[i], 1000, false);
            exchange(server, 1000, sizes[i], false);
            exchange(server, 1000, sizes[i], true);
        }
        SSL_CTX_free(server);
    }
}

static void test_a_cut_is_no_end(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT(versions); v++) {
        SSL_CTX *server = server_of(&blog, versions[v]);

        for (size_t cut = 0; cut < BODY; cut += cut < 2500 ? 13 : 4999) {
            begin("blog.test", server);
            t->cut = cut;
            drive(1000, 1000);
            if (t->outcome == OUTCOME_OK)
                assert_int_equal(t->error, -ECONNABORTED);
            else
                assert_int_equal(t->outcome, OUTCOME_TLS_PROTOCOL);
            assert_true(t->outcome == OUTCOME_OK || t->tls.shake.reason[0]);
            end();
        }
        SSL_CTX_free(server);
    }
}

static void test_an_end_without_notice_is_told(void **state)
{
    SSL_CTX *server = server_of(&blog, TLS1_3_VERSION);

    (void)state;
    begin("blog.test", server);
    t->no_notify = true;
    drive(1000, 1000);
    assert_int_equal(t->got, BODY);
    assert_int_equal(t->error, -ECONNABORTED);
    end();
    SSL_CTX_free(server);
}

static void test_a_certificate_that_is_wrong_has_a_reason(void **state)
{
    static const struct {
        struct tls_identity identity;
        const char *host, *reason;
    } rows[] = {
        {{"DNS:blog.test"}, "blog.test", NULL},
        {{"DNS:blog.test"}, "BLOG.test.", NULL},
        {{"DNS:*.blog.test"}, "a.blog.test", NULL},
        {{"IP:127.0.0.1"}, "127.0.0.1", NULL},
        {{"IP:::1"}, "::1", NULL},
        {{"DNS:blog.test", -3, -1}, "blog.test", "the certificate has expired"},
        {{"DNS:blog.test", 1, 3},
         "blog.test",
         "the certificate is not valid yet"},
        {{"DNS:blog.test"},
         "a.blog.test",
         "the certificate is for another host"},
        {{"DNS:b*.blog.test"},
         "be.blog.test",
         "the certificate is for another host"},
        {{"DNS:127.0.0.1"}, "127.0.0.1", "the certificate is for another host"},
        {{"IP:127.0.0.1"}, "127.0.0.2", "the certificate is for another host"},
        {{"DNS:blog.test", .stranger = true},
         "blog.test",
         "the certificate's issuer is unknown"},
    };

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        const char *reason = rows[i / 2].reason;
        SSL_CTX *server = server_of(&rows[i / 2].identity, versions[i % 2]);

        begin(rows[i / 2].host, server);
        drive(1000, 1000);
        assert_int_equal(t->outcome,
                         reason ? OUTCOME_TLS_UNTRUSTED : OUTCOME_OK);
        assert_string_equal(t->tls.shake.reason, reason ? reason : "");
        end();
        SSL_CTX_free(server);
    }
}

static int choose(SSL *ssl, const unsigned char **out, unsigned char *len,
                  const unsigned char *in, unsigned n, void *context)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    assert_int_equal(n, 9);
    assert_memory_equal(in, "\x08http/1.1", 9);
    snprintf(context, 64, "%s", name ? name : "none");
    *out = in + 1;
    *len = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static void test_the_server_is_told_the_name_and_the_protocol(void **state)
{
    static const char *const rows[][2] = {{"blog.test.", "blog.test"},
                                          {"127.0.0.1", "none"}};
    SSL_CTX *server = server_of(&blog, TLS1_3_VERSION);
    char said[64];

    (void)state;
    SSL_CTX_set_alpn_select_cb(server, choose, said);
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(rows[i][0], server);
        drive(1000, 1000);
        assert_int_equal(t->outcome, OUTCOME_OK);
        assert_string_equal(said, rows[i][1]);
        end();
    }
    SSL_CTX_free(server);
}

/* A server that sends this, whatever the client sends, and no more. */
static void assert_refused(const void *bytes, size_t len, size_t times,
                           const char *reason)
{
    SSL_CTX *server = tls_peer_context(&blog);

    begin("blog.test", server);
    t->silent = true;
    for (size_t i = 0; i < times; i++)
        BIO_write(SSL_get_wbio(t->ssl), bytes, (int)len);
    t->asked = QUESTION;
    drive(1000, 1000);
    assert_int_equal(t->outcome, OUTCOME_TLS_PROTOCOL);
    if (reason)
        assert_string_equal(t->tls.shake.reason, reason);
    assert_true(t->tls.shake.reason[0]);
    assert_true(t->received <= TLS_MAX_HANDSHAKE + 1000);
    end();
    SSL_CTX_free(server);
}

static void test_what_is_not_tls_is_a_class_of_its_own(void **state)
{
    static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    static const unsigned char empty[] = {22, 3, 3, 0, 0};
    static const unsigned char strange[] = {22, 3, 3, 0, 2, 99, 0};
    static const unsigned char again[] = {22, 3, 3, 0, 4, 0, 0, 0, 0};
    static const unsigned char alert[] = {21, 3, 3, 0, 2, 2, 40};
    static const unsigned char change[] = {20, 3, 3, 0, 1, 1};

    (void)state;
    assert_refused(http, sizeof(http) - 1, 1, "the answer is not TLS");
    assert_refused("\x16\x02", 2, 1, "the answer is not TLS");
    assert_refused("", 0, 0, "the connection ended within the handshake");
    assert_refused(empty, 3, 1, "the connection ended within the handshake");
    assert_refused(empty, sizeof(empty), 100000, NULL);
    assert_refused(strange, sizeof(strange), 100000, NULL);
    assert_refused(again, sizeof(again), 100000,
                   "the handshake is longer than 256 KiB");
    assert_refused(alert, sizeof(alert), 1, NULL);
    assert_refused(change, sizeof(change), 100000, NULL);
    /* A record that never ends, of 65,535 bytes. */
    assert_refused("\x16\x03\x03\xff\xff", 5, 20000, NULL);
}

static void test_an_old_version_is_refused(void **state)
{
    SSL_CTX *server = server_of(&blog, TLS1_1_VERSION);

    (void)state;
    SSL_CTX_set_security_level(server, 0);
    begin("blog.test", server);
    t->asked = QUESTION;
    drive(1000, 1000);
    assert_int_equal(t->outcome, OUTCOME_TLS_PROTOCOL);
    end();
    SSL_CTX_free(server);
}

static void test_a_chain_has_a_bound(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT(versions); v++) {
        SSL_CTX *server = server_of(&blog, versions[v]);
        X509 *own = SSL_CTX_get0_certificate(server);

        for (size_t i = 0; i < 300; i++)
            assert_int_equal(SSL_CTX_add1_chain_cert(server, own), 1);
        begin("blog.test", server);
        drive(1000, 1000);
        assert_int_equal(t->outcome, OUTCOME_TLS_PROTOCOL);
        assert_true(t->received < 2 * TLS_MAX_CERTIFICATES);
        end();
        SSL_CTX_free(server);
    }
}

static void test_a_slow_handshake_meets_the_deadline(void **state)
{
    SSL_CTX *server = tls_peer_context(&blog);

    (void)state;
    begin("blog.test", server);
    t->silent = true;
    drive(1000, 1000);
    assert_true(t->expired);
    assert_int_equal(t->outcome, OUTCOME_N);
    assert_string_equal(t->tls.shake.reason,
                        "the handshake was not complete in time");
    end();
    SSL_CTX_free(server);
}

static void test_a_failed_connection_keeps_its_class(void **state)
{
    static const struct {
        int error;
        enum outcome outcome;
    } rows[] = {{-ECONNRESET, OUTCOME_TLS_PROTOCOL},
                {-ENOBUFS, OUTCOME_LOCAL_LIMIT},
                {-ETIMEDOUT, OUTCOME_HEADER_TIMEOUT}};
    SSL_CTX *server = tls_peer_context(&blog);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin("blog.test", server);
        while (conn_work(&t->conn) == WORK_MORE) {
        }
        assert_int_equal(conn_worked(&t->conn), CONN_WAIT);
        assert_int_equal(conn_ended(&t->conn, rows[i].error), CONN_DONE);
        assert_int_equal(t->outcome, rows[i].outcome);
        end();
    }
    SSL_CTX_free(server);
}

/* Bytes that are wrong after the handshake, and a server that begins anew. */
static void test_a_record_that_is_changed_is_an_error(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT(versions); v++) {
        SSL_CTX *server = server_of(&blog, versions[v]);
        char junk[64] = {23, 3, 3, 0, 59};

        begin("blog.test", server);
        t->no_notify = true;
        while (t->verb != CONN_DONE && !t->tls.open) {
            if (t->verb == CONN_WORK) {
                while (conn_work(&t->conn) == WORK_MORE) {
                }
                t->verb = conn_worked(&t->conn);
            } else if (!send_piece(1000) && !receive_piece(1000)) {
                break;
            }
        }
        assert_int_equal(t->verb, CONN_WAIT);
        t->verb = conn_received(&t->conn, junk, sizeof(junk));
        assert_int_equal(t->verb, CONN_DONE);
        assert_int_equal(t->error, -EPROTO);
        assert_true(t->tls.shake.reason[0]);
        end();
        SSL_CTX_free(server);
    }
}

static void test_a_handshake_is_not_done_anew(void **state)
{
    SSL_CTX *server = server_of(&blog, TLS1_2_VERSION);

    (void)state;
    begin("blog.test", server);
    t->cut = SIZE_MAX - 1;
    while (t->asked == 0) {
        if (t->verb == CONN_WORK) {
            while (conn_work(&t->conn) == WORK_MORE) {
            }
            t->verb = conn_worked(&t->conn);
        } else if (!send_piece(1000)) {
            receive_piece(1000);
        }
    }
    assert_int_equal(SSL_renegotiate(t->ssl), 1);
    drive(1000, 1000);
    assert_int_equal(journal->handshakes, 1);
    assert_int_equal(t->error, -EPROTO);
    assert_int_equal(t->got, 0);
    end();
    SSL_CTX_free(server);
}

static void test_certificates_come_from_a_file(void **state)
{
    struct ssl_ctx_st *none = NULL;
    char why[TLS_REASON] = "";

    (void)state;
    assert_true(tls_client_create("/nowhere/root.pem", &none, why) < 0);
    assert_string_equal(why, "No such file or directory");
    assert_true(tls_client_create("/dev/null", &none, why) < 0);
    assert_true(why[0]);
    assert_null(none);
    assert_int_equal(tls_client_create(NULL, &none, why), 0);
    tls_context_destroy(none);
    tls_context_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_arrive_in_pieces_of_any_size),
        cmocka_unit_test(test_a_cut_is_no_end),
        cmocka_unit_test(test_an_end_without_notice_is_told),
        cmocka_unit_test(test_a_certificate_that_is_wrong_has_a_reason),
        cmocka_unit_test(test_the_server_is_told_the_name_and_the_protocol),
        cmocka_unit_test(test_what_is_not_tls_is_a_class_of_its_own),
        cmocka_unit_test(test_an_old_version_is_refused),
        cmocka_unit_test(test_a_chain_has_a_bound),
        cmocka_unit_test(test_a_slow_handshake_meets_the_deadline),
        cmocka_unit_test(test_a_failed_connection_keeps_its_class),
        cmocka_unit_test(test_a_record_that_is_changed_is_an_error),
        cmocka_unit_test(test_a_handshake_is_not_done_anew),
        cmocka_unit_test(test_certificates_come_from_a_file),
    };
    char why[TLS_REASON];
    int failed;

    for (size_t i = 0; i < BODY; i++)
        text[i] = (char)(i * 131 >> 3);
    journal = calloc(1, sizeof(*journal));
    if (!journal || tls_client_create(tls_peer_root(), &client, why))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    tls_context_destroy(client);
    free(journal);
    return failed;
}
