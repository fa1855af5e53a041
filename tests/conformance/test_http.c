/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The response parser, replayed: whatever the network does to a response, cut
 * it anywhere or end it anywhere, the verdict must not depend on it.
 */
#include <inttypes.h>

#include "tests/conformance/kit.h"
#include "workloads/web/http.h"

enum { MAX_BODY = 1000, SMALL = 700 };

/* What was said about one replay. */
struct verdict {
    enum http_progress progress;
    enum outcome outcome;
    unsigned status;
    uint64_t bytes, hash;
    bool reusable;
};

/* A response as it travels. */
struct reply {
    char *text;
    size_t len, size;
    size_t end;  /* of the message; what is behind it belongs to nothing */
    size_t body; /* where the body begins, when it is just bytes */
};

static void add(struct reply *r, const char *text, size_t len)
{
    assert_true(r->len + len <= r->size);
    memcpy(r->text + r->len, text, len);
    r->len += len;
}

static void say(struct reply *r, const char *text)
{
    add(r, text, strlen(text));
}

static void say_body(struct reply *r, uint64_t from, size_t len)
{
    assert_true(r->len + len <= r->size);
    kit_text(from, r->text + r->len, len);
    r->len += len;
}

/* A header field of `len` bytes of name and value together. */
static void say_field(struct reply *r, size_t len)
{
    say(r, "X:");
    assert_true(r->len + len <= r->size);
    memset(r->text + r->len, 'y', len - 1);
    r->len += len - 1;
    say(r, "\r\n");
}

