/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_FAULT_H
#define BATON_WORKLOADS_WEB_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/outcome.h"
#include "workloads/web/reply.h"

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
    FAULT_REFUSED, /* a port that nobody listens on */
    FAULT_DEAF,    /* a port whose listener accepts nobody */
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
     * -ENOMEM) of `text`, the second one of `then`.  NULL: nothing is said.
     */
    enum reply_end end;
    int (*say)(struct reply *r, const struct question *q);
    const char *text, *then;
    enum fault_place place;
};

extern const struct fault faults[];
extern const size_t n_faults;

const struct fault *fault_find(const char *name, size_t len); /* or NULL */

/* 0, or -EINVAL: neither blog nor fault.  `target` need not end in a NUL. */
int question_parse(const char *target, size_t len, struct question *ret);

/* 0 and a reply for reply_finish(), or -ENOMEM. */
int reply_init(struct reply *r, const struct question *q);

#endif
