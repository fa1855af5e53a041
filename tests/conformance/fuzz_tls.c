/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any change to what a TLS server sends: the handshake ends once, with what was
 * sent or with an error, and nothing stays on the heap.  Eight bytes choose the
 * pieces, one the server: of TLS 1.2, of 1.3, or none, so that the rest is what
 * is received.  Else each four are a change: where (two bytes), how, by what.
 */
#include <openssl/err.h>

#include "tests/conformance/fuzz.h"
#include "tests/unit/tls_peer.h"
#include "workloads/clock.h"
#include "workloads/web/tls.h"

enum { HEAD = 9, BODY = 20000, MOST = 1 << 20 };

const char *const fuzz_seeds[] = {
    "000000000",
    "111111111",
    "77777777000c1",
    "77777777100c1",
    "777777770\x01\x40\x02z\x01\x41\x02z",
    "777777771\x02\x40\x02z\x03\x41\x02z",
    "2345670001\x40\x03z",
    "2345670011\x40\x03z",
    "777777772\x16\x03\x03\x01\x01\x02\x01\x01\x01\x03\x03",
    "777777772\x15\x03\x03\x01\x02\x02\x28",
    "777777772HTTP/1.1 400 Bad Request\r\n\r\n",
    NULL,
};

static struct lane {
    struct tls tls;
    struct conn conn;
    struct layers layers;
    uint64_t now_ns;
    int ends;
    size_t got;
} lane;

static enum verb done(struct conn *c, enum outcome outcome)
{
    FUZZ_CHECK(c->layers->state == &lane && lane.ends == 0);
    if (outcome) {
        lane.ends++;
        FUZZ_CHECK(outcome < OUTCOME_N && lane.tls.shake.reason[0]);
        return CONN_DONE;
    }
    conn_stage(c, "?", 1);
    return CONN_WAIT;
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    const char *at = data;

    (void)c;
    FUZZ_CHECK(lane.ends == 0 && len > 0);
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK(at[i] == '!'); /* what is changed is not decoded */
    lane.got += len;
    FUZZ_CHECK(lane.got <= BODY);
    return CONN_WAIT;
}

static enum verb ended(struct conn *c, int error)
{
    (void)c;
    (void)error;
    FUZZ_CHECK(lane.ends++ == 0);
    return CONN_DONE;
}

static enum verb expired(struct conn *c)
{
    return ended(c, 0);
}

static const struct protocol above = {
    .received = received,
    .ended = ended,
    .expired = expired,
};

static struct ssl_ctx_st *client;
static SSL_CTX *servers[2];

static void init(void)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    static const struct tls_identity identity = {"DNS:blog.test"};
    char why[TLS_REASON];

    FUZZ_CHECK(!tls_client_create(tls_peer_root(), &client, why));
    for (size_t i = 0; i < 2; i++) {
        servers[i] = tls_peer_context(&identity);
        SSL_CTX_set_max_proto_version(servers[i], versions[i]);
    }
}

struct input {
    const uint8_t *data, *at, *end;
    size_t turn, sent;
};

/* What the server sends, where it is to be changed. */
static int change(struct input *in, uint8_t *bytes, int len)
{
    for (; in->end - in->at >= 4; in->at += 4) {
        size_t where = (size_t)(in->at[0] << 8 | in->at[1]);

        if (where < in->sent || where >= in->sent + (size_t)len)
            break;
        where -= in->sent;
        if (in->at[2] % 4 == 0)
            len = (int)where + 1;
        else if (in->at[2] % 4 == 1)
            memmove(bytes + where, bytes, (size_t)len - where);
        else
            bytes[where] = in->at[3];
    }
    in->sent += (size_t)len;
    return len;
}

static int listen_to(struct input *in, SSL *ssl, uint8_t *bytes)
{
    static char body[BODY];
    char question;
    int n;

    if (!ssl) {
        n = (int)(in->end - in->at);
        memcpy(bytes, in->at, (size_t)n);
        in->at = in->end;
        return n;
    }
    memset(body, '!', BODY);
    ERR_clear_error();
    if (SSL_do_handshake(ssl) == 1 && SSL_read(ssl, &question, 1) == 1 &&
        SSL_write(ssl, body, BODY) > 0)
        SSL_shutdown(ssl);
    n = BIO_read(SSL_get_wbio(ssl), bytes, MOST);
    return n > 0 ? change(in, bytes, n) : 0;
}

static enum verb settle(enum verb verb, SSL *ssl)
{
    const void *pending;
    size_t len;

    if (verb == CONN_WORK) {
        while (conn_work(&lane.conn) == WORK_MORE) {
        }
        verb = conn_worked(&lane.conn);
    }
    while (verb == CONN_WAIT && (pending = conn_pending(&lane.conn, &len))) {
        if (ssl)
            BIO_write(SSL_get_rbio(ssl), pending, (int)len);
        conn_sent(&lane.conn, len);
    }
    return verb;
}

static void drive(struct input *in, SSL *ssl, enum verb verb)
{
    uint8_t *bytes = malloc(MOST);
    int n;

    FUZZ_CHECK(bytes);
    verb = settle(verb, ssl);
    while (verb == CONN_WAIT && (n = listen_to(in, ssl, bytes)) > 0)
        for (size_t at = 0, len; at < (size_t)n && verb == CONN_WAIT;
             at += len) {
            len = fuzz_piece(in->data, &in->turn, (size_t)n - at);
            verb = settle(conn_received(&lane.conn, bytes + at, len), ssl);
        }
    free(bytes);
    if (verb == CONN_WAIT)
        verb =
            in->turn % 2 ? conn_ended(&lane.conn, 0) : conn_expired(&lane.conn);
    FUZZ_CHECK(verb == CONN_DONE && lane.ends == 1);
    FUZZ_CHECK(!lane.tls.shake.ssl && !lane.tls.shake.in && !lane.tls.encoded);
}

static SSL *serve(unsigned which)
{
    SSL *ssl = which < 2 ? SSL_new(servers[which]) : NULL;

    if (!ssl)
        return NULL;
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl);
    return ssl;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {.data = data, .at = data + HEAD, .end = data + size};
    SSL *ssl;

    if (size < HEAD)
        return 0;
    if (!client)
        init();
    lane = (struct lane){.now_ns = NS_PER_S};
    lane.layers = (struct layers){
        .protocol = &above, .state = &lane, .now_ns = &lane.now_ns};
    lane.conn = (struct conn){.layers = &lane.layers, .deadline_ns = NS_PER_S};
    ssl = serve(data[8] % 4);
    drive(&in, ssl,
          tls_begin(&lane.tls, client, &lane.conn, "blog.test", done));
    SSL_free(ssl);
    return 0;
}
