/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/answer.h"

#include <errno.h>
#include <llhttp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/web/fault.h"
#include "workloads/web/nameserver.h"
#include "workloads/web/numbered.h"
#include "workloads/web/page.h"
#include "workloads/web/records.h"
#include "workloads/web/tls_server.h"

enum {
    MAX_TARGET = 512,        /* of a request */
    MAX_REQUEST = 16 * 1024, /* header bytes of a request */
    MAX_AHEAD = 16 * 1024,   /* pipelined bytes kept for later */
    MAX_HEAD = 256,          /* of a response */
    CHUNK = 64 * 1024,       /* of a body, staged at once */
};

static const uint64_t idle_ns = 60 * NS_PER_S;  /* between two requests */
static const uint64_t slow_ns = 20 * NS_PER_S;  /* for a request, for a write */
static const uint64_t linger_ns = NS_PER_S;     /* after a refusal */
static const uint64_t tick_ns = 10 * NS_PER_MS; /* of a rate-limited body */
/* For a peer that gets no answer: longer than any time-out of a workload. */
static const uint64_t hang_ns = 7200 * NS_PER_S;

enum answering_phase {
    READING,
    LATENCY, /* the wait before the first byte */
    SENDING,
    CLOSING,
};

struct answer {
    struct conn conn;
    struct layers layers;
    struct server_counters *counters;
    llhttp_t parser;
    enum answering_phase phase;
    bool keep_alive, head_only;
    char target[MAX_TARGET];
    size_t target_len, request_bytes;
    bool is_page, is_records; /* records are a page, too */
    bool unsent;              /* of the record before: see struct record */
    struct page page; /* what was asked for, or else what is behind it */
    struct question question;
    struct reply reply; /* of a page all but the bytes */
    uint64_t asked_ns;  /* when the request had been read */
    uint64_t began_ns;  /* when the answer began */
    uint64_t total;     /* bytes of it */
    uint64_t sent;      /* bytes staged so far */
    uint64_t staged_ns; /* when something was staged last */
    char *buffer;
    size_t buffer_size;
    char *ahead; /* what came while an answer was under way */
    size_t ahead_len;
};

static struct answer *self(const struct conn *c)
{
    return c->layers->state;
}

/* The request, as llhttp reads it. */

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    struct answer *a = parser->data;

    if (len > MAX_TARGET - a->target_len)
        return -1;
    memcpy(a->target + a->target_len, at, len);
    a->target_len += len;
    return 0;
}

static int on_header(llhttp_t *parser, const char *at, size_t len)
{
    struct answer *a = parser->data;

    (void)at;
    a->request_bytes += len;
    return a->request_bytes > MAX_REQUEST ? -1 : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    (void)parser;
    (void)at;
    (void)len;
    return -1; /* no page takes a body */
}

