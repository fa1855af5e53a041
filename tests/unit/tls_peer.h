/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_TLS_PEER_H
#define TESTS_UNIT_TLS_PEER_H

#include <openssl/ssl.h>
#include <stdbool.h>

/*
 * The other side of a TLS handshake, without a socket, and certificates that
 * are made when they are needed.
 */
struct tls_identity {
    const char *names;         /* "DNS:blog.test,IP:127.0.0.1" */
    int from_days, until_days; /* from now; both 0: valid */
    bool stranger;             /* its issuer is not in tls_peer_root() */
};

/* The path of a file with the issuer's certificate, removed at exit. */
const char *tls_peer_root(void);

/* A context of the answering side. */
SSL_CTX *tls_peer_context(const struct tls_identity *identity);

#endif
