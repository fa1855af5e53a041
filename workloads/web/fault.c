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
 * What each site says.  Wherever it can, it says a page that would do: whoever
 * overlooks the fault finds a link in it.
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

/* Another status than 200, with a page that has it all. */
static int say_status(struct reply *r, const struct question *q,
                      const char *status, const char *fields)
{
    struct front f;
    int error = write_front(&f, q);

    if (error)
        return error;
    strncat(f.fields, fields, sizeof(f.fields) - strlen(f.fields) - 1);
    error = reply_page(r, q, status, f.fields, f.body, f.len);
    free(f.body);
    return error;
}

static int say_not_found(struct reply *r, const struct question *q)
{
    return say_status(r, q, "404 Not Found", "");
}

static int say_server_error(struct reply *r, const struct question *q)
{
    return say_status(r, q, "500 Internal Server Error", "");
}

static int say_redirect(struct reply *r, const struct question *q,
                        const char *prefix)
{
    static const char body[] = "<p>It has moved.</p>\n";
    char target[BLOG_MAX_TARGET], fields[2 * BLOG_MAX_TARGET];
    const char *index;

    blog_target(&q->blog, BLOG_FRONT, target);
    index = target + strlen("/blog/");
    snprintf(fields, sizeof(fields), "%sLocation: %s%s\r\n", html, prefix,
             index);
    return reply_page(r, q, "302 Found", fields, body, sizeof(body) - 1);
}

static int say_redirect_loop(struct reply *r, const struct question *q)
{
    return say_redirect(r, q, q->next ? "../" : "next/");
}

static int say_redirect_scheme(struct reply *r, const struct question *q)
{
    return say_redirect(r, q, "ftp://127.0.0.1/blog/");
}

static int say_redirects(struct reply *r, const struct question *q)
{
    return say_redirect(r, q, q->next ? "/blog/" : "next/");
}

static int say_no_content(struct reply *r, const struct question *q)
{
    /* By RFC 9110 without a Content-Length. */
    return reply_bare(r, q, "204 No Content",
                      q->keep_alive ? "" : "Connection: close\r\n", NULL, 0);
}

static int say_reset(struct reply *r, const struct question *q)
{
    (void)q;
    r->end = REPLY_RESET;
    return 0;
}

static int say_nothing(struct reply *r, const struct question *q)
{
    (void)q;
    r->end = REPLY_CLOSE;
    return 0;
}

static int say_silence(struct reply *r, const struct question *q)
{
    (void)q;
    r->end = REPLY_HANG;
    return 0;
}

/* A page, and then the end when `len` bytes of its body are out. */
static int say_part(struct reply *r, const struct question *q,
                    const struct front *f, size_t len, enum reply_end end)
{
    int error = reply_page(r, q, "200 OK", f->fields, f->body, f->len);

    if (error)
        return error;
    r->len = r->head_len + len;
    r->end = end;
    return 0;
}

static int say_reset_in_body(struct reply *r, const struct question *q)
{
    struct front f;
    size_t len;
    int error = write_front(&f, q);

    if (error)
        return error;
    /* What fits into any peer's window is there before the reset is. */
    len = f.len / 2 < 8192 ? f.len / 2 : 8192;
    error = say_part(r, q, &f, len, REPLY_RESET);
    free(f.body);
    return error;
}

