/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_TLS_SESSION_H
#define BATON_WORKLOADS_WEB_TLS_SESSION_H

#include "workloads/web/tls.h"

/* The parts of tls.c: the handshake, and OpenSSL's settings and errors. */

/*
 * What the peer sent within the handshake.  False: the first record is not
 * complete.  Else there is a piece of work, or t->outcome says why there will
 * not be one.
 */
bool tls_gather(struct tls *t, const void *data, size_t len);

/*
 * A piece of the handshake: a record, or none for what begins it.  Behind
 * WORK_DONE it is complete, failed with t->outcome, or awaits more.
 */
enum work_left tls_shake(struct tls *t, struct journal *j);

/* An SSL over two memory BIOs for a host, or NULL; see tls_begin(). */
struct ssl_st *tls_session(struct ssl_ctx_st *context, const char *host);

/*
 * The class of the error that OpenSSL met, whose text it writes; the thread's
 * queue of errors is empty then.
 */
enum outcome tls_error(struct ssl_st *ssl, char reason[TLS_REASON]);

#endif
