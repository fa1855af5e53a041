/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_NAMED_H
#define BATON_WORKLOADS_WEB_NAMED_H

#include "workloads/web/dns.h"
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

/* What the URLs of a host begin with, "http://NAME:PORT". */
enum { NAMED_ROOT = 96 };
void named_root(const struct setup *s, const char *name, char ret[NAMED_ROOT]);

#endif
