/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_TLS_HANDSHAKE_H
#define BATON_WORKLOADS_WEB_TLS_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "workloads/kinds/connections.h"
#include "workloads/web/tls_session.h"

enum { TLS_MAX_HANDSHAKE = 256 * 1024 }; /* bytes that the peer may send */

struct journal;

struct tls_handshake {
    struct ssl_st *ssl; /* NULL: no dial is encoded */
    char *in;           /* not yet decoded */
    size_t in_len, in_total;
    enum outcome outcome; /* OUTCOME_OK: it did not fail */
    bool complete;
    char reason[TLS_REASON];
};

/*
 * What the peer sent.  False: the first record is not complete.  Else there is
 * a piece of work, or h->outcome says why there will not be one.
 */
bool tls_gather(struct tls_handshake *h, const void *data, size_t len);

/*
 * A piece of the handshake: a record, or none for what begins it.  Behind
 * WORK_DONE it is complete, failed, or awaits more.  Its CPU time goes to the
 * journal, unless that is NULL.
 */
enum work_left tls_shake(struct tls_handshake *h, struct journal *j);

#endif
