/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_TLS_SESSION_H
#define BATON_WORKLOADS_WEB_TLS_SESSION_H

#include "workloads/kinds/outcome.h"

enum {
    TLS_REASON = 96,                 /* bytes, with a NUL */
    TLS_MAX_CERTIFICATES = 64 * 1024 /* bytes of the peer's chain */
};

/* Constant while lanes run; OpenSSL's SSL_CTX, of either side. */
struct ssl_ctx_st;

/* Why this build has no TLS, which names the package; NULL: it has. */
const char *tls_missing(void);

/*
 * For clients: checks chain, dates and host name against the certificates in
 * `cafile`; NULL: the system's.  Made once, before lanes run: it takes
 * milliseconds.  0, or -errno and the reason.
 */
int tls_client_create(const char *cafile, struct ssl_ctx_st **ret,
                      char why[TLS_REASON]);
void tls_context_destroy(struct ssl_ctx_st *context); /* accepts NULL */

/* An SSL over two memory BIOs for a host, or NULL; see tls_begin(). */
struct ssl_st *tls_session(struct ssl_ctx_st *context, const char *host);

/*
 * The class of the error that OpenSSL met, whose text it writes; the thread's
 * queue of errors is empty then.
 */
enum outcome tls_error(struct ssl_st *ssl, char reason[TLS_REASON]);

#endif
