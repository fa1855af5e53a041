/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/tls_server.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/web/tls.h"

enum { N_SCRIPTS = 16, DOMAIN = 256 };

struct tls_server {
    struct authority *authority;
    SSL_CTX *context;
    /* The last certificate of each script: it is issued when it is needed. */
    struct issued {
        char domain[DOMAIN];
        X509 *certificate;
    } issued[N_SCRIPTS];
};

/* Of one connection, between the filter and the protocol until it is open. */
struct side {
    struct tls tls; /* first */
    struct layer above;
    struct tls_server *server;
    const struct tls_script *script;
};

static const uint64_t slow_ns = 20 * NS_PER_S;   /* for the handshake */
static const uint64_t hang_ns = 7200 * NS_PER_S; /* longer than any time-out */

/* Which script, and for which domain: what follows the first dot. */

static const struct tls_script *find_script(const char *domain)
{
    size_t len = strcspn(domain, "-.");

    for (size_t i = 0; i < n_tls_scripts; i++)
        if (strlen(tls_scripts[i].name) == len &&
            strncmp(tls_scripts[i].name, domain, len) == 0)
            return &tls_scripts[i];
    return &tls_scripts[0];
}

/* The extension is the length of a list, a type, a length and the name. */
static bool read_domain(SSL *ssl, char ret[DOMAIN])
{
    enum { BEFORE = 5 };
    const unsigned char *at, *dot;
    size_t len;

    if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &at, &len) ||
        len <= BEFORE)
        return false;
    dot = memchr(at + BEFORE, '.', len - BEFORE);
    if (!dot)
        return false;
    len = (size_t)(at + len - (dot + 1));
    if (len >= DOMAIN)
        return false;
    memcpy(ret, dot + 1, len);
    ret[len] = '\0';
    return true;
}

static X509 *certificate_for(struct tls_server *s, const char *domain,
                             const struct tls_script *script)
{
    struct issued *i = &s->issued[script - tls_scripts];

    if (i->certificate && strcmp(i->domain, domain) == 0)
        return i->certificate;
    X509_free(i->certificate);
    i->certificate = authority_issue(s->authority, domain, script->flaw);
    strcpy(i->domain, domain);
    return i->certificate;
}

static bool play(struct side *side, SSL *ssl, const char *domain)
{
    const struct tls_script *script = side->script;
    X509 *x = certificate_for(side->server, domain, script);

    if (script->older)
        SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_set_quiet_shutdown(ssl, script->unclosed);
    if (!x || !SSL_use_certificate(ssl, x))
        return false;
    for (unsigned i = 0; i < script->chain; i++)
        SSL_add1_chain_cert(ssl, x);
    return true;
}

/* The first message of the client is there. */
static int on_hello(SSL *ssl, int *ret_alert, void *context)
{
    struct side *side = SSL_get_app_data(ssl);
    char domain[DOMAIN];

    (void)context;
    if (!read_domain(ssl, domain))
        return SSL_CLIENT_HELLO_SUCCESS;
    side->script = find_script(domain);
    if (side->script->act != TLS_SERVES && side->script->act != TLS_GARBLES)
        return SSL_CLIENT_HELLO_RETRY; /* not with OpenSSL */
    if (play(side, ssl, domain))
        return SSL_CLIENT_HELLO_SUCCESS;
    *ret_alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
}

/* As a layer. */

static struct side *self(const struct conn *c)
{
    return c->layers->state;
}

static enum verb say(struct conn *c, const void *data, size_t len)
{
    conn_stage(c, data, len);
    return CONN_DONE;
}

/* Without the filter. */
static enum verb refuse(struct conn *c)
{
    static const char plain[] = "HTTP/1.1 400 Bad Request\r\n"
                                "Content-Length: 0\r\n\r\n";
    /* The head of a record with ServerHello, and a part of that. */
    static const char part[] = "\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03";

    switch (self(c)->script->act) {
    case TLS_IS_PLAIN:
        return say(c, plain, sizeof(plain) - 1);
    case TLS_CUTS:
        return say(c, part, sizeof(part) - 1);
    case TLS_IS_SILENT:
        c->deadline_ns = conn_now(c) + hang_ns;
        return CONN_WAIT;
    default: /* the client ended it */
        return CONN_DONE;
    }
}