static int on_message_complete(llhttp_t *parser)
{
    struct answer *a = parser->data;

    a->keep_alive = llhttp_should_keep_alive(parser);
    a->head_only = parser->method == HTTP_HEAD;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header,
    .on_header_value = on_header,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void expect_request(struct answer *a, uint64_t deadline_ns)
{
    llhttp_init(&a->parser, HTTP_REQUEST, &settings);
    a->parser.data = a;
    a->phase = READING;
    a->target_len = 0;
    a->request_bytes = 0;
    a->conn.deadline_ns = deadline_ns;
}

/* The answer. */

static bool reserve(struct answer *a, size_t size)
{
    char *grown;

    if (size <= a->buffer_size)
        return true;
    grown = realloc(a->buffer, size);
    if (!grown)
        return false;
    a->buffer = grown;
    a->buffer_size = size;
    return true;
}

/* Bytes of the answer that may have been sent by now. */
static uint64_t allowance(const struct answer *a, uint64_t now)
{
    const struct reply *r = &a->reply;
    uint64_t ticks, due;

    if (!r->rate)
        return a->total;
    ticks = (now - a->began_ns) / r->tick_ns + 1;
    /* Saturate: a rate of 10 GB/s over minutes leaves 64 bits alone. */
    if (r->rate > UINT64_MAX / ticks)
        return a->total;
    due = r->head_len + r->rate * ticks / (NS_PER_S / r->tick_ns);
    return due < a->total ? due : a->total;
}

/* Whether an answer is under way that goes on by the clock. */
static bool paced(const struct answer *a)
{
    return a->phase == SENDING && a->reply.rate && a->sent < a->total;
}

/* What follows of a page, in the buffer, where its head is already. */
static const char *fill(struct answer *a, uint64_t due, size_t *ret_len)
{
    size_t head = a->sent ? 0 : a->reply.head_len, len;
    uint64_t at = a->sent + head - a->reply.head_len;

    due -= a->sent + head;
    len = due < CHUNK ? (size_t)due : CHUNK;
    if (at + len < a->page.bytes)
        len &= ~(size_t)7; /* page_fill() starts at multiples of 8 */
    page_fill(&a->page, at, a->buffer + head, len);
    *ret_len = head + len;
    return a->buffer;
}

/* The next record, and where it begins in what is sent. */
static uint64_t next_record(const struct answer *a, uint64_t at)
{
    return (at - a->reply.head_len) / RECORD_BYTES;
}

/* Those that are due, behind the head, with one time: they leave together. */
static const char *write_records(struct answer *a, uint64_t now,
                                 size_t *ret_len)
{
    size_t len = a->sent ? 0 : a->reply.head_len;
    uint64_t i = next_record(a, a->sent + len), n = next_record(a, a->total);
    uint64_t sent_ns = conn_now(&a->conn);

    for (; i < n && len + RECORD_BYTES <= CHUNK &&
           a->began_ns + records_due_ns(&a->page, i) <= now;
         i++, len += RECORD_BYTES) {
        struct record record;

        records_fill(&a->page, i, &record);
        record.sent_ns = sent_ns;
        record.unsent = a->unsent;
        a->unsent = false;
        memcpy(a->buffer + len, &record, sizeof(record));
    }
    *ret_len = len;
    return a->buffer;
}

/* When more of a paced answer is due. */
static uint64_t next_ns(const struct answer *a, uint64_t now)
{
    return a->is_records
               ? a->began_ns + records_due_ns(&a->page, next_record(a, a->sent))
               : now + a->reply.tick_ns;
}

static const char *piece(struct answer *a, uint64_t due, size_t *ret_len)
{
    const char *data = reply_at(&a->reply, a->sent, ret_len);

    if (*ret_len > due - a->sent)
        *ret_len = (size_t)(due - a->sent);
    if (*ret_len > CHUNK)
        *ret_len = CHUNK;
    return data;
}

static void finish_reply(struct answer *a);

/* Stages as much of the answer as is due and fits. */
static void say(struct answer *a, uint64_t now)
{
    uint64_t due = allowance(a, now), head = a->reply.head_len;
    const char *data;
    size_t len;

    if (a->sent == a->total) {
        finish_reply(a);
        return;
    }
    data = a->is_records ? write_records(a, now, &len)
           : a->is_page  ? fill(a, due, &len)
                         : piece(a, due, &len);
    if (len > 0) {
        conn_stage(&a->conn, data, len);
        a->counters->bytes -= a->sent > head ? a->sent - head : 0;
        a->sent += len;
        a->counters->bytes += a->sent > head ? a->sent - head : 0;
        a->staged_ns = now;
    }
    a->conn.deadline_ns = paced(a) ? next_ns(a, now) : now + slow_ns;
}

/* By hand: printf() would be 5 % of the origin's CPU on a short page. */
static size_t write_head(struct answer *a, uint64_t delay_us)
{
    char *at = stpcpy(a->buffer, "HTTP/1.1 200 OK\r\n"
                                 "Content-Type: text/plain\r\n"
                                 "Content-Length: ");

    at += page_write_number(at, a->page.bytes);
    if (!a->keep_alive)
        at = stpcpy(at, "\r\nConnection: close");
    if (a->page.latency_ms) {
        at = stpcpy(at, "\r\nBaton-Delay-Us: ");
        at += page_write_number(at, delay_us);
    }
    return (size_t)(stpcpy(at, "\r\n\r\n") - a->buffer);
}

static int begin_page(struct answer *a, uint64_t delay_us)
{
    uint64_t body = a->page.bytes < CHUNK ? a->page.bytes : CHUNK;

    if (!reserve(a, MAX_HEAD + (size_t)body))
        return -ENOMEM;
    a->reply = (struct reply){.head_len = write_head(a, delay_us),
                              .rate = a->page.rate,
                              .tick_ns = tick_ns};
    a->total = a->reply.head_len + (a->head_only ? 0 : a->page.bytes);
    return 0;
}

static int begin_reply(struct answer *a, uint64_t delay_us)
{
    int error;

    a->question.keep_alive = a->keep_alive;
    a->question.delay_us = delay_us;
    if (a->page.bulk) {
        error = reply_bulk(&a->reply, &a->question);
        a->reply.tick_ns = tick_ns;
    } else {
        error = reply_init(&a->reply, &a->question);
    }
    a->total = reply_len(&a->reply, a->head_only);
    return error;
}

static enum verb begin_answer(struct answer *a, uint64_t now)
{
    struct server_counters *w = a->counters;
    uint64_t delay_us = (now - a->asked_ns) / 1000;

    if (a->page.latency_ms && w->n_delays < KEPT_DELAYS)
        w->delays_us[w->n_delays++] = (uint32_t)delay_us;
    a->began_ns = now;
    a->sent = 0;
    a->unsent = false;
    a->phase = SENDING;
    if (a->is_page ? begin_page(a, delay_us) : begin_reply(a, delay_us))
        return CONN_DONE;
    say(a, now);
    return CONN_WAIT;
}

static enum verb refuse(struct answer *a, const char *status)
{
    int len;

    a->counters->refusals++;
    if (!reserve(a, MAX_HEAD))
        return CONN_DONE;
    len = snprintf(a->buffer, MAX_HEAD,
                   "HTTP/1.1 %s\r\nContent-Length: 0\r\n"
                   "Connection: close\r\n\r\n",
                   status);
    a->phase = CLOSING;
    conn_stage(&a->conn, a->buffer, (size_t)len);
    a->conn.deadline_ns = conn_now(&a->conn) + slow_ns;
    return CONN_WAIT;
}

/* What there is a page for; of a page in bulk all but the head is a reply's. */
static bool parse_target(struct answer *a)
{
    struct numbered n = {.kind = NUMBERED_PAGE};
    const char *target = a->target;
    size_t len = a->target_len;

    a->is_records = records_parse(target, len, &n.page) == 0;
    if (!a->is_records && page_parse(target, len, &n.page) &&
        numbered_parse(target, len, a->counters->secret, &n)) {
        a->is_page = false;
        if (question_parse(target, len, &a->question))
            return false;
        a->page = a->question.blog;
        return true;
    }
    a->is_page = n.kind != NUMBERED_PLAIN && !n.page.bulk;
    a->question = (struct question){.part = n.part, .blog = n.page};
    a->page = n.page;
    return true;
}

static enum verb answer_request(struct answer *a)
{
    if (a->parser.method != HTTP_GET && a->parser.method != HTTP_HEAD)
        return refuse(a, "405 Method Not Allowed");
    if (!parse_target(a))
        return refuse(a, "404 Not Found");
    a->counters->requests++;
    if (++a->counters->in_flight > a->counters->peak)
        a->counters->peak = a->counters->in_flight;
    a->asked_ns = conn_now(&a->conn);
    if (!a->page.latency_ms)
        return begin_answer(a, a->asked_ns);
    a->phase = LATENCY;
    a->conn.deadline_ns = a->asked_ns + a->page.latency_ms * NS_PER_MS;
    return CONN_WAIT;
}

/* Pipelined requests wait here until the answers before them are out. */
static bool keep_ahead(struct answer *a, const char *data, size_t len)
{
    if (!len)
        return true;
    if (len > MAX_AHEAD - a->ahead_len)
        return false;
    if (!a->ahead && !(a->ahead = malloc(MAX_AHEAD)))
        return false;
    memcpy(a->ahead + a->ahead_len, data, len);
    a->ahead_len += len;
    return true;
}

static enum verb feed(struct answer *a, const char *data, size_t len)
{
    llhttp_errno_t error = llhttp_execute(&a->parser, data, len);
    const char *end;

    if (error == HPE_OK)
        return CONN_WAIT;
    if (error != HPE_PAUSED)
        return refuse(a, "400 Bad Request");
    end = llhttp_get_error_pos(&a->parser);
    if (!keep_ahead(a, end, (size_t)(data + len - end)))
        return CONN_DONE;
    return answer_request(a);
}

static enum verb opened(struct conn *c)
{
    expect_request(self(c), conn_now(c) + slow_ns);
    return CONN_WAIT;
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    struct answer *a = self(c);

    if (a->phase == CLOSING)
        return CONN_WAIT;
    if (a->phase != READING)
        return keep_ahead(a, data, len) ? CONN_WAIT : CONN_DONE;
    return feed(a, data, len);
}

/* A peer that ends its side is a peer that has left. */
static enum verb ended(struct conn *c, int error)
{
    (void)c;
    (void)error;
    return CONN_DONE;
}

static enum verb expired(struct conn *c)
{
    struct answer *a = self(c);
    uint64_t now = conn_now(c);
    size_t unsent;

    if (a->phase == LATENCY)
        return begin_answer(a, now);
    conn_pending(c, &unsent);
    if (paced(a)) {
        if (unsent == 0)
            say(a, now);
        else if (now - a->staged_ns >= slow_ns)
            return CONN_DONE; /* the peer does not read */
        else
            c->deadline_ns = now + tick_ns;
        return CONN_WAIT;
    }
    return CONN_DONE; /* idle, or too slow */
}

static void finish_answer(struct answer *a)
{
    size_t len = a->ahead_len;

    a->counters->in_flight--;
    a->counters->last_ns = conn_now(&a->conn);
    if (!a->keep_alive) {
        a->phase = CLOSING;
        a->conn.deadline_ns = 0; /* at once */
        return;
    }
    expect_request(a, conn_now(&a->conn) + idle_ns);
    if (len) {
        char copy[MAX_AHEAD];

        memcpy(copy, a->ahead, len);
        a->ahead_len = 0;
        if (feed(a, copy, len) == CONN_DONE)
            a->conn.deadline_ns = 0; /* no verb goes out from here */
    }
}

/* All is said; what comes next is written down for the driver's next wait. */
static void finish_reply(struct answer *a)
{
    if (a->reply.end == REPLY_HANG) {
        a->conn.deadline_ns = conn_now(&a->conn) + hang_ns;
        return;
    }
    if (a->reply.end != REPLY_KEEP)
        a->keep_alive = false;
    a->conn.reset = a->reply.end == REPLY_RESET;
    reply_finish(&a->reply);
    finish_answer(a);
}

static void drained(struct conn *c)
{
    struct answer *a = self(c);

    if (a->phase == CLOSING)
        /* The peer should close, or else a reset could outrun the refusal. */
        c->deadline_ns = conn_now(c) + linger_ns;
    else if (a->phase == SENDING && !paced(a))
        say(a, conn_now(c));
}

static const struct protocol protocol_answer = {
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
    .drained = drained,
};

struct conn *answer_create(struct server_counters *w)
{
    struct answer *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->counters = w;
    a->layers.protocol = &protocol_answer;
    a->layers.state = a;
    a->conn.layers = &a->layers;
    return &a->conn;
}

static bool is_answer(const struct conn *c)
{
    return c->layers->protocol == &protocol_answer;
}

void answer_destroy(struct conn *c)
{
    struct answer *a;

    if (c)
        tls_server_leave(c);
    if (!c || !is_answer(c)) {
        nameserver_destroy(c);
        return;
    }
    a = self(c);
    if (a->phase == LATENCY || a->phase == SENDING)
        a->counters->in_flight--;
    reply_finish(&a->reply);
    free(a->buffer);
    free(a->ahead);
    free(a);
}

bool answer_sends_records(const struct conn *c)
{
    return is_answer(c) && self(c)->phase == SENDING && self(c)->is_records;
}

void answer_unsent(struct conn *c)
{
    self(c)->unsent = true;
}

/* The counters. */

void server_counters_reset(struct server_counters *w)
{
    uint32_t in_flight = w->in_flight;

    memset(w, 0, offsetof(struct server_counters, delays_us));
    w->in_flight = w->peak = in_flight;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

uint32_t server_counters_delay_us(struct server_counters *w)
{
    if (!w->n_delays)
        return 0;
    qsort(w->delays_us, w->n_delays, sizeof(w->delays_us[0]), by_value);
    return w->delays_us[w->n_delays / 2];
}

/* In memory. */

static uint16_t port_of(const struct dial *to)
{
    /* At the same place in both families. */
    const struct sockaddr_in *in = (const void *)&to->peer;

    return ntohs(in->sin_port);
}

static struct conn *create_encoded(struct answering_pages *a)
{
    struct conn *c;

    if (!a->tls)
        a->tls = tls_server_create(a->authority);
    c = a->tls ? answer_create(&a->counters) : NULL;
    if (!c || tls_server_enter(a->tls, c))
        return c;
    answer_destroy(c);
    return NULL;
}

static struct conn *create_at(struct answering_pages *a, uint16_t port,
                              bool stream)
{
    if (port && port == a->names_port)
        return nameserver_create(&(const struct name_zone){0}, stream);
    if (port && port == a->tls_port)
        return create_encoded(a);
    return answer_create(&a->counters);
}

static int open_pages(const struct answering *answering, const struct dial *to,
                      const uint64_t *now_ns, struct conn **ret)
{
    struct answering_pages *a = (void *)answering;
    uint16_t port = port_of(to);

    if (port && port == a->refused_port)
        return -ECONNREFUSED;
    *ret = NULL;
    if (port && port == a->full_port)
        return 0;
    *ret = create_at(a, port, !dial_is_datagrams(to));
    if (!*ret)
        return -ENOMEM;
    (*ret)->layers->now_ns = now_ns;
    conn_opened(*ret);
    return 0;
}

void answering_pages_init(struct answering_pages *a, uint16_t refused_port,
                          uint16_t full_port, uint16_t names_port)
{
    *a = (struct answering_pages){
        .answering = {.open = open_pages, .close = answer_destroy},
        .refused_port = refused_port,
        .full_port = full_port,
        .names_port = names_port,
    };
}

void answering_pages_finish(struct answering_pages *a)
{
    tls_server_destroy(a->tls);
}
