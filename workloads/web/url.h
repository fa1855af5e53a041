/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_URL_H
#define BATON_WORKLOADS_WEB_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/web/encoding.h"

/*
 * URLs as people and pages write them, read as browsers do
 * (url.spec.whatwg.org), as far as they are http or https.
 */
enum { URL_MAX = 2048 };

enum url_error {
    URL_OK,
    URL_BROKEN,      /* not a URL, or no host */
    URL_UNREACHABLE, /* with a user, a password or port 0 */
    URL_SCHEME,      /* a URL, but of another scheme */
    URL_TOO_LONG,    /* URL_MAX or more */
};

/*
 * An absolute URL, normalized: no fragment, dots removed, host in lower case,
 * the port of the scheme left out, a path that begins with '/'.  Parts are
 * ranges of `text`.
 */
struct url {
    char text[URL_MAX];                /* with a NUL */
    uint16_t host, host_len;           /* without the brackets of IPv6 */
    uint16_t authority, authority_len; /* for the Host header: host[:port] */
    uint16_t target, target_len; /* path and query, for the request line */
    uint16_t port;               /* 80 or 443 when none is written */
    bool tls;                    /* https */
};

/* "'TEXT' is ...", in words. */
const char *url_error_text(enum url_error error);

/* What fails leaves *ret alone. */
enum url_error url_parse(const char *text, struct url *ret);

/*
 * What a reference on the page `base` means ("" is the page itself); `ret` may
 * be `base`.  Letters in its query are sent in the encoding of the page; NULL:
 * as they are.
 */
enum url_error url_resolve(const struct url *base, const char *reference,
                           const struct encoding *page, struct url *ret);

#endif