/* "OK" counts, and so do the names and values: 2 + 14 + 1 = 17. */
static void say_header_of(struct reply *r, size_t total)
{
    say(r, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
    say_field(r, total - 17);
    say(r, "\r\n01234");
}

static void header_at_cap(struct reply *r)
{
    say_header_of(r, HTTP_MAX_HEADER);
}

static void header_over_cap(struct reply *r)
{
    say_header_of(r, HTTP_MAX_HEADER + 1);
}

static void trailer_over_cap(struct reply *r)
{
    say(r, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "5\r\n01234\r\n0\r\n");
    say_field(r, HTTP_MAX_HEADER);
    say(r, "\r\n");
}

static void many_interim_headers(struct reply *r)
{
    for (int i = 0; i < 70; i++) {
        say(r, "HTTP/1.1 103 Early Hints\r\n");
        say_field(r, 1000);
        say(r, "\r\n");
    }
    say(r, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void say_sized(struct reply *r, size_t len)
{
    char header[80];

    snprintf(header, sizeof(header),
             "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
    say(r, header);
    say_body(r, 0, len);
}

static void body_at_cap(struct reply *r)
{
    say_sized(r, MAX_BODY);
}

static void body_over_cap(struct reply *r)
{
    say_sized(r, MAX_BODY + 1);
}

static void say_chunks(struct reply *r, size_t total, size_t each)
{
    char size[16];

    say(r, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < total; at += each) {
        size_t len = total - at < each ? total - at : each;

        snprintf(size, sizeof(size), "%zX\r\n", len);
        say(r, size);
        say_body(r, at, len);
        say(r, "\r\n");
    }
    say(r, "0\r\n\r\n");
}

static void chunks_at_cap(struct reply *r)
{
    say_chunks(r, MAX_BODY, 77);
}

static void chunks_over_cap(struct reply *r)
{
    say_chunks(r, MAX_BODY + 1, 77);
}

static void eof_at_cap(struct reply *r)
{
    say(r, "HTTP/1.1 200 OK\r\n\r\n");
    say_body(r, 0, MAX_BODY);
}

static void eof_over_cap(struct reply *r)
{
    say(r, "HTTP/1.1 200 OK\r\n\r\n");
    say_body(r, 0, MAX_BODY + 1);
}

static void say_chunk_line(struct reply *r, size_t len)
{
    say(r, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    assert_true(r->len + len <= r->size);
    memset(r->text + r->len, 'x', len - 3);
    r->len += len - 3;
    say(r, "\r\n0\r\n0\r\n\r\n");
}

static void chunk_line_at_cap(struct reply *r)
{
    say_chunk_line(r, HTTP_MAX_HEADER);
}

static void chunk_line_over_cap(struct reply *r)
{
    say_chunk_line(r, HTTP_MAX_HEADER + 1);
}

static void chunk_and_nul(struct reply *r)
{
    static const char text[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\0\r\n0\r\n";

    add(r, text, sizeof(text) - 1);
}

#define OK      "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

enum { KEPT = true, NOT_KEPT = false };

static const struct {
    const char *name, *text;
    void (*write)(struct reply *r); /* instead of text */
    enum outcome outcome;           /* when the stream ends behind it */
    unsigned status;
    uint64_t bytes;    /* of KIT_TEXT */
    bool reusable;     /* before the stream ends */
    bool until_eof;    /* the end of the stream ends the body */
    const char *extra; /* bytes behind the response */
} replies[] = {
    {"a length", OK "Content-Length: 5\r\n\r\n01234", .status = 200, .bytes = 5,
     .reusable = KEPT},
    {"a length of 0", OK "Content-Length: 0\r\n\r\n", .status = 200,
     .reusable = KEPT},
    {"no reason", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n0", .status = 200,
     .bytes = 1, .reusable = KEPT},
    {"the same length, with spaces around",
     OK "content-length:  5  \r\n\r\n01234", .status = 200, .bytes = 5,
     .reusable = KEPT},
    {"closing", OK "Connection: close\r\nContent-Length: 5\r\n\r\n01234",
     .status = 200, .bytes = 5},
    {"closing, in a list",
     OK "Connection: x, Close\r\nContent-Length: 5\r\n\r\n01234", .status = 200,
     .bytes = 5},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n01234",
     .status = 200, .bytes = 5},
    {"HTTP/1.0 keeping",
     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
     "Content-Length: 5\r\n\r\n01234",
     .status = 200, .bytes = 5, .reusable = KEPT},
    {"until the end", OK "\r\n0123456789", .status = 200, .bytes = 10,
     .until_eof = true},
    {"until the end, HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n01234", .status = 200,
     .bytes = 5, .until_eof = true},
    {"until the end, empty", OK "Connection: close\r\n\r\n", .status = 200,
     .until_eof = true},
    {"chunks", CHUNKED "5\r\n01234\r\n0a\r\n56789abcde\r\n1\r\nf\r\n0\r\n\r\n",
     .status = 200, .bytes = 16, .reusable = KEPT},
    {"chunks with extensions",
     CHUNKED "5;a=b\r\n01234\r\n1;q=\"x y\"\r\n5\r\n0;last\r\n\r\n",
     .status = 200, .bytes = 6, .reusable = KEPT},
    {"chunks with blanks and quotes behind their size",
     CHUNKED "5 \r\n01234\r\n1\t \r\n5\r\n002 ; a = b\r\n67\r\n"
             "1;a=b;c=\"d\\\"e;\"\r\n8\r\n1;\r\n9\r\n1;;\x80\r\na\r\n"
             "0 ;last\r\n\r\n",
     .status = 200, .bytes = 11, .reusable = KEPT},
    {"chunk sizes that end with a line feed", CHUNKED "1\n0\r\n0\n\r\n",
     .status = 200, .bytes = 1, .reusable = KEPT},
    {"a chunk's line at its cap", .write = chunk_line_at_cap, .status = 200,
     .bytes = 1, .reusable = KEPT},
    {"a chunk's line over its cap", .write = chunk_line_over_cap,
     .outcome = OUTCOME_TOO_BIG, .status = 200},
    {"a blank before a chunk's size", CHUNKED " 1\r\n0\r\n0\r\n\r\n",
     .outcome = OUTCOME_MALFORMED, .status = 200},
    {"a chunk without a size", CHUNKED ";a=b\r\n0\r\n0\r\n\r\n",
     .outcome = OUTCOME_MALFORMED, .status = 200},
    {"a chunk's size and a NUL", .write = chunk_and_nul,
     .outcome = OUTCOME_MALFORMED, .status = 200},
    {"chunks with a trailer",
     CHUNKED "3\r\n012\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", .status = 200,
     .bytes = 3, .reusable = KEPT},
    {"no chunk but the last", CHUNKED "0\r\n\r\n", .status = 200,
     .reusable = KEPT},
    {"100, then the page",
     "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 5\r\n\r\n01234",
     .status = 200, .bytes = 5, .reusable = KEPT},
    {"102, 103, then the page",
     "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
     "Link: </a>; rel=preload\r\n\r\n" CHUNKED "2\r\n01\r\n0\r\n\r\n",
     .status = 200, .bytes = 2, .reusable = KEPT},
    {"100 and never a page", "HTTP/1.1 100 Continue\r\n\r\n",
     .outcome = OUTCOME_TRUNCATED, .until_eof = true},
    {"103, which has no body",
     "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n"
     "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n" OK
     "Content-Length: 1\r\n\r\n0",
     .status = 200, .bytes = 1, .reusable = KEPT},
    {"201", "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\n01234",
     .status = 201, .bytes = 5, .reusable = KEPT},
    {"203 until the end", "HTTP/1.1 203 From a proxy\r\n\r\n01234",
     .status = 203, .bytes = 5, .until_eof = true},
    {"205", "HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n", .status = 205,
     .reusable = KEPT},
    {"299", "HTTP/1.1 299 ?\r\nContent-Length: 1\r\n\r\n0", .status = 299,
     .bytes = 1, .reusable = KEPT},
    {"099, which is no interim answer",
     "HTTP/1.1 099 x\r\n\r\n" OK "Content-Length: 1\r\n\r\n0",
     .outcome = OUTCOME_MALFORMED},
    {"000", "HTTP/1.1 000 x\r\n\r\n", .outcome = OUTCOME_MALFORMED},
    {"300", "HTTP/1.1 300 x\r\n\r\n", .outcome = OUTCOME_STATUS, .status = 300},
    {"101", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nzzz",
     .outcome = OUTCOME_STATUS, .status = 101},
    {"204", "HTTP/1.1 204 No Content\r\n\r\n", .outcome = OUTCOME_STATUS,
     .status = 204},
    {"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
     .outcome = OUTCOME_STATUS, .status = 304},
    {"404", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nlost",
     .outcome = OUTCOME_STATUS, .status = 404},
    {"503 until the end", "HTTP/1.1 503 Busy\r\n\r\nbusy",
     .outcome = OUTCOME_STATUS, .status = 503},
    {"two lengths", OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n012345",
     .outcome = OUTCOME_MALFORMED},
    {"the same length twice",
     OK "Content-Length: 5\r\nX: y\r\nContent-Length: 05 \r\n\r\n01234",
     .status = 200, .bytes = 5, .reusable = KEPT},
    {"the same length three times",
     OK "Content-Length: 1\r\nContent-Length: 1\r\nContent-Length: 1\r\n"
        "X:\r\n\r\n0",
     .status = 200, .bytes = 1, .reusable = KEPT},
    {"another length as the third",
     OK "Content-Length: 1\r\nContent-Length: 1\r\nContent-Length: 2\r\n"
        "\r\n01",
     .outcome = OUTCOME_MALFORMED},
    {"a length and an empty one",
     OK "Content-Length: 1\r\nContent-Length:\r\n\r\n0",
     .outcome = OUTCOME_MALFORMED},
    {"two lengths and chunks",
     OK "Content-Length: 5\r\nContent-Length: 5\r\n"
        "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\n\r\n",
     .outcome = OUTCOME_MALFORMED},
    {"a length and chunks",
     OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\n01234\r\n0\r\n\r\n",
     .outcome = OUTCOME_MALFORMED},
    {"chunks and a length",
     OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
        "5\r\n01234\r\n0\r\n\r\n",
     .outcome = OUTCOME_MALFORMED},
    {"a negative length", OK "Content-Length: -5\r\n\r\n01234",
     .outcome = OUTCOME_MALFORMED},
    {"a length in letters", OK "Content-Length: 5x\r\n\r\n01234",
     .outcome = OUTCOME_MALFORMED},
    {"a length beyond 64 bits",
     OK "Content-Length: 18446744073709551617\r\n\r\n0",
     .outcome = OUTCOME_MALFORMED},
    {"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 5\n\n01234",
     .outcome = OUTCOME_MALFORMED},
    {"a chunk size that is no number", CHUNKED "2\r\n01\r\nzz\r\n",
     .outcome = OUTCOME_MALFORMED, .status = 200, .bytes = 2},
    {"a chunk that is longer than it says", CHUNKED "2\r\n012\r\n0\r\n\r\n",
     .outcome = OUTCOME_MALFORMED, .status = 200, .bytes = 2},
    {"a chunk size beyond 64 bits", CHUNKED "10000000000000005\r\n01234\r\n",
     .outcome = OUTCOME_MALFORMED, .status = 200},
    {"not HTTP", "220 mail.example ESMTP\r\n\r\n",
     .outcome = OUTCOME_MALFORMED},
    {"a request", "GET / HTTP/1.1\r\n\r\n", .outcome = OUTCOME_MALFORMED},
    {"an unknown version", "HTTP/7.3 200 OK\r\n\r\n",
     .outcome = OUTCOME_MALFORMED},
    {"a NUL in the header", OK "X: a\1b\r\n\r\n", .outcome = OUTCOME_MALFORMED},
    {"nothing", "", .outcome = OUTCOME_EMPTY, .until_eof = true},
    {"another response behind", OK "Content-Length: 5\r\n\r\n01234",
     .status = 200, .bytes = 5, .reusable = KEPT,
     .extra = OK "Content-Length: 0\r\n\r\n"},
    {"garbage behind", CHUNKED "1\r\n0\r\n0\r\n\r\n", .status = 200, .bytes = 1,
     .reusable = KEPT, .extra = "\377\377"},
    {"garbage behind the last one",
     OK "Connection: close\r\nContent-Length: 1\r\n\r\n0", .status = 200,
     .bytes = 1, .extra = "x"},
    {"a header of just the cap", .write = header_at_cap, .status = 200,
     .bytes = 5, .reusable = KEPT},
    {"a header of one more", .write = header_over_cap,
     .outcome = OUTCOME_TOO_BIG},
    {"a trailer beyond the cap", .write = trailer_over_cap,
     .outcome = OUTCOME_TOO_BIG, .status = 200, .bytes = 5},
    {"many small interim headers", .write = many_interim_headers,
     .outcome = OUTCOME_TOO_BIG},
    {"a body of just the cap", .write = body_at_cap, .status = 200,
     .bytes = MAX_BODY, .reusable = KEPT},
    {"a body of one more", .write = body_over_cap, .outcome = OUTCOME_TOO_BIG,
     .status = 200},
    {"chunks of just the cap", .write = chunks_at_cap, .status = 200,
     .bytes = MAX_BODY, .reusable = KEPT},
    {"chunks of one more", .write = chunks_over_cap, .outcome = OUTCOME_TOO_BIG,
     .status = 200, .bytes = MAX_BODY},
    {"until the end, just the cap", .write = eof_at_cap, .status = 200,
     .bytes = MAX_BODY, .until_eof = true},
    {"until the end, one more", .write = eof_over_cap,
     .outcome = OUTCOME_TOO_BIG, .status = 200, .bytes = MAX_BODY,
     .until_eof = true},
};

static struct reply reply_of(size_t row)
{
    struct reply r = {.size = 200000};

    r.text = malloc(r.size);
    assert_non_null(r.text);
    if (replies[row].write)
        replies[row].write(&r);
    else
        say(&r, replies[row].text);
    r.end = r.len;
    if (replies[row].extra)
        say(&r, replies[row].extra);
    return r;
}

static struct verdict look(const struct http *h, enum http_progress p)
{
    return (struct verdict){
        .progress = p,
        .outcome = h->outcome,
        .status = h->status,
        .bytes = h->bytes,
        .hash = http_hash(h),
        .reusable = p == HTTP_COMPLETE && h->reusable,
    };
}

/*
 * Feeds `len` bytes in pieces of `piece`, each from a block of just its size
 * (a parser that reads past it is caught), then the end if there was no
 * verdict.  *ret_fed is where the piece ended that brought the verdict.
 */
static struct verdict replay(struct http *h, const char *text, size_t len,
                             size_t piece, bool eof, size_t *ret_fed)
{
    enum http_progress p = HTTP_MORE;
    char *block = malloc(piece);
    size_t at = 0;

    assert_non_null(block);
    http_begin(h);
    while (p == HTTP_MORE && at < len) {
        size_t n = len - at < piece ? len - at : piece;
        char *from = block + piece - n;

        memcpy(from, text + at, n);
        p = http_feed(h, from, n);
        at += n;
    }
    if (p == HTTP_MORE && eof)
        p = http_eof(h);
    free(block);
    *ret_fed = at;
    return look(h, p);
}

static void assert_same(const struct verdict *a, const struct verdict *b,
                        const char *name, size_t len, size_t piece)
{
    if (a->progress == b->progress && a->outcome == b->outcome &&
        a->status == b->status && a->bytes == b->bytes && a->hash == b->hash &&
        a->reusable == b->reusable)
        return;
    fail_msg("%s, %zu bytes in pieces of %zu: progress %d, %s, status %u, "
             "%" PRIu64 " bytes, reusable %d; should be "
             "progress %d, %s, status %u, %" PRIu64 " bytes, reusable %d",
             name, len, piece, a->progress, outcome_name(a->outcome), a->status,
             a->bytes, a->reusable, b->progress, outcome_name(b->outcome),
             b->status, b->bytes, b->reusable);
}

/* Every size for what is small; for what is large, those that matter. */
static size_t next_size(size_t size, size_t len)
{
    if (len <= SMALL || size < 20)
        return size + 1;
    if (size >= len - 8)
        return size + 1;
    return size * 3 / 2 < len - 8 ? size * 3 / 2 : len - 8;
}

static void test_a_verdict_is_independent_of_the_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++) {
        struct reply r = reply_of(i);
        struct http h;
        size_t fed;

        http_init(&h, MAX_BODY, NULL);
        for (size_t piece = 1; piece <= r.len || piece == 1;
             piece = next_size(piece, r.len)) {
            struct verdict is =
                replay(&h, r.text, r.len, piece, replies[i].until_eof, &fed);
            struct verdict should = {
                .progress = replies[i].outcome ? HTTP_FAILED : HTTP_COMPLETE,
                .outcome = replies[i].outcome,
                .status = replies[i].status,
                .bytes = replies[i].bytes,
                .hash = kit_text_hash(replies[i].bytes),
                /* A byte too many is only seen when it comes along. */
                .reusable = replies[i].reusable && fed == r.end,
            };

            assert_same(&is, &should, replies[i].name, r.len, piece);
        }
        free(r.text);
    }
}

/* The stream ends after `len` bytes. */
static struct verdict verdict_of_cut(const struct reply *r, size_t len)
{
    struct http h;
    size_t fed;

    http_init(&h, MAX_BODY, NULL);
    return replay(&h, r->text, len, 1, true, &fed);
}

static void assert_cut(size_t i, size_t len, const struct reply *r,
                       const struct verdict *v)
{
    const char *name = replies[i].name;
    bool early = v->outcome == OUTCOME_TRUNCATED || v->outcome == OUTCOME_EMPTY;

    if (v->progress == HTTP_MORE)
        fail_msg("%s: the end of the stream after %zu is no verdict", name,
                 len);
    if (len >= r->end)
        assert_int_equal(v->outcome, replies[i].outcome);
    else if (v->outcome == OUTCOME_OK && !replies[i].until_eof)
        fail_msg("%s: ok after %zu of %zu bytes", name, len, r->end);
    else if (!early && v->outcome && v->outcome != replies[i].outcome)
        fail_msg("%s: %s after %zu bytes", name, outcome_name(v->outcome), len);
    if ((len == 0) != (v->outcome == OUTCOME_EMPTY))
        fail_msg("%s: %s after %zu bytes", name, outcome_name(v->outcome), len);
    if (v->bytes > replies[i].bytes || v->hash != kit_text_hash(v->bytes))
        fail_msg("%s: a wrong body after %zu bytes", name, len);
    if (early && v->reusable)
        fail_msg("%s: reusable after %zu bytes and the end", name, len);
}

static void test_a_cut_anywhere_is_told_from_the_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(replies); i++) {
        struct reply r = reply_of(i);
        struct http h;
        size_t fed;

        http_init(&h, MAX_BODY, NULL);
        for (size_t len = 0; len <= r.end;
             len = len < r.end ? len + 1 + (r.len > SMALL ? len / 2 : 0)
                               : len + 1) {
            struct verdict first = verdict_of_cut(&r, len);

            assert_cut(i, len, &r, &first);
            for (size_t piece = 2; piece <= len;
                 piece = next_size(piece, len)) {
                struct verdict again =
                    replay(&h, r.text, len, piece, true, &fed);

                assert_same(&again, &first, replies[i].name, len, piece);
            }
        }
        free(r.text);
    }
}

/* What had come before the cut is counted to the byte. */
static void test_a_cut_body_keeps_its_bytes(void **state)
{
    static const char header[] = OK "Content-Length: 10\r\n\r\n";
    const size_t begin = sizeof(header) - 1;
    char text[sizeof(header) + 10];

    (void)state;
    memcpy(text, header, begin);
    kit_text(0, text + begin, 10);
    for (size_t len = 1; len < begin + 10; len++) {
        size_t fed, body = len > begin ? len - begin : 0;
        struct verdict v, should = {
                              .progress = HTTP_FAILED,
                              .outcome = OUTCOME_TRUNCATED,
                              .status = len >= begin ? 200 : 0,
                              .bytes = body,
                              .hash = kit_text_hash(body),
                          };
        struct http h;

        http_init(&h, MAX_BODY, NULL);
        v = replay(&h, text, len, len, true, &fed);
        assert_same(&v, &should, "a cut body", len, len);
    }
}

static void test_a_parser_can_be_used_again_after_anything(void **state)
{
    struct http h;

    (void)state;
    http_init(&h, MAX_BODY, NULL);
    for (size_t i = 0; i < COUNT(replies); i++) {
        struct reply r = reply_of(i);
        struct verdict v, should = {.progress = HTTP_COMPLETE,
                                    .status = 200,
                                    .bytes = 5,
                                    .hash = kit_text_hash(5),
                                    .reusable = true};
        size_t fed;

        replay(&h, r.text, r.len, 7, i % 2, &fed);
        v = replay(&h, replies[0].text, strlen(replies[0].text), 3, false,
                   &fed);
        assert_same(&v, &should, replies[i].name, r.len, 3);
        free(r.text);
    }
}

/* When the header is complete is when the body's time begins. */
static void test_in_body_begins_with_the_last_byte_of_the_header(void **state)
{
    static const char header[] = OK "Content-Length: 2\r\n\r\n";
    struct http h;

    (void)state;
    http_init(&h, MAX_BODY, NULL);
    http_begin(&h);
    for (size_t i = 0; i < sizeof(header) - 1; i++) {
        assert_false(h.in_body);
        assert_int_equal(h.any, i > 0);
        assert_int_equal(http_feed(&h, header + i, 1), HTTP_MORE);
    }
    assert_true(h.in_body);
}

/* What is kept: the same, in whatever pieces it comes. */

/* Each from the same place, as a model would: a piece lives until the next. */
static enum http_progress feed_in_pieces(struct http *h, const char *text,
                                         size_t piece)
{
    static char place[8192];
    size_t len = strlen(text), at = 0;
    enum http_progress p = HTTP_MORE;

    http_begin(h);
    while (p == HTTP_MORE && at < len) {
        size_t n = len - at < piece ? len - at : piece;

        memset(place, '#', sizeof(place));
        memcpy(place, text + at, n);
        p = http_feed(h, place, n);
        at += n;
    }
    if (p == HTTP_MORE)
        memset(place, '#', sizeof(place));
    return p;
}

static void test_what_is_kept_is_independent_of_the_pieces(void **state)
{
    static const char text[] =
        "HTTP/1.1 103 Early Hints\r\nLocation: /early\r\n"
        "Content-Type: early/hint\r\n\r\n" OK "X-Location: /no\r\n"
        "cOnTent-tYPe:   text/html; charset=utf-8 \r\n"
        "Content-Type: text/second\r\nContent-Types: text/more\r\n"
        "LOCATION: /there?x=1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6\r\n world\r\n0\r\nLocation: /trailer\r\n\r\n";
    struct http_keep keep = {0};
    struct http h;

    (void)state;
    http_init(&h, MAX_BODY, &keep);
    for (size_t piece = 1; piece < sizeof(text); piece++) {
        feed_in_pieces(&h, text, piece);
        assert_true(h.complete);
        assert_string_equal(keep.type, "text/html; charset=utf-8");
        assert_string_equal(keep.location, "/there?x=1");
        assert_int_equal(h.bytes, 11);
        assert_memory_equal(keep.body, "hello world", 11);
        assert_true(keep.size <= MAX_BODY);
        http_drop(&keep);
        assert_null(keep.body);
    }
}

static void assert_coded(const char *fields, enum coding coding)
{
    struct http_keep keep = {0};
    char text[512];
    struct http h;

    snprintf(text, sizeof(text), OK "%s\r\n1\r\n0\r\n0\r\n\r\n", fields);
    http_init(&h, MAX_BODY, &keep);
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        feed_in_pieces(&h, text, piece);
        if (keep.coding != coding)
            fail_msg("%s: %d", fields, (int)keep.coding);
        http_drop(&keep);
    }
}

