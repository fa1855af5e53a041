/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any bytes as an address, and behind a line's end as a reference on it: what
 * is taken for a URL is one, in its normal form, and leads to itself.
 */
#include "tests/conformance/fuzz.h"
#include "workloads/web/url.h"

const char *const fuzz_seeds[] = {
    "http://a/b/c/d;p?q\n../../g;x=1/./y?y#s",
    "http://[::1]:8080\n//[FE80::A]:80/x",
    " HTTP://EXAMPLE.com:080/%zz b\\c \nhttp:g[]",
    "http://h/\nhttps://u@h:99999/",
    NULL,
};

static bool is_same(const struct url *a, const struct url *b)
{
    return !strcmp(a->text, b->text) && a->host == b->host &&
           a->host_len == b->host_len && a->authority == b->authority &&
           a->authority_len == b->authority_len && a->target == b->target &&
           a->target_len == b->target_len && a->port == b->port &&
           a->tls == b->tls;
}

/* host[:port], the host in brackets where it is IPv6. */
static void check_authority(const struct url *url)
{
    const char *authority = url->text + url->authority;
    const char *host = url->text + url->host, *end;
    size_t bracket = *authority == '[';
    char port[8] = "";

    FUZZ_CHECK(url->authority == strlen(url->tls ? "https://" : "http://"));
    FUZZ_CHECK(url->host == url->authority + bracket);
    FUZZ_CHECK(url->host_len > 0);
    end = host + url->host_len;
    FUZZ_CHECK(!bracket || *end++ == ']');
    FUZZ_CHECK(bracket == !!memchr(host, ':', url->host_len));
    for (const char *at = host; at < host + url->host_len; at++)
        FUZZ_CHECK(!strchr("/?#@%[]\\", *at) && !(*at >= 'A' && *at <= 'Z'));
    FUZZ_CHECK(url->port > 0);
    if (url->port != (url->tls ? 443 : 80))
        snprintf(port, sizeof(port), ":%u", url->port);
    FUZZ_CHECK(!strncmp(end, port, strlen(port)));
    end += strlen(port);
    FUZZ_CHECK(end == authority + url->authority_len);
    FUZZ_CHECK(url->target == url->authority + url->authority_len);
}

static void check_target(const struct url *url)
{
    const char *target = url->text + url->target, *query = strchr(target, '?');
    size_t path = query ? (size_t)(query - target) : url->target_len;

    FUZZ_CHECK(url->target_len == strlen(target));
    FUZZ_CHECK(*target == '/');
    for (size_t at = 0; at < path; at++) {
        size_t len = strcspn(target + at + 1, "/?");

        FUZZ_CHECK(target[at] == '/');
        FUZZ_CHECK(len != 1 || target[at + 1] != '.');
        FUZZ_CHECK(len != 2 || memcmp(target + at + 1, "..", 2));
        at += len;
    }
}

static void check(const struct url *url)
{
    struct url again;

    FUZZ_CHECK(strnlen(url->text, URL_MAX) < URL_MAX);
    FUZZ_CHECK(
        !strncmp(url->text, url->tls ? "https://" : "http://", url->authority));
    for (const char *at = url->text; *at; at++)
        FUZZ_CHECK(*at > ' ' && *at < 0x7f && !strchr("#<>", *at));
    check_authority(url);
    check_target(url);
    FUZZ_CHECK(url_parse(url->text, &again) == URL_OK);
    FUZZ_CHECK(is_same(url, &again));
    FUZZ_CHECK(url_resolve(url, url->text, NULL, &again) == URL_OK);
    FUZZ_CHECK(is_same(url, &again));
    FUZZ_CHECK(url_resolve(url, "#fragment", NULL, &again) == URL_OK);
    FUZZ_CHECK(is_same(url, &again));
}

static enum url_error try(const char *text, const struct url *base,
                          struct url *ret)
{
    static struct url untouched;
    enum url_error error;

    memset(&untouched, 0x5a, sizeof(untouched));
    *ret = untouched;
    error = base ? url_resolve(base, text, NULL, ret) : url_parse(text, ret);
    FUZZ_CHECK(*url_error_text(error));
    if (error)
        FUZZ_CHECK(!memcmp(ret, &untouched, sizeof(untouched)));
    else
        check(ret);
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct url base, link, alone;
    const uint8_t *end = memchr(data, '\n', size);
    size_t len = end ? (size_t)(end - data) : size;
    /* Blocks of their own, so that a read beyond them is caught. */
    char *text = strndup((const char *)data, len), *reference = NULL;

    if (end)
        reference = strndup((const char *)end + 1, size - len - 1);
    FUZZ_CHECK(text && (reference || !end));
    if (try(text, NULL, &base) == URL_OK && reference) {
        enum url_error error = try(reference, &base, &link);

        /* What has a host needs no base; "http:x" has one without a base. */
        if (try(reference, NULL, &alone) == URL_OK &&
            !strncmp(reference, "http://", strlen("http://")))
            FUZZ_CHECK(error == URL_OK && is_same(&link, &alone));
    }
    free(text);
    free(reference);
    return 0;
}
