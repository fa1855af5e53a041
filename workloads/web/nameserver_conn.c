/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A name server as a protocol: questions come in, answers wait until due. */
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/web/nameserver.h"

enum { PENDING = 8 };

struct server {
    struct conn conn; /* first */
    struct layers layers;
    struct name_zone zone;
    bool stream;
    size_t got; /* of a stream: bytes of the next question */
    unsigned char question[2 + NAME_ANSWER];
    size_t first, n; /* answers that wait */
    struct {
        uint64_t due_ns;
        size_t len;
        unsigned char bytes[2 + NAME_ANSWER];
    } pending[PENDING];
};

static const uint64_t idle_ns = 10 * NS_PER_S;

static struct server *self(const struct conn *c)
{
    return c->layers->state;
}

/* The next answer that is due, if there is one. */
static void stage_due(struct conn *c)
{
    struct server *s = self(c);
    uint64_t now = conn_now(c);
    size_t at = s->first % PENDING, pending;

    conn_pending(c, &pending);
    c->deadline_ns = s->n ? s->pending[at].due_ns : now + idle_ns;
    if (pending || s->n == 0 || now < s->pending[at].due_ns)
        return;
    s->first++;
    s->n--;
    c->deadline_ns =
        s->n ? s->pending[s->first % PENDING].due_ns : now + idle_ns;
    conn_stage(c, s->pending[at].bytes + (s->stream ? 0 : 2),
               s->pending[at].len + (s->stream ? 2 : 0));
}

static void keep(struct server *s, const struct name_answer *answer, size_t i)
{
    size_t at = (s->first + s->n) % PENDING, len = answer->messages[i].len;

    if (s->n == PENDING)
        return;
    s->n++;
    s->pending[at].due_ns = conn_now(&s->conn) + answer->latency_ms * NS_PER_MS;
    s->pending[at].len = len;
    s->pending[at].bytes[0] = (unsigned char)(len >> 8);
    s->pending[at].bytes[1] = (unsigned char)len;
    memcpy(s->pending[at].bytes + 2, answer->messages[i].bytes, len);
}

static void answer_one(struct server *s, const void *question, size_t len)
{
    struct name_answer answer;

    name_answer(&s->zone, question, len, s->stream, &answer);
    for (size_t i = 0; i < answer.n; i++)
        keep(s, &answer, i);
}

/* False: a question is too long. */
static bool gather(struct server *s, const unsigned char *data, size_t len)
{
    for (; len > 0; data++, len--) {
        size_t whole;

        s->question[s->got++] = *data;
        whole = s->got < 2 ? 2 : 2u + (s->question[0] << 8 | s->question[1]);
        if (whole > sizeof(s->question))
            return false;
        if (s->got < 2 || s->got < whole)
            continue;
        answer_one(s, s->question + 2, whole - 2);
        s->got = 0;
    }
    return true;
}

static enum verb opened(struct conn *c)
{
    c->deadline_ns = conn_now(c) + idle_ns;
    return CONN_WAIT;
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    struct server *s = self(c);

    if (!s->stream)
        answer_one(s, data, len);
    else if (!gather(s, data, len))
        return CONN_DONE;
    stage_due(c);
    return CONN_WAIT;
}

static enum verb ended(struct conn *c, int error)
{
    (void)c;
    (void)error;
    return CONN_DONE;
}

/* In memory there is no end: silence goes on. */
static enum verb expired(struct conn *c)
{
    struct server *s = self(c);
    bool idle = s->n == 0;

    stage_due(c);
    return idle && s->stream ? CONN_DONE : CONN_WAIT;
}

static const struct protocol protocol_nameserver = {
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
    .drained = stage_due,
};

struct conn *nameserver_create(const struct name_zone *zone, bool stream)
{
    struct server *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->zone = *zone;
    s->stream = stream;
    s->layers.protocol = &protocol_nameserver;
    s->layers.state = s;
    s->conn.layers = &s->layers;
    return &s->conn;
}

void nameserver_destroy(struct conn *c)
{
    free(c ? self(c) : NULL);
}
