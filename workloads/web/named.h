/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_NAMED_H
#define BATON_WORKLOADS_WEB_NAMED_H

#include "workloads/web/dns.h"
#include "workloads/web/tls.h"
#include "workloads/workload.h"

/*
 * Workloads whose pages are on hosts with names: the origin's name server
 * answers for each connection, as late as a page.  No answer is kept.
 */
#define PARAMETER_NAMES                                                        \
    {                                                                          \
        .name = "names", .served = true, .max = 1000000, .implied = true,      \
        .help = "host names, looked up by DNS for each connection"             \
                " (0: none)",                                                  \
    }

/* Its name server. */
void named_servers(const struct setup *s, struct dns_servers *ret);

/* What the URLs of a host begin with, "http://NAME:PORT", or https. */
enum { NAMED_ROOT = 96 };
void named_root(const struct setup *s, bool tls, const char *name,
                char ret[NAMED_ROOT]);

/* 1: all pages come with TLS. */
#define PARAMETER_TLS                                                          \
    {                                                                          \
        .name = "tls", .served = true, .max = 1, .implied = true,              \
        .help = "1: pages over TLS (https), with a handshake for each"         \
                " connection",                                                 \
    }

/* 0; or -EINVAL and why: it is asked for, and this build has none. */
int named_check_tls(uint64_t tls, char *why, size_t size);

/*
 * For its clients: see tls_client_create().  0 or -errno; -ENOTSUP: the server
 * or this build has no TLS.
 */
int named_tls(const struct setup *s, struct ssl_ctx_st **ret);

#endif
