/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_STRANDS_H
#define BATON_WORKLOADS_WEB_STRANDS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A limit of connections to each host, without a model that knows of it: the
 * sites of a host are dealt out in turn to so many strands, and each strand is
 * gone through by one lane, one site after another (see struct scraping).
 */
struct strands {
    uint32_t *first; /* site of each strand, in the order of the sites */
    uint32_t *next;  /* of each site; UINT32_MAX ends its strand */
    size_t n;
};

/*
 * Sites with the same number in host[], below `sites`, have the same host; at
 * most `per_host` strands of each.  0: no limit, so that each site is a strand,
 * and first and next are NULL.  0 or -ENOMEM.
 */
int strands_init(struct strands *s, const uint32_t host[], size_t sites,
                 size_t per_host);
void strands_finish(struct strands *s);

#endif
