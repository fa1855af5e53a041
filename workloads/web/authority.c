/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 24 * 60 * 60, YEAR_S = 366 * DAY_S, NAME = 256 };

static const char curve[] = "P-256";

/* The addresses that the origin listens on, and more. */
static const char addresses[] =
    "IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3,IP:127.0.0.4,IP:127.0.0.5,"
    "IP:127.0.0.6,IP:127.0.0.7,IP:127.0.0.8,IP:::1,DNS:localhost";

struct authority {
    X509 *certificate;
    EVP_PKEY *key, *issued_key;
};

static bool name_it(X509_NAME *name, const char *text)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *)text, -1, -1, 0);
}

static bool add_extension(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool added = e && X509_add_ext(x, e, -1);

    X509_EXTENSION_free(e);
    return added;
}

/* A number that no other certificate of this issuer has. */
static bool number(X509 *x)
{
    unsigned char bytes[8];
    BIGNUM *n;
    bool done;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 1);
    n = BN_bin2bn(bytes, sizeof(bytes), NULL);
    done = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
    BN_free(n);
    return done;
}

/* All but the issuer, the extensions and the signature. */
static X509 *draft(EVP_PKEY *key, const char *subject, long from_s, long to_s)
{
    X509 *x = X509_new();

    if (x && X509_set_version(x, X509_VERSION_3) && number(x) &&
        X509_gmtime_adj(X509_getm_notBefore(x), from_s) &&
        X509_gmtime_adj(X509_getm_notAfter(x), to_s) &&
        X509_set_pubkey(x, key) && name_it(X509_get_subject_name(x), subject))
        return x;
    X509_free(x);
    return NULL;
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *x = draft(key, "Baton test authority", -10L * YEAR_S, 10L * YEAR_S);

    if (x && X509_set_issuer_name(x, X509_get_subject_name(x)) &&
        add_extension(x, NID_basic_constraints, "critical,CA:TRUE") &&
        add_extension(x, NID_key_usage,
                      "critical,keyCertSign,digitalSignature") &&
        X509_sign(x, key, EVP_sha256()))
        return x;
    X509_free(x);
    return NULL;
}

/* A copy of what a memory BIO holds, as a string. */
static char *text_of(BIO *bio)
{
    char *data, *text;
    long len = BIO_get_mem_data(bio, &data);

    text = malloc((size_t)len + 1);
    if (!text)
        return NULL;
    memcpy(text, data, (size_t)len);
    text[len] = '\0';
    return text;
}

char *authority_make(void)
{
    EVP_PKEY *key = EVP_EC_gen(curve);
    X509 *x = key ? make_certificate(key) : NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;

    if (x && bio && PEM_write_bio_X509(bio, x) &&
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
        text = text_of(bio);
    BIO_free(bio);
    X509_free(x);
    EVP_PKEY_free(key);
    return text;
}

static void read_text(struct authority *a, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);

    if (!bio)
        return;
    a->certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    a->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
}

struct authority *authority_create(const char *pem)
{
    struct authority *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    read_text(a, pem);
    if (a->certificate && a->key)
        a->issued_key = EVP_EC_gen(curve);
    if (a->issued_key)
        return a;
    authority_destroy(a);
    return NULL;
}

void authority_destroy(struct authority *a)
{
    if (!a)
        return;
    X509_free(a->certificate);
    EVP_PKEY_free(a->key);
    EVP_PKEY_free(a->issued_key);
    free(a);
}

struct evp_pkey_st *authority_key(const struct authority *a)
{
    return a->issued_key;
}

struct x509_st *authority_certificate(const struct authority *a)
{
    return a->certificate;
}

/* In the text of an extension, a comma would begin another name. */
static bool is_name(const char *domain)
{
    size_t len = strspn(domain, "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");

    return len > 0 && len < NAME - 16 && !domain[len];
}

static bool sign(const struct authority *a, X509 *x, enum issue_flaw flaw)
{
    X509_NAME *own = X509_get_subject_name(a->certificate);
    X509_NAME *issuer = flaw == ISSUE_UNKNOWN ? X509_get_subject_name(x) : own;
    EVP_PKEY *key = flaw == ISSUE_UNKNOWN ? a->issued_key : a->key;

    return X509_set_issuer_name(x, issuer) && X509_sign(x, key, EVP_sha256());
}

struct x509_st *authority_issue(const struct authority *a, const char *domain,
                                enum issue_flaw flaw)
{
    long to_s = flaw == ISSUE_EXPIRED ? -DAY_S : YEAR_S;
    char names[NAME];
    X509 *x;

    if (domain && !is_name(domain))
        return NULL;
    if (domain)
        snprintf(names, sizeof(names), "DNS:*.%s",
                 flaw == ISSUE_MISNAMED ? "another.test" : domain);
    x = draft(a->issued_key, "Baton test server", -YEAR_S, to_s);
    if (x &&
        add_extension(x, NID_subject_alt_name, domain ? names : addresses) &&
        sign(a, x, flaw))
        return x;
    X509_free(x);
    return NULL;
}
