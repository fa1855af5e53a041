/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/http.h"

#include <ctype.h>
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

/*
 * Servers send a length twice: llhttp rejects that, so it reads each for itself
 * and two are compared here.
 */
static void set_length_aside(struct http *h)
{
    if (!(h->parser.flags & F_CONTENT_LENGTH))
        return;
    h->has_length = true;
    h->length = h->parser.content_length;
    h->parser.content_length = 0;
    h->parser.flags &= (uint16_t)~F_CONTENT_LENGTH;
}

static int compare_lengths(struct http *h)
{
    bool again = h->parser.flags & F_CONTENT_LENGTH;

    if (!h->has_length)
        return 0;
    h->has_length = false;
    if (again && h->parser.content_length != h->length)
        return HPE_USER;
    h->parser.content_length = h->length;
    h->parser.flags |= F_CONTENT_LENGTH;
    return 0;
}

/* The headers that are kept, where something is. */

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
    struct http_keep *k = self(parser)->keep;

    for (size_t i = 0; k && i < len; i++, k->name_len++)
        if (k->name_len < sizeof(k->name) - 1)
            k->name[k->name_len] = at[i] | ' '; /* '-' stays '-' */
    return on_header(parser, at, len);
}

static bool is_named(const struct http_keep *k, const char *name)
{
    return k->name_len == strlen(name) && !memcmp(k->name, name, k->name_len);
}

static void keep_value(struct http_keep *k, char *value, size_t size)
{
    k->value = value;
    k->value_size = size;
}

/* The first type and place count, all codings do; and none in a trailer. */
static int on_name_end(llhttp_t *parser)
{
    struct http *h = self(parser);
    struct http_keep *k = h->keep;

    set_length_aside(h);
    if (!k)
        return 0;
    k->value = NULL;
    k->value_len = 0;
    if (h->in_body)
        ;
    else if (is_named(k, "content-type") && !k->type[0])
        keep_value(k, k->type, sizeof(k->type));
    else if (is_named(k, "location") && !k->location[0])
        keep_value(k, k->location, sizeof(k->location));
    else if (is_named(k, "content-encoding") ||
             is_named(k, "transfer-encoding"))
        keep_value(k, k->codings, sizeof(k->codings));
    k->name_len = 0;
    return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http_keep *k = self(parser)->keep;

    for (size_t i = 0; k && k->value && i < len; i++, k->value_len++)
        if (k->value_len < k->value_size - 1)
            k->value[k->value_len] = at[i];
    return on_header(parser, at, len);
}

static enum coding add_codings(enum coding coding, char *codings)
{
    char *rest = codings, *name;

    while ((name = strtok_r(rest, ", \t", &rest))) {
        enum coding next = coding_find(name);

        if (next != CODING_NONE)
            coding = coding == CODING_NONE ? next : CODING_OTHER;
    }
    return coding;
}

static int on_value_end(llhttp_t *parser)
{
    struct http *h = self(parser);
    struct http_keep *k = h->keep;

    if (k && k->value) {
        /* Half a place is worse than none. */
        if (k->value == k->location && k->value_len >= k->value_size)
            k->value_len = 0;
        else if (k->value_len >= k->value_size)
            k->value_len = k->value_size - 1;
        while (k->value_len > 0 && strchr(" \t", k->value[k->value_len - 1]))
            k->value_len--;
        k->value[k->value_len] = '\0';
        if (k->value == k->codings)
            k->coding = add_codings(k->coding, k->codings);
    }
    return compare_lengths(h);
}

