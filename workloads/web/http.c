/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/http.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BODY = 4096 };

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

/* The headers that somebody reads, where there is somebody. */

static int on_keep_name(llhttp_t *parser, const char *at, size_t len)
{
    struct http_keep *k = self(parser)->keep;

    for (size_t i = 0; i < len; i++, k->name_len++)
        if (k->name_len < sizeof(k->name) - 1)
            k->name[k->name_len] = at[i] | ' '; /* '-' stays '-' */
    return on_header(parser, at, len);
}

/* The first of its name counts, and none in a trailer. */
static int on_keep_name_end(llhttp_t *parser)
{
    struct http *h = self(parser);
    struct http_keep *k = h->keep;
    const struct {
        const char *name;
        char *value;
        size_t size;
    } kept[] = {{"content-type", k->type, sizeof(k->type)},
                {"location", k->location, sizeof(k->location)}};

    k->value = NULL;
    k->value_len = 0;
    for (size_t i = 0; !h->in_body && i < 2; i++)
        if (k->name_len == strlen(kept[i].name) && !kept[i].value[0] &&
            memcmp(k->name, kept[i].name, k->name_len) == 0) {
            k->value = kept[i].value;
            k->value_size = kept[i].size;
        }
    k->name_len = 0;
    return 0;
}

static int on_keep_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http_keep *k = self(parser)->keep;

    for (size_t i = 0; k->value && i < len; i++, k->value_len++)
        if (k->value_len < k->value_size - 1)
            k->value[k->value_len] = at[i];
    return on_header(parser, at, len);
}

static int on_keep_value_end(llhttp_t *parser)
{
    struct http_keep *k = self(parser)->keep;

    if (!k->value)
        return 0;
    /* Half a place is worse than none. */
    if (k->value == k->location && k->value_len >= k->value_size)
        k->value_len = 0;
    else if (k->value_len >= k->value_size)
        k->value_len = k->value_size - 1;
    while (k->value_len > 0 && strchr(" \t", k->value[k->value_len - 1]))
        k->value_len--;
    k->value[k->value_len] = '\0';
    return 0;
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

/* Room for twice as much each time, and for no more than there may be. */
static bool reserve(struct http *h, size_t size)
{
    struct http_keep *k = h->keep;
    size_t room = k->size ? k->size : FIRST_BODY;
    char *grown;

    if (size <= k->size)
        return true;
    while (room < size)
        room *= 2;
    if (room > h->max_body)
        room = h->max_body;
    grown = realloc(k->heap, room);
    if (!grown)
        return false;
    k->heap = grown;
    k->size = room;
    return true;
}

/* What there is of a body goes to the heap, unless it is there. */
static bool gather(struct http *h, size_t more)
{
    struct http_keep *k = h->keep;
    bool lent = k->body && k->body != k->heap;

    if (!reserve(h, h->bytes + more))
        return false;
    if (lent)
        memcpy(k->heap, k->body, h->bytes);
    k->body = k->heap;
    return true;
}

/* The first piece may be all, and stays where it is until it is known. */
static bool keep_body(struct http *h, const char *at, size_t len)
{
    struct http_keep *k = h->keep;

    if (!k->body) {
        k->body = at;
        return true;
    }
    if (!gather(h, len))
        return false;
    memcpy(k->heap + h->bytes, at, len);
    return true;
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
    if (h->keep && !keep_body(h, at, len))
        h->outcome = OUTCOME_LOCAL_LIMIT;
    else
        h->bytes += len;
    return h->outcome == OUTCOME_OK ? 0 : -1;
}

static void forget(struct http_keep *keep)
{
    keep->body = NULL;
    keep->type[0] = keep->location[0] = '\0';
    keep->name_len = keep->value_len = 0;
    keep->value = NULL;
}

static int on_message_complete(llhttp_t *parser)
{
    struct http *h = self(parser);

    if (interim(parser)) {
        if (h->keep)
            forget(h->keep);
        return 0;
    }
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

/* As above, with an ear for names and values. */
static const llhttp_settings_t keeping = {
    .on_status = on_header,
    .on_header_field = on_keep_name,
    .on_header_field_complete = on_keep_name_end,
    .on_header_value = on_keep_value,
    .on_header_value_complete = on_keep_value_end,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void http_init(struct http *h, uint64_t max_body, struct http_keep *keep)
{
    *h = (struct http){.max_body = max_body, .keep = keep};
    XXH3_INITSTATE(&h->hash);
}

void http_drop(struct http_keep *keep)
{
    free(keep->heap);
    keep->heap = NULL;
    keep->body = NULL;
    keep->size = 0;
}

void http_begin(struct http *h)
{
    llhttp_init(&h->parser, HTTP_RESPONSE, h->keep ? &keeping : &settings);
    if (h->keep)
        forget(h->keep);
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

/* The caller's bytes will be gone when the next ones come. */
static enum http_progress await_more(struct http *h)
{
    if (h->keep && h->keep->body && !gather(h, 0))
        return fail(h, OUTCOME_LOCAL_LIMIT);
    return HTTP_MORE;
}

enum http_progress http_feed(struct http *h, const void *data, size_t len)
{
    llhttp_errno_t error;
    const char *end;

    h->any = true;
    error = llhttp_execute(&h->parser, data, len);
    if (error == HPE_OK)
        return await_more(h);
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
