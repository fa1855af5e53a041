/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_TLS_H
#define BATON_WORKLOADS_WEB_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"
#include "workloads/web/tls_handshake.h"

/*
 * TLS 1.2 and 1.3 as a filter between a protocol and its socket.  OpenSSL
 * encodes and decodes in memory; it sees no descriptor.
 *
 * A client pushes the filter when its lane is connected, in its opened(), and
 * is called again when the handshake is over.  The handshake is answered with
 * CONN_WORK, a record in each piece; its CPU time goes to the journal.  An
 * answering side does it within received().
 *
 * What the filter tells the protocol above: ended() with 0 is the server's
 * close_notify, the end in order.  -ECONNABORTED is an end without it, so that
 * a body of open length may be incomplete.  -EPROTO is a record that cannot be
 * decoded, or an alert.
 */
/* Of a lane; zeroed before its first use. */
struct tls {
    /*
     * The handshake is over, and the layer above has the lane again.  With
     * OUTCOME_OK what it sends and receives is encoded from here to the end of
     * the dial; else the dial is over, and shake.reason says why.
     */
    enum verb (*done)(struct conn *c, enum outcome outcome);
    struct layer above;
    struct tls_handshake shake; /* reason: also of later errors */
    char *encoded;              /* what is staged, on the heap */
    const char *lent;           /* that, while the layer above has the lane */
    size_t lent_len;
    const char *shown; /* meanwhile, as pending */
    const char *plain; /* what the layer above staged, and is not encoded */
    size_t plain_len;
    bool client;
    bool open;    /* done() was called with OUTCOME_OK */
    bool working; /* CONN_WORK was answered */
    bool closed;  /* the peer's close_notify came */
    bool staged;  /* the layer above awaits its drained() */
};

/*
 * Begins the handshake on a lane that is connected: opened() of the layer above
 * returns what this returns.  `host` is a name or an IP address, with a NUL.
 * NULL: this is the answering side, of such a context.
 */
enum verb tls_begin(struct tls *t, struct ssl_ctx_st *context, struct conn *c,
                    const char *host,
                    enum verb (*done)(struct conn *c, enum outcome outcome));

/*
 * Frees what a dial has.  A client's filter does it with DIAL and DONE; the
 * owner of an answering side does it when the connection is closed.
 */
void tls_drop(struct tls *t);

/* The filter as it stands in a stack: its state is the struct tls. */
extern const struct protocol protocol_tls;

#endif
