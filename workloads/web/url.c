/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/uidna.h>

enum { MAX_PORT = 65535 };

/* What is percent-encoded in each part, besides blanks, controls, non-ASCII. */
static const char in_path[] = "\"#<>?^`{}", in_query[] = "\"#<>'";

const char *url_error_text(enum url_error error)
{
    switch (error) {
    case URL_OK:
        return "a URL";
    case URL_BROKEN:
        return "not a usable http URL";
    case URL_UNREACHABLE:
        return "not a usable http URL: users, passwords and port 0 are not "
               "supported";
    case URL_SCHEME:
        return "neither http nor https";
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

static void begin(struct draft *d)
{
    d->text[0] = '\0';
    d->len = 0;
    d->full = false;
}

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

static void add_encoded(struct draft *d, const char *at, size_t len,
                        const char *encoded)
{
    char code[4];

    for (; len > 0; at++, len--) {
        snprintf(code, sizeof(code), "%%%02X", (unsigned char)*at);
        if (*at > ' ' && *at < 0x7f && !strchr(encoded, *at))
            add(d, at, 1);
        else
            add(d, code, 3);
    }
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

/* Hosts. */

/* In browsers a mapped IPv4 address is written like the rest. */
static bool add_ipv6(struct draft *d, const char *host, size_t len)
{
    char text[INET6_ADDRSTRLEN], *dots;
    unsigned char a[16];

    if (len >= sizeof(text))
        return false;
    memcpy(text, host, len);
    text[len] = '\0';
    if (inet_pton(AF_INET6, text, a) != 1)
        return false;
    inet_ntop(AF_INET6, a, text, sizeof(text));
    if (strchr(text, '.')) {
        dots = strrchr(text, ':') + 1;
        snprintf(dots, sizeof(text) - (size_t)(dots - text), "%x:%x",
                 a[12] << 8 | a[13], a[14] << 8 | a[15]);
    }
    add(d, text, strlen(text));
    return true;
}

/* As inet_aton() reads them: hexadecimal, octal or decimal. */
static bool read_number(const char *at, size_t len, uint64_t *ret)
{
    const char *digits = "0123456789";
    char text[URL_MAX], *end;
    int base = 10;

    if (len == 0)
        return false;
    if (len > 1 && at[0] == '0') {
        base = tolower((unsigned char)at[1]) == 'x' ? 16 : 8;
        digits = base == 16 ? "0123456789abcdefABCDEF" : "01234567";
        at += base == 16 ? 2 : 1;
        len -= base == 16 ? 2 : 1;
    }
    memcpy(text, at, len);
    text[len] = '\0';
    *ret = strtoull(text, &end, base);
    return strspn(text, digits) == len;
}

static size_t last_label(const char *host, size_t len)
{
    while (len > 0 && host[len - 1] != '.')
        len--;
    return len;
}

/* Then it is an IPv4 address, or nothing. */
static bool ends_in_number(const char *host, size_t len)
{
    size_t at = last_label(host, len);
    uint64_t number;

    return at < len && (strspn(host + at, "0123456789") >= len - at ||
                        read_number(host + at, len - at, &number));
}

/* The last of up to four numbers is as many bytes as are left. */
static bool add_ipv4(struct draft *d, const char *host, size_t len)
{
    uint64_t address = 0, number;
    char text[INET_ADDRSTRLEN];
    struct in_addr in;
    int n = 0;

    for (const char *at = host, *end = host + len; at <= end; n++) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        size_t size = (size_t)((dot ? dot : end) - at);

        if (n == 4 || !read_number(at, size, &number))
            return false;
        if (number >> (dot ? 8 : 8 * (4 - n)))
            return false;
        address |= dot ? number << (24 - 8 * n) : number;
        at += size + 1;
    }
    in.s_addr = htonl((uint32_t)address);
    inet_ntop(AF_INET, &in, text, sizeof(text));
    add(d, text, strlen(text));
    return true;
}

/* A name in other letters, or one that claims to be such. */
static bool to_ascii(const char *host, size_t len, struct draft *ret)
{
    const uint32_t fine = UIDNA_ERROR_HYPHEN_3_4 | UIDNA_ERROR_LEADING_HYPHEN |
                          UIDNA_ERROR_TRAILING_HYPHEN |
                          UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                          UIDNA_ERROR_DOMAIN_NAME_TOO_LONG;
    UErrorCode error = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UIDNA *idna = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                      UIDNA_NONTRANSITIONAL_TO_ASCII |
                                      UIDNA_NONTRANSITIONAL_TO_UNICODE,
                                  &error);
    int32_t n = uidna_nameToASCII_UTF8(idna, host, (int32_t)len, ret->text,
                                       URL_MAX - 1, &info, &error);

    uidna_close(idna);
    if (U_FAILURE(error) || (info.errors & ~fine))
        return false;
    ret->len = (size_t)n;
    ret->text[n] = '\0';
    return true;
}

static void decode(const char *at, size_t len, struct draft *ret)
{
    begin(ret);
    for (size_t i = 0; i < len; i++) {
        char code[3] = {at[i]}, byte;

        if (at[i] == '%' && i + 2 < len && isxdigit((unsigned char)at[i + 1]) &&
            isxdigit((unsigned char)at[i + 2])) {
            memcpy(code, at + i + 1, 2);
            i += 2;
            byte = (char)strtoul(code, NULL, 16);
        } else {
            byte = at[i];
        }
        add(ret, &byte, 1);
    }
}

static bool is_plain(const struct draft *d)
{
    for (size_t i = 0; i < d->len; i++)
        if (d->text[i] & '\x80' || !strncasecmp(d->text + i, "xn--", 4))
            return false;
    return true;
}

static bool add_name(struct draft *d, const char *host, size_t len)
{
    struct draft name;
    size_t end;

    decode(host, len, &name);
    if (!is_plain(&name)) {
        struct draft foreign = name;

        if (!to_ascii(foreign.text, foreign.len, &name))
            return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.text[i] <= ' ' || strchr("#%/:<>?@[\\]^|\x7f", name.text[i]))
            return false;
        name.text[i] = (char)tolower((unsigned char)name.text[i]);
    }
    end = name.len > 1 && name.text[name.len - 1] == '.' ? name.len - 1
                                                         : name.len;
    if (ends_in_number(name.text, end))
        return add_ipv4(d, name.text, end);
    add(d, name.text, name.len);
    return name.len > 0;
}

