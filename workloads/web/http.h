/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_HTTP_H
#define BATON_WORKLOADS_WEB_HTTP_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "workloads/kinds/outcome.h"
#include "workloads/web/decoding.h"

/*
 * One HTTP/1.1 response, parsed by llhttp as it arrives and hashed by XXH3 as
 * it streams: nothing is kept unless somebody asks for it, so any body fits
 * into fixed memory.  Knows no socket and no clock.
 */
enum { HTTP_MAX_HEADER = 64 * 1024 };

enum http_progress {
    HTTP_MORE,     /* feed it again */
    HTTP_COMPLETE, /* the body's last byte came */
    HTTP_FAILED,   /* see http->outcome; feed it no more */
};

/*
 * What is kept of a response for those who read it.  The caller's.  A body that
 * came whole stays among the bytes that http_feed() was given last, so it is to
 * be read before they are gone; one that came in pieces is put together on the
 * heap, no longer than max_body, and freed by http_drop().
 */
struct http_keep {
    char type[128];      /* Content-Type, cut off; or "" */
    char location[2048]; /* Location; "": none, or longer than this */
    enum coding coding;  /* by Content-Encoding and Transfer-Encoding */
    const char *body;    /* http->bytes of it; NULL: none came */
    char *heap;          /* where the pieces are put together, or NULL */
    size_t size;         /* of that */
    /* While headers come. */
    char name[24];    /* in lower case */
    char codings[64]; /* Content-Encoding or Transfer-Encoding, cut off */
    size_t name_len, value_len;
    char *value; /* where it goes: type, location, codings, or NULL */
    size_t value_size;
};
void http_drop(struct http_keep *keep); /* the body is gone then */

/* Where in the line of a chunk's size. */
enum http_line { LINE_NONE, LINE_SIZE, LINE_REST };

struct http {
    llhttp_t parser;
    XXH3_state_t hash;
    struct http_keep *keep; /* NULL: nothing is kept */
    /* Called with the body as it comes; NULL: not. */
    void (*body)(struct http *h, const char *at, size_t len);
    uint64_t max_body;
    uint64_t bytes;      /* of body so far */
    size_t header_bytes; /* names, values and reasons, trailers included */
    size_t line_bytes;   /* of a chunk's size, and what follows it */
    uint64_t length;     /* of an earlier Content-Length */
    enum http_line line;
    enum outcome outcome;
    uint16_t status;
    bool has_length;
    bool in_body;
    bool complete;
    bool reusable; /* the response is over, the connection may be kept */
    bool any;      /* a byte came */
};

/* Once, before the first http_begin(); `keep` may be NULL. */
void http_init(struct http *h, uint64_t max_body, struct http_keep *keep);

/* The next bytes begin a new response. */
void http_begin(struct http *h);

/* Bytes came.  Those beyond the response make the connection unusable. */
enum http_progress http_feed(struct http *h, const void *data, size_t len);

/* The stream ended in order: HTTP_COMPLETE or HTTP_FAILED, never HTTP_MORE. */
enum http_progress http_eof(struct http *h);

/* After HTTP_COMPLETE: the kept body goes to the heap, where it stays. */
bool http_move_body(struct http *h);
/* The body and its hash are these bytes of the heap from now on, its own. */
void http_replace_body(struct http *h, char *heap, size_t len);

/* XXH3-64 of the body so far. */
uint64_t http_hash(const struct http *h);

#endif
