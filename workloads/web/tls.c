/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD = 5,           /* bytes of a record's head: type, version, length */
    RECORD = 1 << 14,   /* bytes of plain text in the longest one */
    PIECE = 4 * RECORD, /* of plain text that is encoded at once */
};

static struct tls *self(const struct conn *c)
{
    return c->layers->state;
}

void tls_drop(struct tls *t)
{
    SSL_free(t->shake.ssl);
    free(t->shake.in);
    free(t->encoded);
    t->shake.ssl = NULL;
    t->shake.in = t->encoded = NULL;
    t->plain = NULL;
    t->plain_len = 0;
}

/*
 * What was encoded is staged on the heap, because a write may be in flight
 * while OpenSSL encodes more.
 */
static void stage_encoded(struct conn *c)
{
    struct tls *t = self(c);
    BIO *out = SSL_get_wbio(t->shake.ssl);
    size_t len = BIO_ctrl_pending(out);
    char *room;

    if (len == 0 || c->layers->out_len > 0)
        return;
    room = realloc(t->encoded, len);
    if (!room) /* nothing is sent, and the deadline passes */
        return;
    t->encoded = room;
    BIO_read(out, room, (int)len);
    conn_stage(c, room, len);
}

/* What may be sent next, unless something is in flight. */
static void encode(struct conn *c, size_t most)
{
    struct tls *t = self(c);
    size_t len = t->plain_len < most ? t->plain_len : most;

    if (c->layers->out_len > 0)
        return;
    if (len > 0 && SSL_write(t->shake.ssl, t->plain, (int)len) > 0) {
        t->plain += len;
        t->plain_len -= len;
    }
    stage_encoded(c);
}

/* Of an answering side: all that is left, and the end in order. */
static void encode_end(struct conn *c)
{
    struct tls *t = self(c);
    int len = (int)t->plain_len;

    if (c->reset || c->layers->out_len > 0)
        return;
    if (len == 0 || SSL_write(t->shake.ssl, t->plain, len) == len)
        SSL_shutdown(t->shake.ssl);
    t->plain_len = 0;
    stage_encoded(c);
}

/*
 * Between the two the layer above has the lane, for one callback.  As long as
 * something is to be sent, it finds something pending.
 */
static const struct protocol *lend(struct conn *c)
{
    struct tls *t = self(c);

    t->lent = c->layers->out;
    t->lent_len = c->layers->out_len;
    if (t->plain_len > 0) {
        c->layers->out = t->plain;
        c->layers->out_len = t->plain_len;
    }
    t->shown = c->layers->out;
    layer_pop(c, &t->above);
    return t->above.protocol;
}

/* A client has nothing to say behind its end, and never in plain text. */
static bool is_over(const struct tls *t, enum verb verb)
{
    return verb == CONN_DIAL || (verb == CONN_DONE && t->client);
}

static enum verb take_back(struct conn *c, struct tls *t, enum verb verb)
{
    struct layers *l = c->layers;

    if (is_over(t, verb)) {
        conn_stage(c, NULL, 0);
        tls_drop(t);
        return verb;
    }
    if (l->out_len > 0 && l->out != t->shown) {
        t->plain = l->out;
        t->plain_len = l->out_len;
        t->staged = true;
    }
    l->out = t->lent;
    l->out_len = t->lent_len;
    t->working = verb == CONN_WORK;
    layer_push(c, &t->above, &protocol_tls, t);
    if (verb == CONN_DONE)
        encode_end(c);
    else
        encode(c, PIECE);
    return verb;
}

static enum verb end_above(struct conn *c, int error)
{
    struct tls *t = self(c);

    return take_back(c, t, lend(c)->ended(c, error));
}

/* There is nothing more to decode now: why? */
static enum verb settle(struct conn *c, int result)
{
    struct tls *t = self(c);

    switch (SSL_get_error(t->shake.ssl, result)) {
    case SSL_ERROR_WANT_READ:
        encode(c, PIECE);
        return CONN_WAIT;
    case SSL_ERROR_ZERO_RETURN:
        t->closed = true;
        return end_above(c, 0);
    default:
        tls_error(t->shake.ssl, t->shake.reason);
        return end_above(c, -EPROTO);
    }
}

/* An error of an earlier call would be taken for one of this. */
static int read_plain(struct tls *t, char *plain)
{
    ERR_clear_error();
    return SSL_read(t->shake.ssl, plain, RECORD);
}

static enum verb decode(struct conn *c)
{
    struct tls *t = self(c);
    char *plain = malloc(RECORD);
    enum verb verb = CONN_WAIT;
    int n = 0;

    if (!plain)
        return end_above(c, -ENOMEM);
    while (verb == CONN_WAIT && (n = read_plain(t, plain)) > 0)
        verb = take_back(c, t, lend(c)->received(c, plain, (size_t)n));
    free(plain);
    return verb == CONN_WAIT ? settle(c, n) : verb;
}

static enum verb begin_work(struct tls *t)
{
    t->working = true;
    return CONN_WORK;
}

