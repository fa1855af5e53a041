/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_OUTCOME_H
#define BATON_WORKLOADS_OUTCOME_H

#include <stddef.h>

/* How a page ended.  The same fault must give the same outcome in all models.
 */
enum outcome {
    OUTCOME_OK,
    OUTCOME_REFUSED,     /* nobody listens there */
    OUTCOME_UNREACHABLE, /* no route to the host or its network */
    OUTCOME_RESET,       /* what had arrived before the reset is kept */
    OUTCOME_EMPTY,       /* closed without a byte of an answer */
    OUTCOME_TRUNCATED,   /* closed in the middle of an answer */
    OUTCOME_MALFORMED,   /* not HTTP */
    OUTCOME_STATUS,      /* HTTP, but not 200 */
    OUTCOME_TIMEOUT_CONNECT,
    OUTCOME_TIMEOUT_HEADER,
    OUTCOME_TIMEOUT_BODY,
    OUTCOME_TOO_BIG,     /* header or body beyond its cap */
    OUTCOME_LOCAL_LIMIT, /* out of descriptors, ports or memory on this side */
    OUTCOME_OTHER,       /* an errno without a class of its own */
    OUTCOME_N
};

/* "ok", "refused", "timeout-header", ... */
const char *outcome_name(enum outcome outcome);

/* The class of a failed connect, send or receive; `error` is -errno. */
enum outcome outcome_of_errno(int error);

#endif
