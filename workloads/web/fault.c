/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"

/*
 * What each site says.  Wherever it can, it says a page that would do: a client
 * that overlooks the fault finds a link in it.
 */

static const char html[] = "Content-Type: text/html\r\n";

static int compose(struct reply *r, const char *head, size_t head_len,
                   const char *body, size_t len)
{
    r->data = malloc(head_len + len);
    if (!r->data)
        return -ENOMEM;
    memcpy(r->data, head, head_len);
    if (len)
        memcpy(r->data + head_len, body, len);
    r->head_len = head_len;
    r->len = head_len + len;
    return 0;
}

/* "Baton-Delay-Us: N", or nothing where no delay was asked for. */
static const char *delay(const struct question *q, char out[48])
{
    out[0] = '\0';
    if (q->blog.latency_ms)
        snprintf(out, 48, "Baton-Delay-Us: %" PRIu64 "\r\n", q->delay_us);
    return out;
}

/* A Content-Length is the body's and so much more; none where it is BARE. */
enum { BARE = -1 };

int reply_page(struct reply *r, const struct question *q, const char *status,
               const char *fields, int64_t more, const char *body, size_t len)
{
    char head[512], line[48], length[96] = "";
    int head_len;

    if (more != BARE)
        snprintf(length, sizeof(length), "Content-Length: %zu\r\n%s",
                 len + (size_t)more,
                 q->keep_alive ? "" : "Connection: close\r\n");
    head_len = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%s%s%s\r\n", status,
                        fields, length, delay(q, line));
    return compose(r, head, (size_t)head_len, body, len);
}

/* A page of the blog. */
static int reply_blog(struct reply *r, const struct question *q,
                      enum blog_part part, const char *status,
                      const char *fields, int64_t more)
{
    const char *type;
    char all[160];
    size_t len;
    char *body = blog_write(&q->blog, part, &len, &type);
    int error;

    if (!body)
        return -ENOMEM;
    snprintf(all, sizeof(all), "Content-Type: %s\r\n%s", type, fields);
    error = reply_page(r, q, status, all, more, body, len);
    free(body);
    return error;
}

/* The front page behind another head, or before too many line ends. */
static int say_front(struct reply *r, const struct question *q)
{
    const struct fault *f = q->fault;

    if (f->total) {
        r->block = 1;
        r->repeats = f->total;
    }
    return reply_blog(r, q, BLOG_FRONT, f->text ? f->text : "200 OK",
                      f->fields ? f->fields : "",
                      f->fields ? BARE : (int64_t)f->total);
}

/* What fits into any peer's window is there before the reset is. */
static int say_half(struct reply *r, const struct question *q)
{
    int error = say_front(r, q);
    size_t half = (r->len - r->head_len) / 2;

    r->len = r->head_len + (half < 8192 ? half : 8192);
    return error;
}

static int say_redirect(struct reply *r, const struct question *q)
{
    static const char body[] = "<p>It has moved.</p>\n";
    char target[BLOG_MAX_TARGET], fields[2 * BLOG_MAX_TARGET];

    blog_target(&q->blog, BLOG_FRONT, target);
    snprintf(fields, sizeof(fields), "%sLocation: %s%s\r\n", html,
             q->next ? q->fault->then : q->fault->text,
             target + strlen("/blog/"));
    return reply_page(r, q, "302 Found", fields, 0, body, sizeof(body) - 1);
}

static int say_no_content(struct reply *r, const struct question *q)
{
    /* By RFC 9110 without a Content-Length. */
    return reply_page(r, q, "204 No Content",
                      q->keep_alive ? "" : "Connection: close\r\n", BARE, NULL,
                      0);
}

/* Into `out`, which has room for twice `len` and 512 bytes; what it took. */
static size_t write_chunks(char *out, const char *body, size_t len)
{
    static const size_t sizes[] = {1, 9, 10, 15, 16, 255, 256, 4096};
    static const char *const heads[] = {"%zx\r\n", "%zX\r\n", "%zx;a=b\r\n",
                                        "0%zx;c=\"d\"\r\n"};
    size_t at = 0;

    for (unsigned i = 0; len > 0; i++) {
        size_t n = sizes[i % 8] < len ? sizes[i % 8] : len;

        at += (size_t)sprintf(out + at, heads[i % 4], n);
        memcpy(out + at, body, n);
        at += n;
        memcpy(out + at, "\r\n", 2);
        at += 2;
        body += n;
        len -= n;
    }
    return at;
}

