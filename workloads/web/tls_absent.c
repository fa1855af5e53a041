/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the place of the other files of TLS where there is no OpenSSL. */
#include <errno.h>
#include <stdio.h>

#include "workloads/web/tls.h"
#include "workloads/web/tls_server.h"

const char *tls_missing(void)
{
    return "this build has no OpenSSL (Debian: libssl-dev)";
}

int tls_client_create(const char *cafile, struct ssl_ctx_st **ret,
                      char why[TLS_REASON])
{
    (void)cafile, (void)ret;
    snprintf(why, TLS_REASON, "%s", tls_missing());
    return -ENOTSUP;
}

void tls_context_destroy(struct ssl_ctx_st *context)
{
    (void)context;
}

enum verb tls_begin(struct tls *t, struct ssl_ctx_st *context, struct conn *c,
                    const char *host,
                    enum verb (*done)(struct conn *c, enum outcome outcome))
{
    (void)context, (void)host;
    snprintf(t->shake.reason, TLS_REASON, "%s", tls_missing());
    return done(c, OUTCOME_TLS_PROTOCOL);
}

void tls_drop(struct tls *t)
{
    (void)t;
}

char *authority_make(void)
{
    return NULL;
}

struct tls_server *tls_server_create(const char *authority_pem)
{
    (void)authority_pem;
    return NULL;
}

void tls_server_destroy(struct tls_server *s)
{
    (void)s;
}

bool tls_server_enter(struct tls_server *s, struct conn *c)
{
    (void)s, (void)c;
    return false;
}

void tls_server_leave(struct conn *c)
{
    (void)c;
}
