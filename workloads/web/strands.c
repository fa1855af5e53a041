/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/strands.h"

#include <errno.h>
#include <stdlib.h>

static int compare(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int by_number(const void *a, const void *b)
{
    return compare(*(const uint32_t *)a, *(const uint32_t *)b);
}

/* By host, and within it in the order of the sites. */
static int by_host(const void *a, const void *b, void *context)
{
    const uint32_t *host = context;
    int order = compare(host[*(const uint32_t *)a], host[*(const uint32_t *)b]);

    return order ? order : by_number(a, b);
}

/* The k-th site of a host comes after the one that is `per_host` before it. */
static void deal(struct strands *s, const uint32_t host[],
                 const uint32_t order[], size_t sites, size_t per_host)
{
    for (size_t i = 0, begin = 0; i < sites; i++) {
        uint32_t site = order[i];

        if (host[site] != host[order[begin]])
            begin = i;
        if (i - begin < per_host)
            s->first[s->n++] = site;
        s->next[site] =
            per_host < sites - i && host[order[i + per_host]] == host[site]
                ? order[i + per_host]
                : UINT32_MAX;
    }
    qsort(s->first, s->n, sizeof(s->first[0]), by_number);
}

int strands_init(struct strands *s, const uint32_t host[], size_t sites,
                 size_t per_host)
{
    uint32_t *order;

    *s = (struct strands){.n = per_host ? 0 : sites};
    if (!per_host)
        return 0;
    order = malloc((sites + 1) * sizeof(*order));
    s->first = malloc((sites + 1) * sizeof(*s->first));
    s->next = malloc((sites + 1) * sizeof(*s->next));
    if (!order || !s->first || !s->next) {
        free(order);
        strands_finish(s);
        return -ENOMEM;
    }
    for (size_t i = 0; i < sites; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, sites, sizeof(order[0]), by_host, (void *)host);
    deal(s, host, order, sites, per_host);
    free(order);
    return 0;
}

void strands_finish(struct strands *s)
{
    free(s->first);
    free(s->next);
    *s = (struct strands){0};
}