/* The page's body in chunks, three quarters of a broken one; then the text. */
static int say_chunks(struct reply *r, const struct question *q)
{
    const char *last = q->fault->text, *type;
    char fields[160];
    size_t len, last_len = strlen(last);
    char *body = blog_write(&q->blog, BLOG_FRONT, &len, &type);
    char *out = body ? malloc(2 * len + 512 + last_len) : NULL;
    int error = -ENOMEM;

    if (out) {
        if (q->fault->outcome == OUTCOME_MALFORMED)
            len = len * 3 / 4;
        len = write_chunks(out, body, len);
        memcpy(out + len, last, last_len);
        snprintf(fields, sizeof(fields),
                 "Content-Type: %s\r\nTransfer-Encoding: chunked\r\n%s", type,
                 q->keep_alive ? "" : "Connection: close\r\n");
        error = reply_page(r, q, "200 OK", fields, BARE, out, len + last_len);
    }
    free(out);
    free(body);
    return error;
}

static int say_not_http(struct reply *r, const struct question *q)
{
    return compose(r, q->fault->text, strlen(q->fault->text), NULL, 0);
}

enum {
    BIG_HEADER = 15 * 1024 * 1024,
    BIG_BODY = 64 * 1024 * 1024,
    BLOCK = 16 * 1024, /* of what is said again and again */
    /* At 50 ms each they last 50 minutes; as a header still not too big. */
    DRIPS = 60 * 1000,
};
static const uint64_t drip_ns = 50 * NS_PER_MS;

/* The text, a block that is made of the line, and `then`. */
static int say_much(struct reply *r, const struct question *q)
{
    const struct fault *f = q->fault;
    size_t first = strlen(f->text), line = strlen(f->line), n = BLOCK / line;

    r->block = n * line;
    r->tail = strlen(f->then);
    r->len = first + r->block + r->tail;
    r->repeats = (f->total - r->len) / r->block;
    r->data = malloc(r->len);
    if (!r->data)
        return -ENOMEM;
    memcpy(r->data, f->text, first);
    for (size_t i = 0; i < n; i++)
        memcpy(r->data + first + i * line, f->line, line);
    memcpy(r->data + first + r->block, f->then, r->tail);
    return 0;
}

/* "%s" in it is the rest of the path to the blog. */
static int say_html(struct reply *r, const struct question *q)
{
    const char *html_of = q->next ? q->fault->then : q->fault->text;
    const char *blank = strstr(html_of, "%s");
    char target[BLOG_MAX_TARGET], body[512];
    int before = blank ? (int)(blank - html_of) : (int)strlen(html_of);

    blog_target(&q->blog, BLOG_FRONT, target);
    snprintf(body, sizeof(body), "%.*s%s%s", before, html_of,
             blank ? target + strlen("/blog/") : "",
             blank ? blank + strlen("%s") : "");
    return reply_page(r, q, "200 OK", html, 0, body, strlen(body));
}

/* One black pixel. */
static int say_binary(struct reply *r, const struct question *q)
{
    static const char png[] =
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\0\0\0\0:~\x9bU"
        "\0\0\0\nIDATx\x9c"
        "c`\0\0\0\2\0\1H\xaf\xa4q\0\0\0\0IEND\xae"
        "B`\x82";

    return reply_page(r, q, "200 OK", "Content-Type: image/png\r\n", 0, png,
                      sizeof(png) - 1);
}

