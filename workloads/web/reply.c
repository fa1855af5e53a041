/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compose(struct reply *r, const char *head, size_t head_len,
                   const char *body, size_t len)
{
    r->data = malloc(head_len + len);
    if (!r->data)
        return -ENOMEM;
    memcpy(r->data, head, head_len);
    if (len)
        memcpy(r->data + head_len, body, len);
    r->head_len = head_len;
    r->len = head_len + len;
    return 0;
}

/* "Baton-Delay-Us: N", or nothing where no delay was asked for. */
static const char *delay(const struct question *q, char out[48])
{
    out[0] = '\0';
    if (q->blog.latency_ms)
        snprintf(out, 48, "Baton-Delay-Us: %" PRIu64 "\r\n", q->delay_us);
    return out;
}

int reply_bare(struct reply *r, const struct question *q, const char *status,
               const char *fields, const char *body, size_t len)
{
    char head[512], line[48];
    int head_len = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%s%s\r\n",
                            status, fields, delay(q, line));

    return compose(r, head, (size_t)head_len, body, len);
}

int reply_page(struct reply *r, const struct question *q, const char *status,
               const char *fields, const char *body, size_t len)
{
    char more[512];

    snprintf(more, sizeof(more), "%sContent-Length: %zu\r\n%s", fields, len,
             q->keep_alive ? "" : "Connection: close\r\n");
    return reply_bare(r, q, status, more, body, len);
}

int reply_blog(struct reply *r, const struct question *q, enum blog_part part)
{
    const char *type;
    char fields[96];
    size_t len;
    char *body = blog_write(&q->blog, part, &len, &type);
    int error;

    if (!body)
        return -ENOMEM;
    snprintf(fields, sizeof(fields), "Content-Type: %s\r\n", type);
    error = reply_page(r, q, "200 OK", fields, body, len);
    free(body);
    return error;
}

uint64_t reply_len(const struct reply *r, bool head_only)
{
    return head_only ? r->head_len : r->len + r->block * r->repeats;
}

const char *reply_at(const struct reply *r, uint64_t at, size_t *ret_len)
{
    size_t before = r->len - r->tail, in_block;

    if (at < before) {
        *ret_len = before - (size_t)at;
        return r->data + at;
    }
    if (at < before + r->block * r->repeats) {
        in_block = (size_t)((at - before) % r->block);
        *ret_len = r->block - in_block;
        return r->data + before - *ret_len;
    }
    at -= r->block * r->repeats;
    *ret_len = r->len - (size_t)at;
    return r->data + at;
}

void reply_finish(struct reply *r)
{
    free(r->data);
    r->data = NULL;
}
