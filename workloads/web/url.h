/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_URL_H
#define BATON_WORKLOADS_WEB_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * URLs as people and pages write them (RFC 3986, and what browsers forgive: raw
 * spaces, UTF-8 and the like are percent-encoded, backslashes turned, tabs,
 * line ends and white space around dropped), parsed and resolved by uriparser.
 */
enum { URL_MAX = 2048 };

enum url_error {
    URL_OK,
    URL_BROKEN,   /* not a URL, or no host, or a foreign one, or a user */
    URL_SCHEME,   /* a URL, but not http */
    URL_TOO_LONG, /* URL_MAX or more */
};

/*
 * An absolute http URL, normalized: no fragment, dots removed, host in lower
 * case, port 80 left out, a path that begins with '/'.  Parts are ranges of
 * `text`.
 */
struct url {
    char text[URL_MAX];                /* with a NUL */
    uint16_t host, host_len;           /* without the brackets of IPv6 */
    uint16_t authority, authority_len; /* for the Host header: host[:port] */
    uint16_t target, target_len; /* path and query, for the request line */
    uint16_t port;               /* 80 when none is written */
};

/* "'TEXT' is ...", in words. */
const char *url_error_text(enum url_error error);

/* What fails leaves *ret alone. */
enum url_error url_parse(const char *text, struct url *ret);

/*
 * What a reference on the page `base` means ("" is the page itself); `ret` may
 * be `base`.
 */
enum url_error url_resolve(const struct url *base, const char *reference,
                           struct url *ret);

#endif
