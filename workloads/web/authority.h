/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_AUTHORITY_H
#define BATON_WORKLOADS_WEB_AUTHORITY_H

#include <stdbool.h>

/*
 * A certificate authority of a run's own, P-256 throughout.  It issues the
 * certificates of the answering side; no other program trusts it.
 */
struct authority;
struct x509_st;
struct evp_pkey_st;

/* How a certificate differs from a good one. */
enum issue_flaw {
    ISSUE_GOOD,
    ISSUE_EXPIRED, /* since yesterday */
    ISSUE_MISNAMED,
    ISSUE_UNKNOWN, /* by an authority that is not this one */
};

/*
 * Its certificate and key as text (PEM), made anew, for free(); NULL: no
 * memory, or no OpenSSL.
 */
char *authority_make(void);

/* NULL: no memory, or not such a text. */
struct authority *authority_create(const char *pem);
void authority_destroy(struct authority *a); /* accepts NULL */

/* The key of all certificates that it issues. */
struct evp_pkey_st *authority_key(const struct authority *a);

/*
 * A certificate for the host names below `domain`, or, where that is NULL, for
 * the first addresses of the loopback.  The caller's; NULL: no memory, or no
 * such name.
 */
struct x509_st *authority_issue(const struct authority *a, const char *domain,
                                enum issue_flaw flaw);

/* Its own certificate. */
struct x509_st *authority_certificate(const struct authority *a);

#endif
