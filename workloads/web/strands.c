/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/strands.h"

#include <errno.h>
#include <stdlib.h>

/* The sites of a host that were seen so far, chained by `next`. */
struct host {
    uint32_t n, last;
    uint32_t open; /* the first without a successor in its strand */
};

/* The k-th site of a host comes after the one that is `per_host` before it. */
static void deal(struct strands *s, struct host hosts[], const uint32_t host[],
                 size_t sites, size_t per_host)
{
    for (uint32_t i = 0; i < sites; i++) {
        struct host *h = &hosts[host[i]];
        uint32_t before;

        s->next[i] = UINT32_MAX;
        if (h->n == 0)
            h->open = i;
        else
            s->next[h->last] = i;
        h->last = i;
        if (h->n++ < per_host) {
            s->first[s->n++] = i;
            continue;
        }
        before = h->open;
        h->open = s->next[before];
        s->next[before] = i;
    }
}

static void end_strands(struct strands *s, const struct host *h)
{
    uint32_t at = h->n > 0 ? h->open : UINT32_MAX;

    while (at != UINT32_MAX) {
        uint32_t following = s->next[at];

        s->next[at] = UINT32_MAX;
        at = following;
    }
}

int strands_init(struct strands *s, const uint32_t host[], size_t sites,
                 size_t per_host)
{
    struct host *hosts;

    *s = (struct strands){.n = per_host ? 0 : sites};
    if (!per_host)
        return 0;
    hosts = calloc(sites + 1, sizeof(*hosts));
    s->first = malloc((sites + 1) * sizeof(*s->first));
    s->next = malloc((sites + 1) * sizeof(*s->next));
    if (!hosts || !s->first || !s->next) {
        free(hosts);
        strands_finish(s);
        return -ENOMEM;
    }
    deal(s, hosts, host, sites, per_host);
    for (size_t i = 0; i < sites; i++)
        end_strands(s, &hosts[i]);
    free(hosts);
    return 0;
}

void strands_finish(struct strands *s)
{
    free(s->first);
    free(s->next);
    *s = (struct strands){0};
}
