/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/dns.h"

#include <stdlib.h>
#include <string.h>

static struct dns *self(const struct conn *c)
{
    return c->layers->state;
}

/* SplitMix64, of a seed that only this process knows. */
static uint16_t draw(struct dns *d)
{
    uint64_t x = d->number += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint16_t)(x >> 31);
}

static bool has_stream(const struct conn *c)
{
    return !dial_is_datagrams(&c->dial);
}

static void drop_answer(struct dns *d)
{
    free(d->answer);
    d->answer = NULL;
    d->answer_len = 0;
}

/* The lane is the other protocol's again, which decides what follows. */
static enum verb finish(struct conn *c, enum outcome outcome)
{
    struct dns *d = self(c);

    drop_answer(d);
    layer_pop(c, &d->above);
    return d->done(c, outcome);
}

static enum verb dial(struct conn *c, int type)
{
    struct dns *d = self(c);
    size_t n = d->servers->n, attempts = n * DNS_TRIES;
    uint64_t now = conn_now(c);
    uint64_t left = d->until_ns > now ? d->until_ns - now : 0;

    drop_answer(d);
    c->dial = d->servers->servers[(d->attempt - 1) % n];
    c->dial.type = type;
    c->deadline_ns = now + left / (attempts - d->attempt + 1);
    for (int i = 0; i < DNS_KINDS; i++)
        d->messages.asked[i].staged = false;
    return CONN_DIAL;
}

static bool has_address(const struct dns *d)
{
    return d->messages.asked[DNS_V6].n + d->messages.asked[DNS_V4].n > 0;
}

static enum verb end(struct conn *c)
{
    struct dns *d = self(c);

    return finish(c, has_address(d) ? OUTCOME_OK : d->outcome);
}

/* The next server, for what has no answer yet. */
static enum verb attempt(struct conn *c)
{
    struct dns *d = self(c);

    d->attempt++;
    for (int i = 0; i < DNS_KINDS; i++) {
        if (d->messages.asked[i].state == DNS_BROKEN)
            d->messages.asked[i].state = DNS_ASKED;
        d->messages.asked[i].number = draw(d);
    }
    return dial(c, SOCK_DGRAM);
}

static enum verb try_next(struct conn *c)
{
    struct dns *d = self(c);
    bool last = d->attempt == d->servers->n * DNS_TRIES;

    return last || has_address(d) || conn_now(c) >= d->until_ns ? end(c)
                                                                : attempt(c);
}

static void stage_next(struct conn *c)
{
    struct dns *d = self(c);
    int i = 0;

    while (i < DNS_KINDS && (d->messages.asked[i].staged ||
                             d->messages.asked[i].state != DNS_ASKED))
        i++;
    if (i == DNS_KINDS)
        return;
    d->messages.asked[i].staged = true;
    dns_write_number(&d->messages, (enum dns_kind)i);
    if (has_stream(c))
        conn_stage(c, d->messages.question, d->messages.len + 2);
    else
        conn_stage(c, d->messages.question + 2, d->messages.len);
}

static enum verb opened(struct conn *c)
{
    stage_next(c);
    return CONN_WAIT;
}

/* As soon as nothing more can come on this dial. */
static enum verb settle(struct conn *c)
{
    struct dns *d = self(c);
    int absent = 0;

    for (int i = 0; i < DNS_KINDS; i++) {
        if (d->messages.asked[i].state == DNS_ASKED)
            return CONN_WAIT;
        absent += d->messages.asked[i].state == DNS_ABSENT;
    }
    return absent == DNS_KINDS ? finish(c, OUTCOME_DNS_NAME) : try_next(c);
}

static enum verb message(struct conn *c, const unsigned char *answer,
                         size_t len)
{
    struct dns *d = self(c);
    enum dns_kind kind = dns_kind_of(&d->messages, answer, len);
    const int truncated = 0x02;

    /* Another program sent it, or it came too late. */
    if (kind == DNS_KINDS)
        return CONN_WAIT;
    if ((answer[2] & truncated) && !has_stream(c))
        return dial(c, SOCK_STREAM);
    if (!dns_take(&d->messages, kind, answer, len))
        d->outcome = OUTCOME_DNS_FAILED;
    return settle(c);
}

