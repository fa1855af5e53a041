/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any bytes as a response: the verdict is the same in pieces and whole; and a
 * coded body is decoded within its bound.
 */
#include "tests/conformance/fuzz.h"
#include "workloads/web/http.h"

enum { MAX_BODY = 64, MAX_DECODED = 1000 };

#define OK "HTTP/1.1 200 OK\r\n"

const char *const fuzz_seeds[] = {
    "00000000" OK "Content-Length: 5\r\n\r\n01234",
    "13571357" OK "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\n01234\r\n"
    "a\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
    "22222222" OK "Content-Length: 3\r\nContent-Length: 3\r\n"
    "Content-Encoding: gzip\r\n\r\nabc",
    "31313131" OK "Transfer-Encoding: chunked\r\n\r\n"
    "5 ;x=\"y\\\"\"\r\n01234\r\n0 \n\r\n",
    "77777777"
    "HTTP/1.1 100 Continue\r\n\r\n" OK "Connection: close\r\n\r\nabc",
    "22222222HTTP/1.0 404 Not Found\r\nContent-Length: 1\r\n\r\nx",
    "44444444HTTP/1.1 304 No\r\n\r\n" OK "Content-Length: 70\r\n\r\n",
    NULL,
};

static enum http_progress feed(struct http *h, const uint8_t *data, size_t size,
                               const uint8_t *choice, size_t *ret_fed)
{
    enum http_progress p = HTTP_MORE;
    size_t turn = 0, at = 0;

    http_begin(h);
    while (p == HTTP_MORE && at < size) {
        size_t len = choice ? fuzz_piece(choice, &turn, size - at) : size - at;
        /* A block of its own, so that a read beyond it is caught. */
        uint8_t *block = malloc(len);

        FUZZ_CHECK(block);
        memcpy(block, data + at, len);
        p = http_feed(h, block, len);
        if (p == HTTP_COMPLETE && h->keep)
            FUZZ_CHECK(http_move_body(h));
        free(block);
        at += len;
        FUZZ_CHECK(h->bytes <= MAX_BODY);
        FUZZ_CHECK((p == HTTP_FAILED) == (h->outcome != OUTCOME_OK));
        FUZZ_CHECK(p != HTTP_COMPLETE || (h->status / 100 == 2 && h->complete));
    }
    *ret_fed = at;
    return p;
}

static void decode(const struct http_keep *keep, size_t len)
{
    enum decoded decoded = DECODED_MORE;
    struct decoding *d;
    char *out;

    if (!decoding_works || len == 0 || keep->coding == CODING_NONE ||
        keep->coding == CODING_OTHER)
        return;
    d = decoding_create(keep->coding, keep->body, len, MAX_DECODED);
    FUZZ_CHECK(d);
    while (decoded == DECODED_MORE)
        decoded = decoding_work(d);
    out = decoding_take(d, &len);
    FUZZ_CHECK(len <= MAX_DECODED + 1);
    FUZZ_CHECK((len > MAX_DECODED) == (decoded == DECODED_TOO_BIG));
    free(out);
    decoding_destroy(d);
}

static enum http_progress end(struct http *h, enum http_progress p)
{
    if (p != HTTP_MORE)
        return p;
    p = http_eof(h);
    FUZZ_CHECK(p != HTTP_MORE);
    FUZZ_CHECK(!h->reusable);
    FUZZ_CHECK((p == HTTP_FAILED) == (h->outcome != OUTCOME_OK));
    FUZZ_CHECK((h->outcome == OUTCOME_EMPTY) == !h->any);
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http whole, cut;
    static struct http_keep keep;
    size_t fed_whole, fed_cut;
    enum http_progress p, q;

    if (size < 8)
        return 0;
    if (!whole.max_body) {
        http_init(&whole, MAX_BODY, NULL);
        http_init(&cut, MAX_BODY, &keep);
    }
    p = feed(&whole, data + 8, size - 8, NULL, &fed_whole);
    q = feed(&cut, data + 8, size - 8, data, &fed_cut);
    FUZZ_CHECK(p == q);
    /* In pieces, what follows the response may not have come yet. */
    if (p == HTTP_COMPLETE)
        FUZZ_CHECK(fed_cut == fed_whole ? cut.reusable == whole.reusable
                                        : !whole.reusable);
    p = end(&whole, p);
    q = end(&cut, q);
    FUZZ_CHECK(p == q);
    FUZZ_CHECK(whole.outcome == cut.outcome);
    FUZZ_CHECK(whole.status == cut.status);
    FUZZ_CHECK(whole.bytes == cut.bytes);
    FUZZ_CHECK(http_hash(&whole) == http_hash(&cut));
    if (q == HTTP_COMPLETE)
        decode(&keep, cut.bytes);
    http_drop(&keep);
    return 0;
}
