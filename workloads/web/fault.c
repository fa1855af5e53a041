/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/blog.h"
#include "workloads/clock.h"
#include "workloads/web/reply.h"

/*
 * What each site says.  Wherever it can, it says a page that would do: a client
 * that overlooks the fault finds a link in it.
 */

static const char html[] = "Content-Type: text/html\r\n";
static const uint64_t drip_ns = 50 * NS_PER_MS;

/* The blog's front page with its Content-Type as a line of a head. */
struct front {
    char *body;
    size_t len;
    char fields[160];
};

static int write_front(struct front *f, const struct question *q)
{
    const char *type;

    f->body = blog_write(&q->blog, BLOG_FRONT, &f->len, &type);
    if (!f->body)
        return -ENOMEM;
    snprintf(f->fields, sizeof(f->fields), "Content-Type: %s\r\n", type);
    return 0;
}

static int say_plain(struct reply *r, const struct question *q)
{
    return reply_blog(r, q, BLOG_FRONT);
}

/* The front page behind another head, made by reply_page() or reply_bare(). */
static int say_front(struct reply *r, const struct question *q,
                     const char *status, const char *fields,
                     __typeof__(reply_page) *reply)
{
    struct front f;
    int error = write_front(&f, q);

    if (error)
        return error;
    strncat(f.fields, fields, sizeof(f.fields) - strlen(f.fields) - 1);
    error = reply(r, q, status, f.fields, f.body, f.len);
    free(f.body);
    return error;
}

/* Another status than 200, with a page that has it all. */
static int say_status(struct reply *r, const struct question *q)
{
    return say_front(r, q, q->fault->text, "", reply_page);
}

/* Without Content-Length, unless the fault says one. */
static int say_fields(struct reply *r, const struct question *q)
{
    return say_front(r, q, "200 OK", q->fault->text, reply_bare);
}

static int say_redirect(struct reply *r, const struct question *q)
{
    static const char body[] = "<p>It has moved.</p>\n";
    char target[BLOG_MAX_TARGET], fields[2 * BLOG_MAX_TARGET];

    blog_target(&q->blog, BLOG_FRONT, target);
    snprintf(fields, sizeof(fields), "%sLocation: %s%s\r\n", html,
             q->next ? q->fault->then : q->fault->text,
             target + strlen("/blog/"));
    return reply_page(r, q, "302 Found", fields, body, sizeof(body) - 1);
}

static int say_no_content(struct reply *r, const struct question *q)
{
    /* By RFC 9110 without a Content-Length. */
    return reply_bare(r, q, "204 No Content",
                      q->keep_alive ? "" : "Connection: close\r\n", NULL, 0);
}

/* What fits into any peer's window is there before the reset is. */
static int say_reset_in_body(struct reply *r, const struct question *q)
{
    int error = say_front(r, q, "200 OK", "", reply_page);
    size_t half = (r->len - r->head_len) / 2;

    r->len = r->head_len + (half < 8192 ? half : 8192);
    return error;
}

static int say_short_body(struct reply *r, const struct question *q)
{
    int error = say_front(r, q, "200 OK", "", reply_page);

    r->len -= !error;
    return error;
}

/* Chunks. */

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

/* `permille` of the page's body in chunks, then the fault's text. */
static int say_chunks(struct reply *r, const struct question *q,
                      unsigned permille)
{
    const char *last = q->fault->text;
    struct front f;
    size_t len;
    char *out;
    int error = write_front(&f, q);

    if (error)
        return error;
    out = malloc(2 * f.len + 512 + strlen(last));
    if (!out) {
        free(f.body);
        return -ENOMEM;
    }
    len = write_chunks(out, f.body, f.len * permille / 1000);
    memcpy(out + len, last, strlen(last));
    len += strlen(last);
    strcat(f.fields, "Transfer-Encoding: chunked\r\n");
    if (!q->keep_alive)
        strcat(f.fields, "Connection: close\r\n");
    error = reply_bare(r, q, "200 OK", f.fields, out, len);
    free(out);
    free(f.body);
    return error;
}

static int say_chunked(struct reply *r, const struct question *q)
{
    if (!q->keep_alive)
        r->end = REPLY_CLOSE;
    return say_chunks(r, q, 1000);
}

/* The last chunk lacks its last byte. */
static int say_short_chunks(struct reply *r, const struct question *q)
{
    int error = say_chunks(r, q, 1000);

    if (!error)
        r->len -= strlen("\n\r\n");
    return error;
}

static int say_bad_chunk(struct reply *r, const struct question *q)
{
    return say_chunks(r, q, 750);
}

static int say_not_http(struct reply *r, const struct question *q)
{
    r->data = strdup(q->fault->text);
    if (!r->data)
        return -ENOMEM;
    r->len = r->head_len = strlen(r->data);
    return 0;
}

/* Much, and slow. */