/* The healthy ones come last. */
const struct fault faults[] = {
    {"not-found", "404 Not Found", OUTCOME_STATUS, 404, FAULT_SAME_BYTES,
     REPLY_KEEP, say_front, "404 Not Found"},
    {"server-error", "500 Internal Server Error", OUTCOME_STATUS, 500,
     FAULT_SAME_BYTES, REPLY_KEEP, say_front, "500 Internal Server Error"},
    {"redirect-loop", "redirects in a circle", OUTCOME_TOO_MANY_REDIRECTS, 302,
     FAULT_SAME_BYTES | FAULT_TWO_STEPS, REPLY_KEEP, say_redirect, "next/",
     "../"},
    {"redirect-scheme", "redirects to ftp:", OUTCOME_BAD_REDIRECT, 302,
     FAULT_SAME_BYTES, REPLY_KEEP, say_redirect, "ftp://127.0.0.1/blog/"},
    {"reset-at-once", "resets before it answers", OUTCOME_RESET, 0,
     FAULT_SAME_BYTES, REPLY_RESET},
    {"empty-reply", "closes the connection without an answer", OUTCOME_EMPTY, 0,
     FAULT_SAME_BYTES, REPLY_CLOSE},
    {"reset-in-body", "resets in the middle of the body", OUTCOME_RESET, 200,
     FAULT_SAME_BYTES, REPLY_RESET, say_half},
    {"short-body", "a body shorter than its Content-Length", OUTCOME_TRUNCATED,
     200, FAULT_SAME_BYTES, REPLY_CLOSE, say_front, .cut = 1},
    {"short-chunks", "chunks that end too early", OUTCOME_TRUNCATED, 200,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_chunks, "", .cut = 3},
    {"bad-chunk", "a chunk with an invalid length", OUTCOME_MALFORMED, 200,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_chunks,
     "zz\r\n</p></body></html>\r\n0\r\n\r\n"},
    {"negative-length", "Content-Length: -1", OUTCOME_MALFORMED, 0,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_front,
     .fields = "Content-Length: -1\r\n"},
    {"two-lengths", "two different Content-Lengths", OUTCOME_MALFORMED, 0,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_front,
     .fields = "Content-Length: 10\r\nContent-Length: 20\r\n"},
    {"not-http", "speaks SSH and not HTTP", OUTCOME_MALFORMED, 0,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_not_http, "SSH-2.0-OpenSSH_9.2p1\r\n"},
    {"big-header", "15 MB of headers", OUTCOME_TOO_BIG, 0, FAULT_SAME_BYTES,
     REPLY_CLOSE, say_much, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
     "Content-Length: 0\r\n\r\n",
     .line = "Set-Cookie: crumb=0123456789abcdef0123456789abcdef\r\n",
     .total = BIG_HEADER},
    {"big-body", "an endless body", OUTCOME_TOO_BIG, 200, FAULT_SAME_BYTES,
     REPLY_CLOSE, say_much,
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
     "Connection: close\r\n\r\n<!DOCTYPE html>\n<title>Without end</title>\n",
     "<h3>The end</h3>\n", .line = "<p>and so on, and so forth,</p>\n",
     .total = BIG_BODY},
    {"slow-header", "headers at 20 bytes a second", OUTCOME_HEADER_TIMEOUT, 0,
     FAULT_SLOW, REPLY_CLOSE, say_much, "HTTP/1.1 200 OK\r\n",
     "Content-Length: 0\r\n\r\n", .line = "Drip: drop\r\n", .total = DRIPS},
    {"slow-body", "a body at 20 bytes a second", OUTCOME_BODY_TIMEOUT, 200,
     FAULT_SLOW, REPLY_CLOSE, say_front, .total = DRIPS},
    {"silent", "never answers", OUTCOME_HEADER_TIMEOUT, 0, 0, REPLY_HANG},
    {"no-link", "no link to an article", OUTCOME_NO_LINK, 200, FAULT_SAME_BYTES,
     REPLY_KEEP, say_html,
     "<!DOCTYPE html>\n<title>A blog</title>\n"
     "<p><a href=\"/blog/0\">The first article</a></p>\n"
     "<h3>Nothing here</h3>\n"
     "<h3><a name=\"top\">Nor here</a></h3>\n"},
    {"no-title", "an article without a title", OUTCOME_NO_TITLE, 200,
     FAULT_SAME_BYTES | FAULT_TWO_STEPS, REPLY_KEEP, say_html,
     "<!DOCTYPE html>\n<title>A blog</title>\n"
     "<h3><a href='next/%s'>The first article</a></h3>\n",
     "<!DOCTYPE html>\n<html>\n<head></head>\n<body>\n"
     "<svg><title>Of a picture</title></svg>\n"
     "<h1>An article</h1>\n</body>\n</html>\n"},
    {"binary", "a picture", OUTCOME_NOT_HTML, 200, FAULT_SAME_BYTES, REPLY_KEEP,
     say_binary},
    {"refused", "a port that refuses connections", OUTCOME_REFUSED, 0,
     FAULT_SAME_BYTES, .place = FAULT_REFUSED},
    {"deaf", "a port that does not accept connections", OUTCOME_CONNECT_TIMEOUT,
     .place = FAULT_FULL},
    {"plain", "nothing: a healthy site", OUTCOME_OK, 200,
     FAULT_SAME_BYTES | FAULT_TITLED, REPLY_KEEP, say_front},
    {"chunked", "nothing: a body in chunks", OUTCOME_OK, 200,
     FAULT_SAME_BYTES | FAULT_TITLED, REPLY_KEEP, say_chunks,
     "0\r\nA-Trailer: of no use\r\n\r\n"},
    {"until-close", "nothing: a body that ends with the connection", OUTCOME_OK,
     200, FAULT_SAME_BYTES | FAULT_TITLED, REPLY_CLOSE, say_front,
     .fields = "Connection: close\r\n"},
    {"no-content", "nothing: 204 No Content", OUTCOME_OK, 204, FAULT_SAME_BYTES,
     REPLY_KEEP, say_no_content},
    {"redirect", "nothing: two redirects that lead to the page", OUTCOME_OK,
     200, FAULT_SAME_BYTES | FAULT_TITLED | FAULT_TWO_STEPS, REPLY_KEEP,
     say_redirect, "next/", "/blog/"},
};
const size_t n_faults = sizeof(faults) / sizeof(faults[0]);

