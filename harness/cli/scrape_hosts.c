/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hosts of the list, which have limits of their own (--per-host). */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/scrape.h"

void hosts_finish(struct hosts *h)
{
    tdestroy(h->known, free);
}

static int compare(const void *one, const void *other)
{
    return strcmp(((const struct host *)one)->root,
                  ((const struct host *)other)->root);
}

const struct host *hosts_add(struct hosts *h, const struct url *url)
{
    size_t len = (size_t)url->authority + url->authority_len;
    struct host *host = calloc(1, sizeof(*host) + len + 1);
    struct host **node;

    if (!host)
        return NULL;
    memcpy(host->root, url->text, len);
    node = tsearch(host, &h->known, compare);
    if (!node || *node != host)
        free(host);
    else
        host->index = (uint32_t)h->n++;
    return node ? *node : NULL;
}
