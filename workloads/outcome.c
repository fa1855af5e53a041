/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/outcome.h"

#include <errno.h>

static const char *const names[OUTCOME_N] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_UNREACHABLE] = "unreachable",
    [OUTCOME_RESET] = "reset",
    [OUTCOME_EMPTY] = "empty",
    [OUTCOME_TRUNCATED] = "truncated",
    [OUTCOME_MALFORMED] = "malformed",
    [OUTCOME_STATUS] = "status",
    [OUTCOME_TIMEOUT_CONNECT] = "timeout-connect",
    [OUTCOME_TIMEOUT_HEADER] = "timeout-header",
    [OUTCOME_TIMEOUT_BODY] = "timeout-body",
    [OUTCOME_TOO_BIG] = "too-big",
    [OUTCOME_LOCAL_LIMIT] = "local-limit",
    [OUTCOME_OTHER] = "other",
};

const char *outcome_name(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_N ? names[outcome] : "unknown";
}

enum outcome outcome_of_errno(int error)
{
    switch (-error) {
    case ECONNREFUSED:
        return OUTCOME_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EACCES: /* a `prohibit` route */
        return OUTCOME_UNREACHABLE;
    case ECONNRESET:
    case EPIPE:
        return OUTCOME_RESET;
    case ETIMEDOUT:
        return OUTCOME_TIMEOUT_CONNECT;
    case EMFILE:
    case ENFILE:
    case EADDRNOTAVAIL:
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
        return OUTCOME_LOCAL_LIMIT;
    default:
        return OUTCOME_OTHER;
    }
}
