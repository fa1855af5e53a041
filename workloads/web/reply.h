/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_REPLY_H
#define BATON_WORKLOADS_WEB_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/web/blog.h"

/*
 * What the origin says to one request for a blog or a fault: which bytes, how
 * fast, and how the talk ends.  workloads/web/answer.c says it; the bytes come
 * from blog.c and fault.c.
 */
enum reply_end {
    REPLY_KEEP,  /* the connection serves the next request, if it may */
    REPLY_CLOSE, /* it ends in order */
    REPLY_RESET, /* with a reset, once the bytes are out */
    REPLY_HANG,  /* not at all: until the peer leaves */
};

struct reply {
    char *data; /* on the heap, or NULL: nothing is said */
    size_t len;
    size_t head_len; /* what a HEAD request is told of it */
    /*
     * Before its last `tail` bytes, the `block` bytes in front of them are said
     * again `repeats` times: so megabytes take no memory.
     */
    size_t block, tail;
    uint64_t repeats;
    uint64_t pause_ns; /* between bytes behind the head; 0: none */
    enum reply_end end;
};

struct fault;

/* What was asked for. */
struct question {
    const struct fault *fault; /* NULL: a blog as it should be */
    bool next;                 /* where the fault's first answer leads to */
    enum blog_part part;       /* without a fault */
    struct blog blog;
    /* Known when it is answered: */
    bool keep_alive;
    uint64_t delay_us; /* from the request to now */
};

void reply_finish(struct reply *r);

/*
 * All that is said, or that a HEAD request is told; and what of it comes from
 * the byte `at` on, in one piece of *ret_len (at least 1) bytes.
 */
uint64_t reply_len(const struct reply *r, bool head_only);
const char *reply_at(const struct reply *r, uint64_t at, size_t *ret_len);

/* For those who make one: what a healthy server says.  0 or -ENOMEM. */
int reply_blog(struct reply *r, const struct question *q, enum blog_part part);
/*
 * A head and a body, on the heap.  `fields` are further lines of the head, each
 * with its line end.
 */
int reply_page(struct reply *r, const struct question *q, const char *status,
               const char *fields, const char *body, size_t len);
/* The same without Content-Length and Connection. */
int reply_bare(struct reply *r, const struct question *q, const char *status,
               const char *fields, const char *body, size_t len);

#endif
