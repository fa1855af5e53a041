/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uriparser/Uri.h>

enum { DEFAULT_PORT = 80, MAX_PORT = 65535 };

const char *url_error_text(enum url_error error)
{
    switch (error) {
    case URL_OK:
        return "a URL";
    case URL_BROKEN:
        return "not a usable http URL (IDN hosts must be written as xn--...; "
               "user:password is not supported)";
    case URL_SCHEME:
        return "not http";
    case URL_TOO_LONG:
        return "longer than the 2047 bytes of a URL";
    }
    return "an unknown error";
}

/* Text that grows, up to what a URL may be. */
struct draft {
    char text[URL_MAX];
    size_t len;
    bool full;
};

static void add(struct draft *d, const char *data, size_t len)
{
    if (len >= sizeof(d->text) - d->len) {
        d->full = true;
        len = sizeof(d->text) - d->len - 1;
    }
    memcpy(d->text + d->len, data, len);
    d->len += len;
    d->text[d->len] = '\0';
}

/* The length of the scheme, or 0: there is none. */
static size_t scheme_length(const char *text)
{
    size_t n = 0;

    if (!isalpha((unsigned char)text[0]))
        return 0;
    while (isalnum((unsigned char)text[n]) ||
           (text[n] && strchr("+-.", text[n])))
        n++;
    return text[n] == ':' ? n : 0;
}

static void begin(struct draft *d)
{
    d->text[0] = '\0';
    d->len = 0;
    d->full = false;
}

/* Without what browsers leave out, and without the fragment. */
static void strip(const char *text, struct draft *ret)
{
    size_t len;
    bool query = false;

    begin(ret);
    while (*text && (unsigned char)*text <= ' ')
        text++;
    len = strlen(text);
    while (len > 0 && (unsigned char)text[len - 1] <= ' ')
        len--;
    for (size_t i = 0; i < len && text[i] != '#' && !ret->full; i++) {
        query = query || text[i] == '?';
        if (!strchr("\t\n\r", text[i]))
            add(ret, text[i] == '\\' && !query ? "/" : &text[i], 1);
    }
}

/* Where the authority ends, in which brackets are for IPv6. */
static size_t authority_end(const char *text)
{
    size_t at = scheme_length(text);

    if (at > 0)
        at++;
    if (text[at] != '/' || text[at + 1] != '/')
        return 0;
    return at + 2 + strcspn(text + at + 2, "/?");
}

/* Whether this character may stand in a URL as it is. */
static bool is_plain(const char *at, bool brackets)
{
    if (*at == '%')
        return isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
    if (*at == '[' || *at == ']')
        return brackets;
    return isascii(*at) &&
           (isalnum((unsigned char)*at) || strchr("-._~:/?#@!$&'()*+,;=", *at));
}

/* As RFC 3986 wants a reference to be written. */
static void encode(const char *text, struct draft *ret)
{
    size_t authority = authority_end(text), first = strcspn(text, "/?");
    char code[4];

    begin(ret);
    /* "12:30" has no scheme, and might be taken to have one. */
    if (scheme_length(text) == 0 && memchr(text, ':', first))
        add(ret, "./", 2);
    for (size_t i = 0; text[i]; i++) {
        snprintf(code, sizeof(code), "%%%02X", (unsigned char)text[i]);
        if (is_plain(&text[i], i < authority))
            add(ret, &text[i], 1);
        else
            add(ret, code, 3);
    }
}

/* Text into a reference that is relative, or http. */
static enum url_error mend(const char *text, struct draft *ret)
{
    struct draft stripped;
    size_t scheme;

    strip(text, &stripped);
    scheme = scheme_length(stripped.text);
    if (scheme > 0 && (scheme != 4 || strncasecmp(stripped.text, "http", 4)))
        return URL_SCHEME;
    memcpy(stripped.text, "http", scheme);
    encode(stripped.text, ret);
    return stripped.full || ret->full ? URL_TOO_LONG : URL_OK;
}

static size_t length(const UriTextRangeA *range)
{
    return range->first ? (size_t)(range->afterLast - range->first) : 0;
}

static bool read_port(const UriTextRangeA *text, uint16_t *ret)
{
    unsigned port = 0;

    for (const char *at = text->first; at < text->afterLast; at++) {
        port = 10 * port + (unsigned)(*at - '0');
        if (port > MAX_PORT)
            return false;
    }
    *ret = length(text) > 0 ? (uint16_t)port : DEFAULT_PORT;
    return *ret > 0;
}

