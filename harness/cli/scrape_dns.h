/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_SCRAPE_DNS_H
#define BATON_HARNESS_CLI_SCRAPE_DNS_H

#include "harness/origin/loop.h"
#include "workloads/web/dns.h"
#include "workloads/web/hosts_file.h"

/* How the resolver process of a scrape looks names up. */
struct name_source {
    struct loop *loop;
    const struct dns_servers *servers;
    struct hosts_file hosts; /* is asked first */
    uint64_t timeout_ns;
};

/*
 * Asks, in the loop.  done() is called once, also before this returns: with the
 * addresses, for lookup_answer(), where the outcome is OUTCOME_OK.  0, or
 * -ENOMEM: it will not be called.
 */
struct addrinfo;
int name_source_ask(const struct name_source *s, const char *name,
                    void (*done)(void *context, enum outcome outcome,
                                 const struct addrinfo *found),
                    void *context);

#endif
