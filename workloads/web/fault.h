/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_FAULT_H
#define BATON_WORKLOADS_WEB_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/outcome.h"
#include "workloads/web/blog.h"

/*
 * What the origin says to one request for a blog or a fault: which bytes, how
 * fast, and how the talk ends.  workloads/web/answer.c says it.
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
    size_t head_len; /* what a HEAD request gets of it */
    /*
     * Before its last `tail` bytes, the `block` bytes in front of them are said
     * again `repeats` times: so megabytes take no memory.
     */
    size_t block, tail;
    uint64_t repeats;
    uint64_t rate;    /* bytes/s behind the head; 0: all at once */
    uint64_t tick_ns; /* how often it sends what is due; not 0 with a rate */
    enum reply_end end;
};

struct question;

/*
 * The sites of the workload `faults`: what can be wrong with a server, and what
 * only looks wrong.  Each is a blog whose front page is
 *
 *     /fault/NAME/INDEX?seed=S&bytes=B&latency-ms=L
 *
 * on the origin, except those where the fault is in reaching it.
 */
enum fault_place {
    FAULT_ORIGIN,  /* the origin answers */
    FAULT_REFUSED, /* a port without a listener */
    FAULT_FULL,    /* a port whose queue is full */
};

enum fault_flag {
    /*
     * The server ends the talk, so how many bytes of a body came is the same
     * for all; otherwise the one who waited decides.
     */
    FAULT_SAME_BYTES = 1,
    FAULT_TITLED = 2, /* healthy: has the title of the blog INDEX; else none */
    /* Its first answer leads to a second one, at /fault/NAME/next/INDEX?... */
    FAULT_TWO_STEPS = 4,
    FAULT_SLOW = 8, /* 20 bytes a second */
};

struct fault {
    const char *name; /* "not-found", as in the path and in results */
    const char *what; /* in words, for the report: "404 Not Found" */
    /* What every model has to make of it. */
    enum outcome outcome; /* OUTCOME_OK: healthy */
    uint16_t status;      /* of the last answer; 0: none was understood */
    unsigned flags;       /* enum fault_flag */
    /*
     * The origin's side: how the talk ends, and what makes the answer (0, or
     * -ENOMEM) of what follows.  NULL: nothing is said.
     */
    enum reply_end end;
    int (*say)(struct reply *r, const struct question *q);
    const char *text, *then; /* of the second answer, or at the end */
    const char *fields;      /* of the head, without a Content-Length */
    const char *line;        /* said again and again, up to `total` bytes */
    uint64_t total;          /* or line ends behind the page, so many */
    size_t cut;              /* bytes that are missing at the end */
    enum fault_place place;
};

extern const struct fault faults[];
extern const size_t n_faults;
/*
 * One more, which came later: only where it is asked for, so that the sites of
 * a cell stay what they were.
 */
extern const struct fault fault_compressed;

const struct fault *fault_find(const char *name, size_t len); /* or NULL */

/* What was asked for. */
struct question {
    const struct fault *fault; /* NULL: a blog as it should be */
    bool next;                 /* where the fault's first answer leads to */
    enum blog_part part;       /* without a fault */
    struct page blog;
    /* Known when it is answered: */
    bool keep_alive;
    uint64_t delay_us; /* from the request to now */
};

/* 0, or -EINVAL: neither blog nor fault.  `target` need not end in a NUL. */
int question_parse(const char *target, size_t len, struct question *ret);

/* 0 and a reply for reply_finish(), or -ENOMEM. */
int reply_init(struct reply *r, const struct question *q);
void reply_finish(struct reply *r);
/*
 * The same of a page in bulk, of q->blog, behind a head: its letters are in
 * memory once, whatever its length.
 */
int reply_bulk(struct reply *r, const struct question *q);
/*
 * A head, with further lines each with its line end, and a body.  Its
 * Content-Length is the body's and `more`.
 */
int reply_page(struct reply *r, const struct question *q, const char *status,
               const char *fields, int64_t more, const char *body, size_t len);

/*
 * All that is sent, or what a HEAD request gets of it; and what of it comes
 * from the byte `at` on, in one piece of *ret_len (at least 1) bytes.
 */
uint64_t reply_len(const struct reply *r, bool head_only);
const char *reply_at(const struct reply *r, uint64_t at, size_t *ret_len);

#endif
