/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/answer.h"

#include <errno.h>
#include <llhttp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/web/page.h"
#include "workloads/web/fault.h"

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
/* For a peer whom nobody answers: longer than any time-out of a workload. */
static const uint64_t hang_ns = 7200 * NS_PER_S;

enum answering_phase {
    READING,
    LATENCY, /* the wait before the first byte */
    SENDING, /* a page */
    SAYING,  /* a blog or a fault */
    CLOSING,
};

struct answer {
    struct conn conn;
    struct layers layers;
    struct witness *witness;
    llhttp_t parser;
    enum answering_phase phase;
    bool keep_alive, head_only;
    char target[MAX_TARGET];
    size_t target_len, request_bytes;
    bool is_page;
    struct page page;
    struct question question; /* if it is none */
    struct reply reply;
    uint64_t asked_ns;  /* when the request had been read */
    uint64_t body_ns;   /* when the body, or a reply, began */
    uint64_t body_sent; /* bytes of it staged so far */
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

static void enter_flight(struct witness *w)
{
    w->requests++;
    if (++w->in_flight > w->peak)
        w->peak = w->in_flight;
}

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

/* Bytes of the body that may have been sent by now. */
static uint64_t allowance(const struct answer *a, uint64_t now)
{
    uint64_t ticks;

    if (!a->page.rate)
        return a->page.bytes;
    ticks = (now - a->body_ns) / tick_ns + 1;
    /* Saturate: a rate of 10 GB/s over minutes leaves 64 bits alone. */
    if (a->page.rate > UINT64_MAX / ticks)
        return a->page.bytes;
    ticks = a->page.rate * ticks / (NS_PER_S / tick_ns);
    return ticks < a->page.bytes ? ticks : a->page.bytes;
}

static bool body_done(const struct answer *a)
{
    return a->head_only || a->body_sent == a->page.bytes;
}

/* Stages `head` bytes already in the buffer and as much body as is due. */
static enum verb stage(struct answer *a, size_t head, uint64_t now)
{
    uint64_t due = allowance(a, now) - a->body_sent;
    size_t len = due < CHUNK ? (size_t)due : CHUNK;

    if (a->head_only || a->page.bytes == 0)
        len = 0;
    else if (a->body_sent + len < a->page.bytes)
        len &= ~(size_t)7; /* page_fill() starts at multiples of 8 */
    page_fill(&a->page, a->body_sent, a->buffer + head, len);
    a->body_sent += len;
    a->witness->bytes += len;
    a->conn.deadline_ns =
        now + (a->page.rate && !body_done(a) ? tick_ns : slow_ns);
    if (head + len > 0) {
        conn_stage(&a->conn, a->buffer, head + len);
        a->staged_ns = now;
    }
    return CONN_WAIT;
}

static char *put(char *at, const char *text)
{
    size_t len = strlen(text);

    memcpy(at, text, len);
    return at + len;
}

/* By hand: printf() would be 5 % of the origin's CPU on a short page. */
static size_t write_head(struct answer *a, uint64_t delay_us)
{
    char *at = put(a->buffer, "HTTP/1.1 200 OK\r\n"
                              "Content-Type: text/plain\r\n"
                              "Content-Length: ");

    at += page_write_number(at, a->page.bytes);
    if (!a->keep_alive)
        at = put(at, "\r\nConnection: close");
    if (a->page.latency_ms) {
        at = put(at, "\r\nBaton-Delay-Us: ");
        at += page_write_number(at, delay_us);
    }
    return (size_t)(put(at, "\r\n\r\n") - a->buffer);
}

static enum verb begin_page(struct answer *a, uint64_t now, uint64_t delay_us)
{
    uint64_t body = a->page.bytes < CHUNK ? a->page.bytes : CHUNK;

    if (!reserve(a, MAX_HEAD + (size_t)body))
        return CONN_DONE;
    a->phase = SENDING;
    return stage(a, write_head(a, delay_us), now);
}

static void finish_answer(struct answer *a);

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

/* Bytes of the reply that may have been sent by now. */
static uint64_t reply_allowance(const struct answer *a, uint64_t now)
{
    const struct reply *r = &a->reply;
    uint64_t len = reply_len(r, a->head_only), due;

    if (!r->pause_ns)
        return len;
    due = r->head_len + 1 + (now - a->body_ns) / r->pause_ns;
    return due < len ? due : len;
}

/* Of the `len` bytes that follow, those that belong to the body. */
static uint64_t body_part(const struct answer *a, size_t len)
{
    uint64_t end = a->body_sent + len, head = a->reply.head_len;

    if (end <= head)
        return 0;
    return a->body_sent < head ? end - head : len;
}

/* Stages as much of the reply as is due and fits. */
static enum verb say(struct answer *a, uint64_t now)
{
    uint64_t due = reply_allowance(a, now);
    const char *data;
    size_t len;