static int say_short_body(struct reply *r, const struct question *q)
{
    struct front f;
    int error = write_front(&f, q);

    if (error)
        return error;
    error = say_part(r, q, &f, f.len - 1, REPLY_CLOSE);
    free(f.body);
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

/* `permille` of the page's body in chunks, then `last`. */
static int say_chunks(struct reply *r, const struct question *q,
                      unsigned permille, const char *last)
{
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
    return say_chunks(r, q, 1000, "0\r\nA-Trailer: of no use\r\n\r\n");
}

/* The last chunk lacks its last byte. */
static int say_short_chunks(struct reply *r, const struct question *q)
{
    int error = say_chunks(r, q, 1000, "");

    if (!error)
        r->len -= strlen("\n\r\n");
    r->end = REPLY_CLOSE;
    return error;
}

static int say_bad_chunk(struct reply *r, const struct question *q)
{
    r->end = REPLY_CLOSE;
    return say_chunks(r, q, 750, "zz\r\n</p></body></html>\r\n0\r\n\r\n");
}

/* Heads. */

static int say_fields(struct reply *r, const struct question *q,
                      const char *fields)
{
    struct front f;
    int error = write_front(&f, q);

    if (error)
        return error;
    strncat(f.fields, fields, sizeof(f.fields) - strlen(f.fields) - 1);
    error = reply_bare(r, q, "200 OK", f.fields, f.body, f.len);
    free(f.body);
    r->end = REPLY_CLOSE;
    return error;
}

static int say_negative_length(struct reply *r, const struct question *q)
{
    return say_fields(r, q, "Content-Length: -1\r\n");
}

static int say_two_lengths(struct reply *r, const struct question *q)
{
    return say_fields(r, q, "Content-Length: 10\r\nContent-Length: 20\r\n");
}

static int say_until_close(struct reply *r, const struct question *q)
{
    return say_fields(r, q, "Connection: close\r\n");
}

static int say_something(struct reply *r, const char *text, size_t len)
{
    r->data = malloc(len);
    if (!r->data)
        return -ENOMEM;
    memcpy(r->data, text, len);
    r->len = r->head_len = len;
    return 0;
}

static int say_not_http(struct reply *r, const struct question *q)
{
    static const char text[] = "SSH-2.0-OpenSSH_9.2p1\r\n";

    (void)q;
    r->end = REPLY_CLOSE;
    return say_something(r, text, sizeof(text) - 1);
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
    r->end = REPLY_CLOSE;
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
    r->end = REPLY_CLOSE;
    return say_much(r, first, "<p>and so on, and so forth,</p>\n",
                    "<h3>The end</h3>\n", BIG_BODY);
}

static int say_slow_header(struct reply *r, const struct question *q)
{
    (void)q;
    r->end = REPLY_CLOSE;
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
    r->end = REPLY_CLOSE;
    return error;
}

/* Pages that lack something. */

static int say_html(struct reply *r, const struct question *q, const char *body)
{
    return reply_page(r, q, "200 OK", html, body, strlen(body));
}

static int say_no_link(struct reply *r, const struct question *q)
{
    return say_html(r, q,
                    "<!DOCTYPE html>\n<title>A blog</title>\n"
                    "<p><a href=\"/blog/0\">The first article</a></p>\n"
                    "<h3>Nothing here</h3>\n"
                    "<h3><a name=\"top\">Nor here</a></h3>\n");
}

static int say_no_title(struct reply *r, const struct question *q)
{
    char target[BLOG_MAX_TARGET], body[512];

    if (q->next)
        return say_html(r, q,
                        "<!DOCTYPE html>\n<html>\n<head></head>\n<body>\n"
                        "<svg><title>Of a picture</title></svg>\n"
                        "<h1>An article</h1>\n</body>\n</html>\n");
    blog_target(&q->blog, BLOG_FRONT, target);
    snprintf(body, sizeof(body),
             "<!DOCTYPE html>\n<title>A blog</title>\n"
             "<h3><a href='next/%s'>The first article</a></h3>\n",
             target + strlen("/blog/"));
    return say_html(r, q, body);
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

/* Those that the server ends have the same bytes; the healthy ones too. */
const struct fault faults[] = {
    {.name = "not-found",
     .what = "404 Not Found",
     .outcome = OUTCOME_STATUS,
     .status = 404,
     .same_bytes = true,
     .say = say_not_found},
    {.name = "server-error",
     .what = "500 Internal Server Error",
     .outcome = OUTCOME_STATUS,
     .status = 500,
     .same_bytes = true,
     .say = say_server_error},
    {.name = "redirect-loop",
     .what = "redirects in a circle",
     .outcome = OUTCOME_TOO_MANY_REDIRECTS,
     .status = 302,
     .same_bytes = true,
     .say = say_redirect_loop,
     .two_steps = true},
    {.name = "redirect-scheme",
     .what = "redirects to ftp:",
     .outcome = OUTCOME_BAD_REDIRECT,
     .status = 302,
     .same_bytes = true,
     .say = say_redirect_scheme},
    {.name = "reset-at-once",
     .what = "resets before it answers",
     .outcome = OUTCOME_RESET,
     .same_bytes = true,
     .say = say_reset},
    {.name = "empty-reply",
     .what = "hangs up before it answers",
     .outcome = OUTCOME_EMPTY,
     .same_bytes = true,
     .say = say_nothing},
    {.name = "reset-in-body",
     .what = "resets in the middle of the body",
     .outcome = OUTCOME_RESET,
     .status = 200,
     .same_bytes = true,
     .say = say_reset_in_body},
    {.name = "short-body",
     .what = "a body shorter than its Content-Length",
     .outcome = OUTCOME_TRUNCATED,
     .status = 200,
     .same_bytes = true,
     .say = say_short_body},
    {.name = "short-chunks",
     .what = "chunks that end too early",
     .outcome = OUTCOME_TRUNCATED,
     .status = 200,
     .same_bytes = true,
     .say = say_short_chunks},
    {.name = "bad-chunk",
     .what = "a chunk whose length is no number",
     .outcome = OUTCOME_MALFORMED,
     .status = 200,
     .same_bytes = true,
     .say = say_bad_chunk},
    {.name = "negative-length",
     .what = "Content-Length: -1",
     .outcome = OUTCOME_MALFORMED,
     .same_bytes = true,
     .say = say_negative_length},
    {.name = "two-lengths",
     .what = "two different Content-Lengths",
     .outcome = OUTCOME_MALFORMED,
     .same_bytes = true,
     .say = say_two_lengths},
    {.name = "not-http",
     .what = "speaks something else than HTTP",
     .outcome = OUTCOME_MALFORMED,
     .same_bytes = true,
     .say = say_not_http},
    {.name = "big-header",
     .what = "15 MB of headers",
     .outcome = OUTCOME_TOO_BIG,
     .same_bytes = true,
     .say = say_big_header},
    {.name = "big-body",
     .what = "a body without end",
     .outcome = OUTCOME_TOO_BIG,
     .status = 200,
     .same_bytes = true,
     .say = say_big_body},
    {.name = "slow-header",
     .what = "headers at 20 bytes a second",
     .outcome = OUTCOME_HEADER_TIMEOUT,
     .say = say_slow_header},
    {.name = "slow-body",
     .what = "a body at 20 bytes a second",
     .outcome = OUTCOME_BODY_TIMEOUT,
     .status = 200,
     .say = say_slow_body},
    {.name = "silent",
     .what = "never answers",
     .outcome = OUTCOME_HEADER_TIMEOUT,
     .say = say_silence},
    {.name = "no-link",
     .what = "no link to an article",
     .outcome = OUTCOME_NO_LINK,
     .status = 200,
     .same_bytes = true,
     .say = say_no_link},
    {.name = "no-title",
     .what = "an article without a title",
     .outcome = OUTCOME_NO_TITLE,
     .status = 200,
     .same_bytes = true,
     .say = say_no_title,
     .two_steps = true},
    {.name = "binary",
     .what = "a picture",
     .outcome = OUTCOME_NOT_HTML,
     .status = 200,
     .same_bytes = true,
     .say = say_binary},
    {.name = "refused",
     .what = "nobody listens",
     .place = FAULT_REFUSED,
     .outcome = OUTCOME_REFUSED,
     .same_bytes = true},
    {.name = "deaf",
     .what = "nobody accepts",
     .place = FAULT_DEAF,
     .outcome = OUTCOME_CONNECT_TIMEOUT},
    {.name = "plain",
     .what = "nothing: a healthy site",
     .outcome = OUTCOME_OK,
     .status = 200,
     .same_bytes = true,
     .titled = true,
     .say = say_plain},
    {.name = "chunked",
     .what = "nothing: a body in chunks",
     .outcome = OUTCOME_OK,
     .status = 200,
     .same_bytes = true,
     .titled = true,
     .say = say_chunked},
    {.name = "until-close",
     .what = "nothing: a body that ends with the connection",
     .outcome = OUTCOME_OK,
     .status = 200,
     .same_bytes = true,
     .titled = true,
     .say = say_until_close},
    {.name = "no-content",
     .what = "nothing: 204 No Content",
     .outcome = OUTCOME_OK,
     .status = 204,
     .same_bytes = true,
     .say = say_no_content},
    {.name = "redirect",
     .what = "nothing: two redirects that lead to the page",
     .outcome = OUTCOME_OK,
     .status = 200,
     .same_bytes = true,
     .titled = true,
     .say = say_redirects,
     .two_steps = true},
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
