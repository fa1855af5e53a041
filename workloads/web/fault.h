/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_FAULT_H
#define BATON_WORKLOADS_WEB_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/outcome.h"

struct question; /* workloads/web/reply.h */
struct reply;

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

struct fault {
    const char *name; /* "not-found", as in the path and in results */
    const char *what; /* in words, for the report: "404 Not Found" */
    enum fault_place place;
    /* What every model has to make of it. */
    enum outcome outcome; /* OUTCOME_OK: healthy */
    uint16_t status;      /* of the last answer; 0: none was understood */
    /*
     * The server ends the talk, so how many bytes of a body came is the same
     * for all; otherwise the one who waited decides.
     */
    bool same_bytes;
    bool titled; /* healthy: has the title of the blog INDEX; else none */
    /*
     * The origin's side: makes what is said (0, or -ENOMEM), and whether its
     * first answer leads to a second one, at /fault/NAME/next/INDEX?...
     */
    int (*say)(struct reply *r, const struct question *q);
    bool two_steps;
};

extern const struct fault faults[];
extern const size_t n_faults;

const struct fault *fault_find(const char *name, size_t len); /* or NULL */

#endif
