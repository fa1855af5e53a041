/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/http.h"

static struct http *self(llhttp_t *parser)
{
    return (struct http *)parser; /* the first member */
}

static int on_header(llhttp_t *parser, const char *at, size_t len)
{
    struct http *h = self(parser);

    (void)at;
    /* llhttp itself takes headers without end. */
    h->header_bytes += len;
    if (h->header_bytes <= HTTP_MAX_HEADER)
        return 0;
    h->outcome = OUTCOME_TOO_BIG;
    return HPE_USER;
}

static bool interim(const llhttp_t *parser)
{
    return parser->status_code < 200 && parser->status_code != 101;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http *h = self(parser);

    if (interim(parser))
        return 0;
    h->status = parser->status_code;
    if (h->status != 200)
        h->outcome = OUTCOME_STATUS;
    else if ((parser->flags & F_CONTENT_LENGTH) &&
             parser->content_length > h->max_body)
        h->outcome = OUTCOME_TOO_BIG;
    h->in_body = true;
    return h->outcome == OUTCOME_OK ? 0 : -1;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct http *h = self(parser);

    if (len > h->max_body - h->bytes) {
        /* Count up to the cap, so that no chunking changes the figure. */
        len = h->max_body - h->bytes;
        h->outcome = OUTCOME_TOO_BIG;
    }
    XXH3_64bits_update(&h->hash, at, len);
    h->bytes += len;
    return h->outcome == OUTCOME_OK ? 0 : -1;
}

static int on_message_complete(llhttp_t *parser)
{
    struct http *h = self(parser);

    if (interim(parser))
        return 0;
    h->complete = true;
    h->reusable = llhttp_should_keep_alive(parser);
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_status = on_header,
    .on_header_field = on_header,
    .on_header_value = on_header,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void http_init(struct http *h, uint64_t max_body)
{
    *h = (struct http){.max_body = max_body};
    XXH3_INITSTATE(&h->hash);
}

void http_begin(struct http *h)
{
    llhttp_init(&h->parser, HTTP_RESPONSE, &settings);
    XXH3_64bits_reset(&h->hash);
    h->bytes = 0;
    h->header_bytes = 0;
    h->outcome = OUTCOME_OK;
    h->status = 0;
    h->in_body = h->complete = h->reusable = h->any = false;
}

static enum http_progress fail(struct http *h, enum outcome outcome)
{
    if (h->outcome == OUTCOME_OK)
        h->outcome = outcome;
    return HTTP_FAILED;
}

enum http_progress http_feed(struct http *h, const void *data, size_t len)
{
    llhttp_errno_t error;
    const char *end;

    h->any = true;
    error = llhttp_execute(&h->parser, data, len);
    if (error == HPE_OK)
        return HTTP_MORE;
    if (error != HPE_PAUSED || !h->complete)
        return fail(h, OUTCOME_MALFORMED);
    end = llhttp_get_error_pos(&h->parser);
    if (end != (const char *)data + len)
        h->reusable = false;
    return HTTP_COMPLETE;
}

enum http_progress http_eof(struct http *h)
{
    if (!h->any)
        return fail(h, OUTCOME_EMPTY);
    /* Completes a body that only the end of the stream delimits. */
    llhttp_finish(&h->parser);
    h->reusable = false;
    return h->complete ? HTTP_COMPLETE : fail(h, OUTCOME_TRUNCATED);
}

uint64_t http_hash(const struct http *h)
{
    return XXH3_64bits_digest(&h->hash);
}
