/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_HTTP_H
#define BATON_WORKLOADS_HTTP_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "workloads/outcome.h"

/*
 * One HTTP/1.1 response, parsed by llhttp as it arrives and hashed by XXH3 as
 * it streams: nothing is kept, so any body fits into fixed memory.  Knows no
 * socket and no clock.
 */
enum { HTTP_MAX_HEADER = 64 * 1024 };

enum http_progress {
    HTTP_MORE,     /* feed it again */
    HTTP_COMPLETE, /* the body's last byte came */
    HTTP_FAILED,   /* see http->outcome; feed it no more */
};

struct http {
    llhttp_t parser;
    XXH3_state_t hash;
    uint64_t max_body;
    uint64_t bytes;      /* of body so far */
    size_t header_bytes; /* names, values and reasons, trailers included */
    enum outcome outcome;
    uint16_t status;
    bool in_body;
    bool complete;
    bool reusable; /* after HTTP_COMPLETE: the connection may be kept */
    bool any;      /* a byte came */
};

/* Once, before the first http_begin(). */
void http_init(struct http *h, uint64_t max_body);

/* The next bytes begin a new response. */
void http_begin(struct http *h);

/* Bytes came.  Those beyond the response make the connection unusable. */
enum http_progress http_feed(struct http *h, const void *data, size_t len);

/* The stream ended in order: HTTP_COMPLETE or HTTP_FAILED, never HTTP_MORE. */
enum http_progress http_eof(struct http *h);

/* XXH3-64 of the body so far. */
uint64_t http_hash(const struct http *h);

#endif
