/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_TLS_SERVER_H
#define BATON_WORKLOADS_WEB_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"
#include "workloads/web/authority.h"

/*
 * The answering side of TLS, under a server's protocol.  The name that a client
 * asks for (SNI) has the script in its second label, as in nameserver.h:
 * "17.expired-10.origin.test".  Without a name, or with another one, the first
 * script is played.
 */
enum tls_act {
    TLS_SERVES,
    TLS_IS_SILENT, /* does not answer the first message */
    TLS_IS_PLAIN,  /* answers it without TLS */
    TLS_CUTS,      /* and ends in the middle of the handshake */
    TLS_GARBLES,   /* sends a record that is none, behind the handshake */
};

struct tls_script {
    const char *name, *what; /* "expired", "its certificate has expired" */
    enum outcome outcome;    /* what a client has to make of it */
    const char *fault;       /* the site behind it, of fault.h; NULL: a blog */
    enum tls_act act;
    enum issue_flaw flaw; /* of the certificate */
    unsigned chain;       /* certificates besides */
    bool older;           /* TLS 1.2 */
    bool unclosed;        /* no close_notify at the end */
};
/* The first one serves. */
extern const struct tls_script tls_scripts[];
extern const size_t n_tls_scripts;

/* What all connections of a server share.  NULL: no memory, or no OpenSSL. */
struct tls_server;
struct tls_server *tls_server_create(const char *authority_pem);
void tls_server_destroy(struct tls_server *s); /* accepts NULL */

/*
 * Under the protocol of an answering side, before it is opened; false: no
 * memory.  _leave() before the conn is destroyed; accepts one without it.
 */
bool tls_server_enter(struct tls_server *s, struct conn *c);
void tls_server_leave(struct conn *c);

#endif