enum {
    BIG_HEADER = 15 * 1024 * 1024,
    BIG_BODY = 64 * 1024 * 1024,
    BLOCK = 16 * 1024, /* of what is said again and again */
    /* At 50 ms each they last 50 minutes; as a header still not too big. */
    DRIPS = 60 * 1000,
};

/* `first`, a block that is made of `line`, and `last`. */
static int say_much(struct reply *r, const char *first, const char *line,
                    const char *last, uint64_t total)
{
    size_t line_len = strlen(line), n = BLOCK / line_len;
    char *at;

    r->block = n * line_len;
    r->tail = strlen(last);
    r->len = strlen(first) + r->block + r->tail;
    r->repeats = (total - r->len) / r->block;
    r->data = at = malloc(r->len);
    if (!at)
        return -ENOMEM;
    memcpy(at, first, strlen(first));
    at += strlen(first);
    for (size_t i = 0; i < n; i++)
        memcpy(at + i * line_len, line, line_len);
    memcpy(at + r->block, last, r->tail);
    return 0;
}

static int say_big_header(struct reply *r, const struct question *q)
{
    (void)q;
    return say_much(r, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
                    "Set-Cookie: crumb=0123456789abcdef0123456789abcdef\r\n",
                    "Content-Length: 0\r\n\r\n", BIG_HEADER);
}

static int say_big_body(struct reply *r, const struct question *q)
{
    static const char first[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                "Connection: close\r\n\r\n"
                                "<!DOCTYPE html>\n<title>Without end</title>\n";

    (void)q;
    return say_much(r, first, "<p>and so on, and so forth,</p>\n",
                    "<h3>The end</h3>\n", BIG_BODY);
}

static int say_slow_header(struct reply *r, const struct question *q)
{
    (void)q;
    r->pause_ns = drip_ns;
    return say_much(r, "HTTP/1.1 200 OK\r\n", "Drip: drop\r\n",
                    "Content-Length: 0\r\n\r\n", DRIPS);
}

/* The page, and behind it line ends: as many as its length has promised. */
static int say_slow_body(struct reply *r, const struct question *q)
{
    struct front f;
    int error = write_front(&f, q);

    if (error)
        return error;
    snprintf(f.fields + strlen(f.fields), sizeof(f.fields) - strlen(f.fields),
             "Content-Length: %zu\r\n", f.len + DRIPS);
    error = reply_bare(r, q, "200 OK", f.fields, f.body, f.len);
    free(f.body);
    r->block = 1;
    r->repeats = DRIPS;
    r->pause_ns = drip_ns;
    return error;
}

/* Pages that lack something. */

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
    return reply_page(r, q, "200 OK", html, body, strlen(body));
}

/* One black pixel. */
static int say_binary(struct reply *r, const struct question *q)
{
    static const unsigned char png[] = {
        0x89, 'P',  'N',  'G',  '\r', '\n', 0x1a, '\n', 0x00, 0x00, 0x00, 0x0d,
        'I',  'H',  'D',  'R',  0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
        0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00,
        0x0a, 'I',  'D',  'A',  'T',  0x78, 0x9c, 0x63, 0x60, 0x00, 0x00, 0x00,
        0x02, 0x00, 0x01, 0x48, 0xaf, 0xa4, 0x71, 0x00, 0x00, 0x00, 0x00, 'I',
        'E',  'N',  'D',  0xae, 0x42, 0x60, 0x82,
    };

    return reply_page(r, q, "200 OK", "Content-Type: image/png\r\n",
                      (const char *)png, sizeof(png));
}

