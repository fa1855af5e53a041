/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_FAULT_SITES_H
#define BATON_WORKLOADS_WEB_FAULT_SITES_H

#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/outcome.h"

/*
 * The sites of the workload `faults`, in their order: healthy and broken pages
 * of the origin in turn, then those that came later, so that the sites of
 * older recordings stay what they were.
 */
struct fault_sites {
    uint64_t healthy;
    uint64_t failing, names, tls; /* with each of the faults of that table */
    uint64_t compressed;
};

/* A site is a page of the origin, a host name, or a server with TLS. */
struct fault_site {
    const struct fault *fault; /* one of these is not NULL */
    const struct name_script *script;
    const struct tls_script *tls;
    const char *name, *what;
    enum outcome outcome;
    uint16_t status;
    unsigned flags; /* enum fault_flag */
};

uint64_t fault_sites_n(const struct fault_sites *s);
/* Requests that the origin sees of them at least. */
uint64_t fault_sites_requests(const struct fault_sites *s);
struct fault_site fault_sites_at(const struct fault_sites *s, uint32_t index);

/* Sites of one kind are a group. */
size_t fault_sites_groups(const struct fault_sites *s);
size_t fault_sites_group_of(const struct fault_sites *s, uint32_t index);
struct fault_site fault_sites_of_group(const struct fault_sites *s,
                                       size_t group);

#endif