static bool interim(const llhttp_t *parser)
{
    return parser->status_code / 100 == 1 && parser->status_code != 101;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http *h = self(parser);
    unsigned status = parser->status_code;

    if (interim(parser))
        return 1; /* no body, whatever its header says */
    if (status < 100)
        return -1;
    h->status = parser->status_code;
    if (status / 100 != 2 || status == 204)
        h->outcome = OUTCOME_STATUS;
    else if ((parser->flags & F_CONTENT_LENGTH) &&
             parser->content_length > h->max_body)
        h->outcome = OUTCOME_TOO_BIG;
    h->in_body = true;
    /* What came with the header of an error may be skipped. */
    if (h->outcome == OUTCOME_TOO_BIG)
        return -1;
    return parser->flags & F_CHUNKED ? HPE_PAUSED : 0;
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

    if (h->outcome == OUTCOME_STATUS)
        return 0;
    if (len > h->max_body - h->bytes) {
        /* Count up to the cap, so that no chunking changes the figure. */
        len = h->max_body - h->bytes;
        h->outcome = OUTCOME_TOO_BIG;
    }
    XXH3_64bits_update(&h->hash, at, len);
    if (h->body)
        h->body(h, at, len);
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
    keep->coding = CODING_NONE;
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

/* The next chunk's size is read by execute(). */
static int on_chunk_complete(llhttp_t *parser)
{
    return parser->flags & F_TRAILING || !self(parser)->in_body ? 0
                                                                : HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_status = on_header,
    .on_header_field = on_name,
    .on_header_field_complete = on_name_end,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_end,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_complete = on_chunk_complete,
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
    llhttp_init(&h->parser, HTTP_RESPONSE, &settings);
    if (h->keep)
        forget(h->keep);
    XXH3_64bits_reset(&h->hash);
    h->bytes = 0;
    h->header_bytes = 0;
    h->outcome = OUTCOME_OK;
    h->status = 0;
    h->line = LINE_NONE;
    h->has_length = false;
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

/* All but the lines of chunk sizes; behind a pause there is one. */
static bool execute(struct http *h, const char **at, const char *end)
{
    llhttp_errno_t error = llhttp_execute(&h->parser, *at, (size_t)(end - *at));

    *at = error == HPE_PAUSED ? llhttp_get_error_pos(&h->parser) : end;
    if (error == HPE_PAUSED && !h->complete) {
        llhttp_resume(&h->parser);
        h->line = LINE_SIZE;
        h->line_bytes = 0;
    }
    return error == HPE_OK || error == HPE_PAUSED;
}

/* The digits; llhttp rejects a line without any. */
static bool execute_size(struct http *h, const char **at, const char *end)
{
    const char *from = *at;

    while (*at < end && isxdigit((unsigned char)**at))
        ++*at;
    h->line_bytes += (size_t)(*at - from);
    if (llhttp_execute(&h->parser, from, (size_t)(*at - from)) != HPE_OK)
        return false;
    if (*at < end)
        h->line = LINE_REST;
    return *at == end || memchr("; \t\r\n", **at, 5);
}

/*
 * Behind them servers send blanks, and extensions in quotes and without: llhttp
 * rejects some, and none is of use.
 */
static bool skip_rest(struct http *h, const char **at, const char *end)
{
    const char *feed = memchr(*at, '\n', (size_t)(end - *at));

    h->line_bytes += (size_t)((feed ? feed : end) - *at);
    if (h->line_bytes > HTTP_MAX_HEADER) {
        h->outcome = OUTCOME_TOO_BIG;
        return false;
    }
    *at = feed ? feed + 1 : end;
    if (!feed)
        return true;
    h->line = LINE_NONE;
    return llhttp_execute(&h->parser, "\r\n", 2) == HPE_OK;
}

enum http_progress http_feed(struct http *h, const void *data, size_t len)
{
    static bool (*const reads[])(struct http *, const char **, const char *) = {
        [LINE_NONE] = execute,
        [LINE_SIZE] = execute_size,
        [LINE_REST] = skip_rest,
    };
    const char *at = data, *end = at + len;

    h->any = true;
    while (at < end && !h->complete)
        if (!reads[h->line](h, &at, end))
            return fail(h, OUTCOME_MALFORMED);
    if (at < end)
        h->reusable = false;
    if (h->outcome != OUTCOME_OK)
        return HTTP_FAILED;
    return h->complete ? HTTP_COMPLETE : await_more(h);
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

bool http_move_body(struct http *h)
{
    return gather(h, 0);
}

void http_replace_body(struct http *h, char *heap, size_t len)
{
    http_drop(h->keep);
    h->keep->body = h->keep->heap = heap;
    h->keep->size = h->bytes = len;
    XXH3_64bits_reset(&h->hash);
    if (len > 0)
        XXH3_64bits_update(&h->hash, heap, len);
}

uint64_t http_hash(const struct http *h)
{
    return XXH3_64bits_digest(&h->hash);
}