static bool add_host(struct draft *d, const char *host, size_t len,
                     struct url *ret)
{
    bool v6 = len > 1 && host[0] == '[' && host[len - 1] == ']', right;

    if (v6)
        add(d, "[", 1);
    ret->host = (uint16_t)d->len;
    right = v6 ? add_ipv6(d, host + 1, len - 2) : add_name(d, host, len);
    ret->host_len = (uint16_t)(d->len - ret->host);
    if (v6)
        add(d, "]", 1);
    return right;
}

static uint16_t default_port(bool tls)
{
    return tls ? 443 : 80;
}

/* Without digits, *ret stays as it is. */
static bool read_port(const char *at, size_t len, uint16_t *ret)
{
    unsigned port = 0;

    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)at[i]))
            return false;
        port = 10 * port + (unsigned)(at[i] - '0');
        if (port > MAX_PORT)
            return false;
    }
    if (len > 0)
        *ret = (uint16_t)port;
    return true;
}

/*
 * A user would be lost on the way (the Host header has none, and no password is
 * ever sent), so the page that comes might not be the one that was meant.
 */
static bool has_user(const char *at, size_t len)
{
    return len > 1 || (len == 1 && *at != ':');
}

/* user:password@host:port; ret->tls is set. */
static enum url_error add_authority(struct draft *d, const char *at, size_t len,
                                    struct url *ret)
{
    const char *sign = memrchr(at, '@', len), *host = sign ? sign + 1 : at;
    const char *end = at + len, *bracket, *colon;
    char port[8];

    bracket = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : NULL;
    colon = memchr(bracket ? bracket : host, ':',
                   (size_t)(end - (bracket ? bracket : host)));
    if (!colon)
        colon = end;
    add(d, "https", ret->tls ? 5 : 4);
    add(d, "://", 3);
    ret->port = default_port(ret->tls);
    ret->authority = (uint16_t)d->len;
    if (!add_host(d, host, (size_t)(colon - host), ret) ||
        !read_port(colon + 1, colon < end ? (size_t)(end - colon) - 1 : 0,
                   &ret->port))
        return URL_BROKEN;
    if (ret->port == 0 || (sign && has_user(at, (size_t)(sign - at))))
        return URL_UNREACHABLE;
    if (ret->port != default_port(ret->tls)) {
        snprintf(port, sizeof(port), ":%u", ret->port);
        add(d, port, strlen(port));
    }
    ret->authority_len = (uint16_t)(d->len - ret->authority);
    return URL_OK;
}

/* Paths and queries. */

/* 1 for "." and 2 for "..", however they are written; else 0. */
static int count_dots(const char *at, const char *end)
{
    int n = 0;

    for (; at < end && n < 3; n++) {
        if (*at != '.' && (end - at < 3 || strncasecmp(at, "%2e", 3) != 0))
            return 0;
        at += *at == '.' ? 1 : 3;
    }
    return n < 3 ? n : 0;
}