static enum verb shaken(struct conn *c, enum outcome outcome)
{
    struct side *side = self(c);

    if (outcome != OUTCOME_OK)
        return refuse(c);
    if (side->script->act == TLS_GARBLES)
        return CONN_WAIT; /* for a request: unread, it would cause a reset */
    layer_pop(c, &side->above);
    return c->layers->protocol->opened(c);
}

static enum verb opened(struct conn *c)
{
    struct side *side = self(c);
    enum verb verb;

    c->deadline_ns = conn_now(c) + slow_ns;
    verb = tls_begin(&side->tls, side->server->context, c, NULL, shaken);
    if (side->tls.shake.ssl)
        SSL_set_app_data(side->tls.shake.ssl, side);
    return verb;
}

/* A request for TLS_GARBLES. */
static enum verb received(struct conn *c, const void *data, size_t len)
{
    static const char record[] = "\x17\x03\x03\0\x20"
                                 "this record cannot be decrypted.";
    SSL *ssl = self(c)->tls.shake.ssl;

    (void)data, (void)len;
    if (ssl)
        BIO_write(SSL_get_wbio(ssl), record, sizeof(record) - 1);
    c->deadline_ns = ssl ? 0 : c->deadline_ns; /* at once, when it is sent */
    return CONN_WAIT;
}

static enum verb ended(struct conn *c, int error)
{
    (void)c, (void)error;
    return CONN_DONE;
}

static enum verb expired(struct conn *c)
{
    (void)c;
    return CONN_DONE;
}

static const struct protocol protocol_side = {
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
};

bool tls_server_enter(struct tls_server *s, struct conn *c)
{
    struct side *side = calloc(1, sizeof(*side));

    if (!side)
        return false;
    side->server = s;
    side->script = &tls_scripts[0];
    layer_push(c, &side->above, &protocol_side, side);
    return true;
}

void tls_server_leave(struct conn *c)
{
    struct side *side = self(c);
    const struct protocol *lowest = c->layers->protocol;

    if (lowest != &protocol_side && lowest != &protocol_tls)
        return;
    if (lowest == &protocol_tls)
        layer_pop(c, &side->tls.above);
    if (c->layers->protocol == &protocol_side)
        layer_pop(c, &side->above);
    tls_drop(&side->tls);
    free(side);
}

/* The context. */

static int choose_protocol(SSL *ssl, const unsigned char **ret,
                           unsigned char *ret_len, const unsigned char *offered,
                           unsigned len, void *context)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *found;

    (void)ssl, (void)context;
    if (SSL_select_next_proto(&found, ret_len, ours, sizeof(ours) - 1, offered,
                              len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *ret = found;
    return SSL_TLSEXT_ERR_OK;
}

/* Where a client gives no name, the certificate is for addresses. */
static bool set_up(struct tls_server *s)
{
    SSL_CTX *c = s->context;
    X509 *x = authority_issue(s->authority, NULL, ISSUE_GOOD);
    bool done = c && x && SSL_CTX_use_certificate(c, x) &&
                SSL_CTX_use_PrivateKey(c, authority_key(s->authority)) &&
                SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) &&
                SSL_CTX_set_num_tickets(c, 0);

    X509_free(x);
    if (!done)
        return false;
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(c, choose_protocol, NULL);
    SSL_CTX_set_client_hello_cb(c, on_hello, NULL);
    return true;
}

struct tls_server *tls_server_create(const char *authority_pem)
{
    struct tls_server *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->authority = authority_create(authority_pem);
    if (s->authority)
        s->context = SSL_CTX_new(TLS_server_method());
    if (s->authority && set_up(s))
        return s;
    tls_server_destroy(s);
    return NULL;
}

void tls_server_destroy(struct tls_server *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < N_SCRIPTS; i++)
        X509_free(s->issued[i].certificate);
    SSL_CTX_free(s->context);
    authority_destroy(s->authority);
    free(s);
}