const struct fault fault_compressed = {
    "compressed",
    "Content-Encoding: gzip, not asked for",
    OUTCOME_COMPRESSED,
    200,
    FAULT_SAME_BYTES,
    REPLY_CLOSE,
    say_front,
    .fields = "Content-Encoding: gzip\r\nConnection: close\r\n"};

const struct fault *fault_find(const char *name, size_t len)
{
    for (size_t i = 0; i <= n_faults; i++) {
        const struct fault *f = i < n_faults ? &faults[i] : &fault_compressed;

        if (strlen(f->name) == len && memcmp(f->name, name, len) == 0)
            return f;
    }
    return NULL;
}

/* NAME/INDEX?..., NAME/next/INDEX?... */
static int parse_fault(const char *at, const char *end, struct question *q)
{
    const char *slash = memchr(at, '/', (size_t)(end - at));

    if (!slash)
        return -EINVAL;
    q->fault = fault_find(at, (size_t)(slash - at));
    at = slash + 1;
    q->next = page_skip(&at, end, "next/");
    if (!q->fault || q->fault->place != FAULT_ORIGIN ||
        (q->next && !(q->fault->flags & FAULT_TWO_STEPS)))
        return -EINVAL;
    return blog_parse_rest(at, (size_t)(end - at), &q->blog);
}

int question_parse(const char *target, size_t len, struct question *ret)
{
    const char *at = target, *end = target + len;
    struct question q = {.fault = NULL};
    int error;

    if (page_skip(&at, end, "/fault/"))
        error = parse_fault(at, end, &q);
    else
        error = blog_parse(target, len, &q.part, &q.blog);
    if (!error)
        *ret = q;
    return error;
}

int reply_init(struct reply *r, const struct question *q)
{
    const struct fault *f = q->fault;
    int error;

    *r = (struct reply){.end = f ? f->end : REPLY_KEEP};
    if (!f)
        return reply_blog(r, q, q->part, "200 OK", "", 0);
    if (f->flags & FAULT_SLOW) {
        r->tick_ns = drip_ns;
        r->rate = NS_PER_S / drip_ns;
    }
    error = f->say ? f->say(r, q) : 0;
    r->len -= error ? 0 : f->cut;
    return error;
}

uint64_t reply_len(const struct reply *r, bool head_only)
{
    return head_only ? r->head_len : r->len + r->block * r->repeats;
}

const char *reply_at(const struct reply *r, uint64_t at, size_t *ret_len)
{
    size_t before = r->len - r->tail, in_block;

    if (at < before) {
        *ret_len = before - (size_t)at;
        return r->data + at;
    }
    if (at < before + r->block * r->repeats) {
        in_block = (size_t)((at - before) % r->block);
        *ret_len = r->block - in_block;
        return r->data + before - *ret_len;
    }
    at -= r->block * r->repeats;
    *ret_len = r->len - (size_t)at;
    return r->data + at;
}

void reply_finish(struct reply *r)
{
    free(r->data);
    r->data = NULL;
}