    if (a->body_sent == reply_len(&a->reply, a->head_only)) {
        finish_reply(a);
        return CONN_WAIT;
    }
    a->conn.deadline_ns =
        now + (a->reply.pause_ns ? a->reply.pause_ns : slow_ns);
    if (a->body_sent == due)
        return CONN_WAIT;
    data = reply_at(&a->reply, a->body_sent, &len);
    if (len > due - a->body_sent)
        len = (size_t)(due - a->body_sent);
    if (len > CHUNK)
        len = CHUNK;
    conn_stage(&a->conn, data, len);
    a->witness->bytes += body_part(a, len);
    a->body_sent += len;
    a->staged_ns = now;
    return CONN_WAIT;
}

static enum verb begin_reply(struct answer *a, uint64_t now, uint64_t delay_us)
{
    a->question.keep_alive = a->keep_alive;
    a->question.delay_us = delay_us;
    if (reply_init(&a->reply, &a->question))
        return CONN_DONE;
    a->phase = SAYING;
    return say(a, now);
}

static enum verb begin_answer(struct answer *a, uint64_t now)
{
    struct witness *w = a->witness;
    uint64_t delay_us = (now - a->asked_ns) / 1000;

    if (a->page.latency_ms && w->n_delays < WITNESS_DELAYS)
        w->delays_us[w->n_delays++] = (uint32_t)delay_us;
    a->body_ns = now;
    a->body_sent = 0;
    return a->is_page ? begin_page(a, now, delay_us)
                      : begin_reply(a, now, delay_us);
}

static enum verb refuse(struct answer *a, const char *status)
{
    int len;

    a->witness->refusals++;
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

static bool parse_target(struct answer *a)
{
    a->is_page = page_parse(a->target, a->target_len, &a->page) == 0;
    if (a->is_page)
        return true;
    if (question_parse(a->target, a->target_len, &a->question))
        return false;
    a->page = (struct page){.latency_ms = a->question.blog.latency_ms};
    return true;
}

static enum verb answer_request(struct answer *a)
{
    if (a->parser.method != HTTP_GET && a->parser.method != HTTP_HEAD)
        return refuse(a, "405 Method Not Allowed");
    if (!parse_target(a))
        return refuse(a, "404 Not Found");
    enter_flight(a->witness);
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

/* Whether an answer is under way that goes on by the clock. */
static bool paced(const struct answer *a)
{
    if (a->phase == SENDING)
        return a->page.rate && !body_done(a);
    return a->phase == SAYING && a->reply.pause_ns;
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
            return a->phase == SAYING ? say(a, now) : stage(a, 0, now);
        if (now - a->staged_ns >= slow_ns)
            return CONN_DONE; /* the peer does not read */
        c->deadline_ns = now + tick_ns;
        return CONN_WAIT;
    }
    return CONN_DONE; /* idle, or too slow */
}

static void finish_answer(struct answer *a)
{
    size_t len = a->ahead_len;

    a->witness->in_flight--;
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

/* A drip goes on when its time has come. */
static void go_on(struct answer *a)
{
    if (!a->reply.pause_ns ||
        a->body_sent == reply_len(&a->reply, a->head_only))
        say(a, conn_now(&a->conn));
}

static void drained(struct conn *c)
{
    struct answer *a = self(c);

    if (a->phase == CLOSING)
        /* The peer should close, or else a reset could outrun the refusal. */
        c->deadline_ns = conn_now(c) + linger_ns;
    else if (a->phase == SAYING)
        go_on(a);
    else if (a->phase != SENDING)
        return;
    else if (body_done(a))
        finish_answer(a);
    else if (!a->page.rate)
        stage(a, 0, conn_now(c));
}

static const struct protocol protocol_answer = {
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
    .drained = drained,
};

struct conn *answer_create(struct witness *w)
{
    struct answer *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->witness = w;
    a->layers.protocol = &protocol_answer;
    a->layers.state = a;
    a->conn.layers = &a->layers;
    return &a->conn;
}

void answer_destroy(struct conn *c)
{
    struct answer *a;

    if (!c)
        return;
    a = self(c);
    if (a->phase == LATENCY || a->phase == SENDING || a->phase == SAYING)
        a->witness->in_flight--;
    reply_finish(&a->reply);
    free(a->buffer);
    free(a->ahead);
    free(a);
}

/* The witness. */

void witness_reset(struct witness *w)
{
    uint32_t in_flight = w->in_flight;

    memset(w, 0, offsetof(struct witness, delays_us));
    w->in_flight = w->peak = in_flight;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

uint32_t witness_delay_us(struct witness *w)
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

static int open_pages(const struct answering *answering, const struct dial *to,
                      const uint64_t *now_ns, struct conn **ret)
{
    const struct answering_pages *a = (const void *)answering;
    uint16_t port = port_of(to);

    if (port && port == a->refused_port)
        return -ECONNREFUSED;
    *ret = NULL;
    if (port && port == a->deaf_port)
        return 0;
    *ret = answer_create(a->witness);
    if (!*ret)
        return -ENOMEM;
    (*ret)->layers->now_ns = now_ns;
    conn_opened(*ret);
    return 0;
}

void answering_pages_init(struct answering_pages *a, struct witness *w,
                          uint16_t refused_port, uint16_t deaf_port)
{
    *a = (struct answering_pages){
        .answering = {.open = open_pages, .close = answer_destroy},
        .witness = w,
        .refused_port = refused_port,
        .deaf_port = deaf_port,
    };
}
