/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/tls_session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *tls_missing(void)
{
    return NULL;
}

static void take_error(char reason[TLS_REASON])
{
    unsigned long error = ERR_peek_error();
    const char *text = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error))
                                               : ERR_reason_error_string(error);

    snprintf(reason, TLS_REASON, "%s", text ? text : "an unknown error");
    ERR_clear_error();
}

/* No session is kept, so each dial has a whole handshake. */
static bool set_up(SSL_CTX *context, const char *cafile)
{
    static const unsigned char protocols[] = "\x08http/1.1";

    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(context, TLS_MAX_CERTIFICATES);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) &&
           !SSL_CTX_set_alpn_protos(context, protocols,
                                    sizeof(protocols) - 1) &&
           (cafile ? SSL_CTX_load_verify_file(context, cafile)
                   : SSL_CTX_set_default_verify_paths(context));
}

int tls_client_create(const char *cafile, struct ssl_ctx_st **ret,
                      char why[TLS_REASON])
{
    SSL_CTX *context;

    ERR_clear_error();
    context = SSL_CTX_new(TLS_client_method());
    if (context && set_up(context, cafile)) {
        *ret = context;
        return 0;
    }
    take_error(why);
    SSL_CTX_free(context);
    return context ? -EINVAL : -ENOMEM;
}

void tls_context_destroy(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

static bool is_address(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 ||
           inet_pton(AF_INET6, host, &address) == 1;
}

/* Certificates have no dot behind a name, and SNI has no addresses. */
static bool expect(SSL *ssl, const char *host)
{
    char name[256];
    size_t len = strlen(host);

    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
    if (len > 0 && host[len - 1] == '.')
        len--;
    if (len >= sizeof(name))
        return false;
    memcpy(name, host, len);
    name[len] = '\0';
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, name) && SSL_set1_host(ssl, name);
}

struct ssl_st *tls_session(struct ssl_ctx_st *context, const char *host)
{
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    SSL *ssl = SSL_new(context);

    if (!in || !out || !ssl || (host && !expect(ssl, host))) {
        BIO_free(in);
        BIO_free(out);
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_bio(ssl, in, out);
    if (host)
        SSL_set_connect_state(ssl);
    else
        SSL_set_accept_state(ssl);
    return ssl;
}

static const char *untrusted(long result)
{
    switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "the certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "the certificate is not valid yet";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "the certificate is for another host";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "the certificate's issuer is unknown";
    default:
        return X509_verify_cert_error_string(result);
    }
}

enum outcome tls_error(struct ssl_st *ssl, char reason[TLS_REASON])
{
    unsigned long error = ERR_peek_error();
    long result = SSL_get_verify_result(ssl);

    if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
        ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED &&
        result != X509_V_OK) {
        snprintf(reason, TLS_REASON, "%s", untrusted(result));
        ERR_clear_error();
        return OUTCOME_TLS_UNTRUSTED;
    }
    if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE) {
        take_error(reason);
        return OUTCOME_LOCAL_LIMIT;
    }
    take_error(reason);
    return OUTCOME_TLS_PROTOCOL;
}