/* Segments behind the ones from `root` on, of which ".." removes one. */
static void add_path(struct draft *d, size_t root, const char *at,
                     const char *end)
{
    const char *slash;

    do {
        const char *stop;
        int dots;

        slash = memchr(at, '/', (size_t)(end - at));
        stop = slash ? slash : end;
        dots = count_dots(at, stop);
        while (dots == 2 && d->len > root)
            if (d->text[--d->len] == '/')
                break;
        if (dots == 0 || !slash)
            add(d, "/", 1);
        if (dots == 0)
            add_encoded(d, at, (size_t)(stop - at), in_path);
        at = stop + 1;
    } while (slash);
    d->text[d->len] = '\0';
}

/* Letters in the page's encoding; those that it lacks by their numbers. */
static void add_letters(struct draft *d, const struct encoding *page,
                        const char *at, size_t len)
{
    char bytes[URL_MAX];
    long n = encoding_encode(page, at, len, bytes, sizeof(bytes));
    bool number = false;

    if (n < 0 || n > (long)sizeof(bytes)) {
        d->full = true;
        return;
    }
    for (long i = 0; i < n; i++) {
        if (bytes[i]) {
            add_encoded(d, &bytes[i], 1, in_query);
            continue;
        }
        number = !number;
        add(d, number ? "%26%23" : "%3B", number ? 6 : 3);
    }
}

static void add_query(struct draft *d, const struct encoding *page,
                      const char *at)
{
    size_t len;

    add(d, "?", 1);
    for (at++; *at; at += len) {
        bool letters = *at & '\x80';

        for (len = 1; at[len] && !(at[len] & '\x80') == !letters;)
            len++;
        if (letters && page)
            add_letters(d, page, at, len);
        else
            add_encoded(d, at, len, in_query);
    }
}

/* What is not said is as in the base. */
static void add_target(struct draft *d, const struct url *base,
                       const struct encoding *page, const char *at)
{
    size_t len = strcspn(at, "?"), root = d->len, keep = 0;
    const char *path = base ? base->text + base->target : "/";

    if (base && !*at) {
        add(d, path, base->target_len);
        return;
    }
    if (base)
        keep = strcspn(path, "?");
    if (base && len == 0) {
        add(d, path, keep);
    } else {
        while (keep > 0 && (*at == '/' || path[keep - 1] != '/'))
            keep--;
        add(d, path, keep > 0 ? keep - 1 : 0);
        add_path(d, root, *at == '/' ? at + 1 : at, at + len);
    }
    if (at[len])
        add_query(d, page, at + len);
}

/* Whether it is one that Baton speaks, and then which. */
static bool read_scheme(const char *text, size_t len, bool *ret_tls)
{
    *ret_tls = len == 5;
    return (len == 4 || len == 5) && strncasecmp(text, "https", len) == 0;
}

static enum url_error resolve(const struct url *base, const char *text,
                              const struct encoding *page, struct url *ret)
{
    struct draft in, out;
    struct url url = {.tls = base && base->tls};
    size_t scheme, len;
    const char *at;

    strip(text, &in);
    begin(&out);
    scheme = scheme_length(in.text);
    at = in.text + (scheme ? scheme + 1 : 0);
    if (scheme > 0 && !read_scheme(in.text, scheme, &url.tls))
        return URL_SCHEME;
    if (base && url.tls != base->tls)
        base = NULL;
    if (in.full)
        return URL_TOO_LONG;
    if (base && strncmp(at, "//", 2) != 0) {
        url = *base;
        add(&out, base->text, base->target);
    } else if (base || scheme) {
        enum url_error error;

        base = NULL;
        at += strspn(at, "/");
        len = strcspn(at, "/?");
        error = add_authority(&out, at, len, &url);
        if (error)
            return out.full ? URL_TOO_LONG : error;
        at += len;
    } else {
        return URL_BROKEN;
    }
    url.target = (uint16_t)out.len;
    add_target(&out, base, page, at);
    url.target_len = (uint16_t)(out.len - url.target);
    if (out.full)
        return URL_TOO_LONG;
    memcpy(url.text, out.text, out.len + 1);
    *ret = url;
    return URL_OK;
}

enum url_error url_parse(const char *text, struct url *ret)
{
    return resolve(NULL, text, NULL, ret);
}

enum url_error url_resolve(const struct url *base, const char *reference,
                           const struct encoding *page, struct url *ret)
{
    return resolve(base, reference, page, ret);
}