static size_t announced(const struct dns *d)
{
    return (size_t)(d->answer[0] << 8 | d->answer[1]);
}

/* How many of the bytes are of the answer that is being read; 0: no memory. */
static size_t gather(struct dns *d, const unsigned char *data, size_t len)
{
    size_t whole = 2, n;

    if (!d->answer)
        d->answer = malloc(2 + UINT16_MAX);
    if (!d->answer)
        return 0;
    if (d->answer_len >= 2)
        whole += announced(d);
    n = whole - d->answer_len < len ? whole - d->answer_len : len;
    memcpy(d->answer + d->answer_len, data, n);
    d->answer_len += n;
    return n;
}

static bool is_whole(const struct dns *d)
{
    return d->answer_len >= 2 && d->answer_len == 2 + announced(d);
}

static enum verb received_stream(struct conn *c, const unsigned char *data,
                                 size_t len)
{
    struct dns *d = self(c);
    enum verb verb = CONN_WAIT;

    while (len > 0 && verb == CONN_WAIT) {
        size_t n = gather(d, data, len);

        if (n == 0)
            return finish(c, OUTCOME_LOCAL_LIMIT);
        data += n;
        len -= n;
        if (!is_whole(d))
            continue;
        n = d->answer_len - 2;
        d->answer_len = 0;
        verb = message(c, d->answer + 2, n);
        if (c->layers->state != d)
            return verb;
    }
    return verb;
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    return has_stream(c) ? received_stream(c, data, len)
                         : message(c, data, len);
}

static enum verb ended(struct conn *c, int error)
{
    struct dns *d = self(c);
    enum outcome outcome = outcome_of_errno(PHASE_CONNECT, error);

    if (outcome == OUTCOME_LOCAL_LIMIT)
        return finish(c, outcome);
    if (outcome == OUTCOME_NO_NETWORK && d->outcome == OUTCOME_DNS_NO_ANSWER)
        d->outcome = outcome;
    return try_next(c);
}

static const struct protocol protocol_dns = {
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = try_next,
    .drained = stage_next,
};

bool dns_begin(struct dns *d, const struct dns_servers *servers, struct conn *c,
               const char *name, size_t len, uint64_t until_ns,
               enum verb (*done)(struct conn *c, enum outcome outcome))
{
    *d = (struct dns){
        .servers = servers,
        .done = done,
        .until_ns = until_ns,
        .number = servers->seed ^ (uint64_t)c->index << 32 ^ conn_now(c),
        .outcome = OUTCOME_DNS_NO_ANSWER,
    };
    if (servers->n == 0 || !dns_write_question(&d->messages, name, len))
        return false;
    layer_push(c, &d->above, &protocol_dns, d);
    attempt(c);
    return true;
}

bool dns_next(struct dns *d, uint16_t port, struct dial *ret)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    unsigned n = d->next, n_v6 = d->messages.asked[DNS_V6].n;
    bool is_v6 = n < n_v6;

    if (n >= n_v6 + d->messages.asked[DNS_V4].n)
        return false;
    d->next++;
    *ret = (struct dial){.type = SOCK_STREAM,
                         .peer_len = is_v6 ? sizeof(v6) : sizeof(v4)};
    if (is_v6)
        v6.sin6_addr = d->messages.addresses[DNS_V6][n].v6;
    else
        v4.sin_addr = d->messages.addresses[DNS_V4][n - n_v6].v4;
    memcpy(&ret->peer, is_v6 ? (void *)&v6 : (void *)&v4, ret->peer_len);
    return true;
}

void dns_forget(struct dns *d)
{
    d->next = 0;
    d->messages.asked[DNS_V6].n = d->messages.asked[DNS_V4].n = 0;
}
