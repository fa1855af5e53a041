/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A page in bulk as it is sent: one period of its letters, again and again. */
#include <errno.h>
#include <stdlib.h>

#include "workloads/web/fault.h"

static int reply(struct reply *r, const struct question *q, char *body,
                 uint64_t repeats, size_t tail)
{
    static const char type[] = "Content-Type: application/octet-stream\r\n";
    const struct page *page = &q->blog;
    size_t period = repeats ? PAGE_PERIOD : 0;
    uint64_t again = repeats ? (repeats - 1) * period : 0;
    int error;

    page_fill(page, 0, body, period);
    page_fill(page, page->bytes - tail, body + period, tail);
    error =
        reply_page(r, q, "200 OK", type, (int64_t)again, body, period + tail);
    r->block = period;
    r->tail = tail;
    r->repeats = repeats ? repeats - 1 : 0;
    r->rate = page->rate;
    return error;
}

int reply_bulk(struct reply *r, const struct question *q)
{
    uint64_t bytes = q->blog.bytes, repeats = bytes / PAGE_PERIOD;
    size_t tail = (size_t)(bytes % PAGE_PERIOD);
    char *body;
    int error;

    *r = (struct reply){.end = REPLY_KEEP};
    /* The last word of a plain one is in one piece of memory. */
    if (repeats && tail < PAGE_LAST_WORD) {
        repeats--;
        tail += PAGE_PERIOD;
    }
    body = malloc(PAGE_PERIOD + tail);
    if (!body)
        return -ENOMEM;
    error = reply(r, q, body, repeats, tail);
    free(body);
    return error;
}