/*
 * The layer above sees a lane of its own, for the driver may have sent the last
 * bytes of this one meanwhile, on another thread.
 */
static enum work_left work_above(struct conn *c, struct tls *t)
{
    struct layers layers = {
        .protocol = t->above.protocol,
        .state = t->above.state,
        .journal = c->layers->journal,
        .now_ns = c->layers->now_ns,
    };
    struct conn lane = {.index = c->index, .layers = &layers};

    return t->above.protocol->work(&lane);
}

static enum work_left work(struct conn *c)
{
    struct tls *t = self(c);

    return t->open ? work_above(c, t)
                   : tls_shake(&t->shake, c->layers->journal);
}

/* The lane is the other protocol's again, which decides what follows. */
static enum verb fail(struct conn *c, enum outcome outcome, const char *reason)
{
    struct tls *t = self(c);

    if (reason)
        snprintf(t->shake.reason, TLS_REASON, "%s", reason);
    layer_pop(c, &t->above);
    conn_stage(c, NULL, 0);
    tls_drop(t);
    return t->done(c, outcome);
}

/* What came behind the handshake is decoded now. */
static enum verb open_up(struct conn *c)
{
    struct tls *t = self(c);
    BIO *in = SSL_get_rbio(t->shake.ssl);
    enum verb verb;

    if (t->shake.in_len > 0 &&
        BIO_write(in, t->shake.in, (int)t->shake.in_len) <= 0)
        return fail(c, OUTCOME_LOCAL_LIMIT, "out of memory");
    free(t->shake.in);
    t->shake.in = NULL;
    t->open = true;
    lend(c);
    verb = take_back(c, t, t->done(c, OUTCOME_OK));
    return verb == CONN_WAIT ? decode(c) : verb;
}

static enum verb shaken(struct conn *c)
{
    struct tls *t = self(c);

    if (t->shake.outcome)
        return fail(c, t->shake.outcome, NULL);
    if (t->shake.complete)
        return open_up(c);
    stage_encoded(c);
    return CONN_WAIT;
}

/* The next bytes of the layer above, or the question whether it has more. */
static void drained(struct conn *c)
{
    struct tls *t = self(c);

    if (t->working || !t->shake.ssl)
        return;
    encode(c, PIECE);
    if (c->layers->out_len > 0 || !t->staged || t->plain_len > 0)
        return;
    t->staged = false;
    if (!t->above.protocol->drained)
        return;
    lend(c)->drained(c);
    take_back(c, t, CONN_WAIT);
}

static enum verb worked(struct conn *c)
{
    struct tls *t = self(c);
    enum verb verb;

    t->working = false;
    if (!t->open)
        return shaken(c);
    verb = take_back(c, t, lend(c)->worked(c));
    if (verb != CONN_WAIT)
        return verb;
    drained(c);
    return decode(c);
}

static enum verb received_handshake(struct conn *c, const void *data,
                                    size_t len)
{
    struct tls *t = self(c);

    if (!tls_gather(&t->shake, data, len))
        return CONN_WAIT;
    if (t->client && !t->shake.outcome)
        return begin_work(t);
    while (!t->shake.outcome && work(c) == WORK_MORE) {
    }
    return shaken(c);
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    struct tls *t = self(c);

    if (!t->open)
        return received_handshake(c, data, len);
    if (len > 0 && BIO_write(SSL_get_rbio(t->shake.ssl), data, (int)len) <= 0)
        return end_above(c, -ENOMEM);
    return decode(c);
}

static enum verb ended(struct conn *c, int error)
{
    struct tls *t = self(c);
    enum outcome outcome;

    if (t->open)
        return end_above(c, error ? error : t->closed ? 0 : -ECONNABORTED);
    outcome = error ? outcome_of_errno(PHASE_HEADER, error) : OUTCOME_RESET;
    return fail(c, outcome == OUTCOME_RESET ? OUTCOME_TLS_PROTOCOL : outcome,
                "the connection ended within the handshake");
}

static enum verb expired(struct conn *c)
{
    struct tls *t = self(c);

    if (t->open)
        return take_back(c, t, lend(c)->expired(c));
    snprintf(t->shake.reason, TLS_REASON,
             "the handshake was not complete in time");
    layer_pop(c, &t->above);
    tls_drop(t);
    return c->layers->protocol->expired(c);
}

const struct protocol protocol_tls = {
    .received = received,
    .ended = ended,
    .expired = expired,
    .work = work,
    .worked = worked,
    .drained = drained,
};

enum verb tls_begin(struct tls *t, struct ssl_ctx_st *context, struct conn *c,
                    const char *host,
                    enum verb (*done)(struct conn *c, enum outcome outcome))
{
    *t = (struct tls){
        .done = done,
        .client = host != NULL,
        .shake.ssl = tls_session(context, host),
    };
    layer_push(c, &t->above, &protocol_tls, t);
    if (!t->shake.ssl)
        return fail(c, OUTCOME_LOCAL_LIMIT, "out of memory");
    return t->client ? begin_work(t) : CONN_WAIT;
}
