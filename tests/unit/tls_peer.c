/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/tls_peer.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DAY = 24 * 60 * 60 };

static struct issuer {
    X509 *certificate;
    EVP_PKEY *key;
} issuers[2]; /* the one that is trusted, and a stranger */

static void must(bool done)
{
    if (!done)
        abort();
}

static void extend(X509 *to, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, to, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension && X509_add_ext(to, extension, -1));
    X509_EXTENSION_free(extension);
}

/* Without an issuer it is one itself. */
static X509 *certify(EVP_PKEY *key, const struct issuer *by, const char *name,
                     const struct tls_identity *identity)
{
    X509 *x = X509_new();
    int until = identity->until_days ? identity->until_days : 2;

    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), rand());
    X509_gmtime_adj(X509_getm_notBefore(x), identity->from_days * DAY - 60);
    X509_gmtime_adj(X509_getm_notAfter(x), until * DAY);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(by ? by->certificate : x));
    X509_set_pubkey(x, key);
    if (by)
        extend(x, by->certificate, NID_subject_alt_name, identity->names);
    else
        extend(x, x, NID_basic_constraints, "critical,CA:TRUE");
    must(X509_sign(x, by ? by->key : key, EVP_sha256()));
    return x;
}

static const struct issuer *issuer(bool stranger)
{
    static const struct tls_identity valid = {0};
    struct issuer *i = &issuers[stranger];

    if (!i->key) {
        i->key = EVP_EC_gen("P-256");
        must(i->key);
        i->certificate =
            certify(i->key, NULL, stranger ? "stranger" : "root", &valid);
    }
    return i;
}

static char path[] = "/tmp/baton-root-XXXXXX";

static void clean(void)
{
    unlink(path);
    for (size_t i = 0; i < 2; i++) {
        X509_free(issuers[i].certificate);
        EVP_PKEY_free(issuers[i].key);
    }
}

const char *tls_peer_root(void)
{
    static bool written;
    FILE *out;

    if (written)
        return path;
    out = fdopen(mkstemp(path), "w");
    must(out && PEM_write_X509(out, issuer(false)->certificate));
    fclose(out);
    written = true;
    atexit(clean);
    return path;
}

SSL_CTX *tls_peer_context(const struct tls_identity *identity)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = certify(key, issuer(identity->stranger), "peer", identity);

    must(SSL_CTX_use_PrivateKey(context, key) &&
         SSL_CTX_use_certificate(context, x));
    X509_free(x);
    EVP_PKEY_free(key);
    return context;
}