#define CODED(value) "Transfer-Encoding: chunked\r\nContent-Encoding: " value

static void test_a_coded_body_is_told_by_all_its_codings(void **state)
{
    (void)state;
    assert_coded(CODED("gzip\r\n"), CODING_GZIP);
    assert_coded(CODED("\tBR \r\n"), CODING_OTHER);
    assert_coded(CODED("identity,X-GZip\r\n"), CODING_GZIP);
    assert_coded(CODED("identity\r\nContent-Encoding: zstd\r\n"), CODING_OTHER);
    assert_coded(CODED("gzip\r\nContent-Encoding: identity\r\n"), CODING_GZIP);
    assert_coded(CODED("gzip\r\nContent-Encoding: gzip\r\n"), CODING_OTHER);
    assert_coded("Transfer-Encoding: deflate, chunked\r\n", CODING_DEFLATE);
    assert_coded(CODED("\r\n"), CODING_NONE);
    assert_coded(CODED("identity\r\n"), CODING_NONE);
    /* Browsers ignore what is no coding, which servers do send. */
    assert_coded(CODED("utf-8\r\n"), CODING_NONE);
    assert_coded(CODED("none\r\nVary: gzip\r\n"), CODING_NONE);
    assert_coded("Transfer-Encoding: chunked\r\n", CODING_NONE);
}