/* The healthy ones come last. */
const struct fault faults[] = {
    {"not-found", "404 Not Found", OUTCOME_STATUS, 404, FAULT_SAME_BYTES,
     REPLY_KEEP, say_status, "404 Not Found"},
    {"server-error", "500 Internal Server Error", OUTCOME_STATUS, 500,
     FAULT_SAME_BYTES, REPLY_KEEP, say_status, "500 Internal Server Error"},
    {"redirect-loop", "redirects in a circle", OUTCOME_TOO_MANY_REDIRECTS, 302,
     FAULT_SAME_BYTES | FAULT_TWO_STEPS, REPLY_KEEP, say_redirect, "next/",
     "../"},
    {"redirect-scheme", "redirects to ftp:", OUTCOME_BAD_REDIRECT, 302,
     FAULT_SAME_BYTES, REPLY_KEEP, say_redirect, "ftp://127.0.0.1/blog/"},
    {"reset-at-once", "resets before it answers", OUTCOME_RESET, 0,
     FAULT_SAME_BYTES, REPLY_RESET},
    {"empty-reply", "hangs up before it answers", OUTCOME_EMPTY, 0,
     FAULT_SAME_BYTES, REPLY_CLOSE},
    {"reset-in-body", "resets in the middle of the body", OUTCOME_RESET, 200,
     FAULT_SAME_BYTES, REPLY_RESET, say_reset_in_body},
    {"short-body", "a body shorter than its Content-Length", OUTCOME_TRUNCATED,
     200, FAULT_SAME_BYTES, REPLY_CLOSE, say_short_body},
    {"short-chunks", "chunks that end too early", OUTCOME_TRUNCATED, 200,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_short_chunks, ""},
    {"bad-chunk", "a chunk whose length is no number", OUTCOME_MALFORMED, 200,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_bad_chunk,
     "zz\r\n</p></body></html>\r\n0\r\n\r\n"},
    {"negative-length", "Content-Length: -1", OUTCOME_MALFORMED, 0,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_fields, "Content-Length: -1\r\n"},
    {"two-lengths", "two different Content-Lengths", OUTCOME_MALFORMED, 0,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_fields,
     "Content-Length: 10\r\nContent-Length: 20\r\n"},
    {"not-http", "speaks something else than HTTP", OUTCOME_MALFORMED, 0,
     FAULT_SAME_BYTES, REPLY_CLOSE, say_not_http, "SSH-2.0-OpenSSH_9.2p1\r\n"},
    {"big-header", "15 MB of headers", OUTCOME_TOO_BIG, 0, FAULT_SAME_BYTES,
     REPLY_CLOSE, say_big_header},
    {"big-body", "a body without end", OUTCOME_TOO_BIG, 200, FAULT_SAME_BYTES,
     REPLY_CLOSE, say_big_body},
    {"slow-header", "headers at 20 bytes a second", OUTCOME_HEADER_TIMEOUT, 0,
     0, REPLY_CLOSE, say_slow_header},
    {"slow-body", "a body at 20 bytes a second", OUTCOME_BODY_TIMEOUT, 200, 0,
     REPLY_CLOSE, say_slow_body},
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
    {"refused", "nobody listens", OUTCOME_REFUSED, 0, FAULT_SAME_BYTES,
     .place = FAULT_REFUSED},
    {"deaf", "nobody accepts", OUTCOME_CONNECT_TIMEOUT, .place = FAULT_DEAF},
    {"plain", "nothing: a healthy site", OUTCOME_OK, 200,
     FAULT_SAME_BYTES | FAULT_TITLED, REPLY_KEEP, say_plain},
    {"chunked", "nothing: a body in chunks", OUTCOME_OK, 200,
     FAULT_SAME_BYTES | FAULT_TITLED, REPLY_KEEP, say_chunked,
     "0\r\nA-Trailer: of no use\r\n\r\n"},
    {"until-close", "nothing: a body that ends with the connection", OUTCOME_OK,
     200, FAULT_SAME_BYTES | FAULT_TITLED, REPLY_CLOSE, say_fields,
     "Connection: close\r\n"},
    {"no-content", "nothing: 204 No Content", OUTCOME_OK, 204, FAULT_SAME_BYTES,
     REPLY_KEEP, say_no_content},
    {"redirect", "nothing: two redirects that lead to the page", OUTCOME_OK,
     200, FAULT_SAME_BYTES | FAULT_TITLED | FAULT_TWO_STEPS, REPLY_KEEP,
     say_redirect, "next/", "/blog/"},
};
const size_t n_faults = sizeof(faults) / sizeof(faults[0]);

const struct fault *fault_find(const char *name, size_t len)
{
    for (size_t i = 0; i < n_faults; i++)
        if (strlen(faults[i].name) == len &&
            memcmp(faults[i].name, name, len) == 0)
            return &faults[i];
    return NULL;
}

static bool skip(const char **at, const char *end, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

/* /fault/NAME/INDEX?..., /fault/NAME/next/INDEX?...: at the slash. */
static int parse_fault(const char *at, const char *end, struct question *q)
{
    const char *slash = memchr(at, '/', (size_t)(end - at));
    char text[BLOG_MAX_TARGET] = "/blog/";
    size_t prefix = strlen(text), len;

    if (!slash)
        return -EINVAL;
    q->fault = fault_find(at, (size_t)(slash - at));
    at = slash + 1;
    q->next = skip(&at, end, "next/");
    len = (size_t)(end - at);
    if (!q->fault || q->fault->place != FAULT_ORIGIN ||
        (q->next && !(q->fault->flags & FAULT_TWO_STEPS)) ||
        len > sizeof(text) - prefix)
        return -EINVAL;
    /* The rest is written as a blog's is. */
    memcpy(text + prefix, at, len);
    return blog_parse(text, prefix + len, &q->part, &q->blog);
}

int question_parse(const char *target, size_t len, struct question *ret)
{
    const char *at = target, *end = target + len;
    struct question q = {.fault = NULL};
    int error;

    if (skip(&at, end, "/fault/"))
        error = parse_fault(at, end, &q);
    else
        error = blog_parse(target, len, &q.part, &q.blog);
    if (!error)
        *ret = q;
    return error;
}

int reply_init(struct reply *r, const struct question *q)
{
    *r = (struct reply){.end = q->fault ? q->fault->end : REPLY_KEEP};
    if (!q->fault)
        return reply_blog(r, q, q->part);
    return q->fault->say ? q->fault->say(r, q) : 0;
}