static void add_host(struct draft *d, const UriUriA *uri, struct url *ret)
{
    char v6[INET6_ADDRSTRLEN];
    size_t at = d->len;

    if (uri->hostData.ip6) {
        inet_ntop(AF_INET6, uri->hostData.ip6->data, v6, sizeof(v6));
        add(d, "[", 1);
        at++;
        add(d, v6, strlen(v6));
    } else {
        add(d, uri->hostText.first, length(&uri->hostText));
    }
    for (size_t i = at; i < d->len; i++)
        d->text[i] = (char)tolower((unsigned char)d->text[i]);
    ret->host = (uint16_t)at;
    ret->host_len = (uint16_t)(d->len - at);
    if (uri->hostData.ip6)
        add(d, "]", 1);
}

static void add_authority(struct draft *d, const UriUriA *uri, struct url *ret)
{
    char port[8];

    ret->authority = (uint16_t)d->len;
    add_host(d, uri, ret);
    if (ret->port != DEFAULT_PORT) {
        snprintf(port, sizeof(port), ":%u", ret->port);
        add(d, port, strlen(port));
    }
    ret->authority_len = (uint16_t)(d->len - ret->authority);
}

static void add_target(struct draft *d, const UriUriA *uri, struct url *ret)
{
    ret->target = (uint16_t)d->len;
    if (!uri->pathHead)
        add(d, "/", 1);
    for (const UriPathSegmentA *s = uri->pathHead; s; s = s->next) {
        /* Put before "//" lest that is taken for a host, as it cannot be. */
        if (length(&s->text) == 1 && *s->text.first == '.')
            continue;
        add(d, "/", 1);
        add(d, s->text.first, length(&s->text));
    }
    if (uri->query.first) {
        add(d, "?", 1);
        add(d, uri->query.first, length(&uri->query));
    }
    ret->target_len = (uint16_t)(d->len - ret->target);
}

/*
 * A user would be lost on the way (the Host header has none, and no password is
 * ever sent), so the page that comes might not be the one that was meant. What
 * is encoded in a host is a foreign name, which needs IDNA.
 */
static bool is_reachable(const UriUriA *uri)
{
    const UriTextRangeA *host = &uri->hostText;

    return !uri->userInfo.first && length(host) > 0 &&
           !uri->hostData.ipFuture.first &&
           !memchr(host->first, '%', length(host));
}

static enum url_error write_down(const UriUriA *uri, struct url *ret)
{
    struct draft draft;
    struct url url;

    if (!is_reachable(uri) || !read_port(&uri->portText, &url.port))
        return URL_BROKEN;
    begin(&draft);
    add(&draft, "http://", 7);
    add_authority(&draft, uri, &url);
    add_target(&draft, uri, &url);
    if (draft.full)
        return URL_TOO_LONG;
    memcpy(url.text, draft.text, draft.len + 1);
    *ret = url;
    return URL_OK;
}

/* NULL: without a base. */
static enum url_error resolve(const char *base, const char *reference,
                              struct url *ret)
{
    UriUriA from, to, whole;
    enum url_error error = URL_BROKEN;
    const char *end;

    if (uriParseSingleUriA(&to, reference, &end) != URI_SUCCESS)
        return URL_BROKEN;
    if (uriParseSingleUriA(&from, base, &end) == URI_SUCCESS) {
        /* A link to "http:page" is meant as browsers take it. */
        if (uriAddBaseUriExA(&whole, &to, &from,
                             URI_RESOLVE_IDENTICAL_SCHEME_COMPAT) ==
            URI_SUCCESS)
            error = write_down(&whole, ret);
        uriFreeUriMembersA(&whole);
        uriFreeUriMembersA(&from);
    }
    uriFreeUriMembersA(&to);
    return error;
}

enum url_error url_parse(const char *text, struct url *ret)
{
    struct draft draft;
    enum url_error error = mend(text, &draft);

    if (error)
        return error;
    if (scheme_length(draft.text) == 0)
        return URL_BROKEN;
    /* Against a base without a host, nothing is added but order. */
    return resolve("http://", draft.text, ret);
}

enum url_error url_resolve(const struct url *base, const char *reference,
                           struct url *ret)
{
    struct draft draft;
    enum url_error error = mend(reference, &draft);

    return error ? error : resolve(base->text, draft.text, ret);
}