/* A body outlives its pieces; one that came whole is not copied. */
static void test_a_body_is_kept_as_long_as_it_is_needed(void **state)
{
    static const struct {
        const char *text;
        bool until_eof;
    } rows[] = {
        {OK "Content-Length: 11\r\n\r\nhello world", false},
        {OK "\r\nhello world", true},
    };
    struct http_keep keep = {0};
    struct http h;

    (void)state;
    http_init(&h, MAX_BODY, &keep);
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t piece = 1; piece <= strlen(rows[i].text); piece++) {
            if (feed_in_pieces(&h, rows[i].text, piece) == HTTP_MORE)
                assert_int_equal(http_eof(&h), HTTP_COMPLETE);
            assert_memory_equal(keep.body, "hello world", 11);
            if (piece == strlen(rows[i].text))
                assert_int_equal(!keep.heap, !rows[i].until_eof);
            http_drop(&keep);
        }
}

/* Half an address is none; half a type is still of use. */
static void test_what_is_too_long_to_be_kept(void **state)
{
    static char text[8000];
    struct http_keep keep = {0};
    char filler[2100];
    struct http h;

    (void)state;
    http_init(&h, MAX_BODY, &keep);
    for (size_t len = 2040; len < 2056; len++) {
        memset(filler, 'x', len);
        filler[len] = '\0';
        snprintf(text, sizeof(text),
                 OK "Location: %s\r\nContent-Type: %s\r\n"
                    "Content-Length: 0\r\n\r\n",
                 filler, filler);
        for (size_t piece = 1; piece < 3000; piece += 499) {
            feed_in_pieces(&h, text, piece);
            assert_true(h.complete);
            assert_string_equal(keep.location, len < 2048 ? filler : "");
            assert_int_equal(strlen(keep.type), sizeof(keep.type) - 1);
        }
    }
    http_drop(&keep);
}

static void test_no_more_than_the_cap_is_kept(void **state)
{
    struct http_keep keep = {0};
    struct http h;

    (void)state;
    http_init(&h, MAX_BODY, &keep);
    for (size_t i = 0; i < COUNT(replies); i++) {
        struct reply r = reply_of(i);
        size_t fed;

        replay(&h, r.text, r.len, 61, true, &fed);
        assert_true(keep.size <= MAX_BODY);
        /* It came in pieces, the last of which may have been all there was. */
        assert_true(h.bytes <= keep.size || keep.body != keep.heap);
        free(r.text);
    }
    http_drop(&keep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_verdict_is_independent_of_the_pieces),
        cmocka_unit_test(test_a_cut_anywhere_is_told_from_the_whole),
        cmocka_unit_test(test_a_cut_body_keeps_its_bytes),
        cmocka_unit_test(test_a_parser_can_be_used_again_after_anything),
        cmocka_unit_test(test_in_body_begins_with_the_last_byte_of_the_header),
        cmocka_unit_test(test_what_is_kept_is_independent_of_the_pieces),
        cmocka_unit_test(test_a_coded_body_is_told_by_all_its_codings),
        cmocka_unit_test(test_a_body_is_kept_as_long_as_it_is_needed),
        cmocka_unit_test(test_what_is_too_long_to_be_kept),
        cmocka_unit_test(test_no_more_than_the_cap_is_kept),
    };

    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
