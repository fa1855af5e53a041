/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/fetch.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "workloads/web/answer.h"
#include "workloads/web/tls.h"

static struct fetch *self(const struct conn *c)
{
    return c->layers->state;
}

static void enter(struct fetch *f, enum phase phase, uint64_t now)
{
    f->phase = phase;
    f->conn->deadline_ns = now + f->job->timeout_ns;
}

void fetch_begin(struct fetch *f, uint32_t item, uint64_t now)
{
    journal_begin(fetch_journal(f));
    f->item = item;
    f->phase = PHASE_CONNECT;
    f->dials = 0;
    f->start_ns = now;
    f->first_ns = 0;
}

void fetch_refuse(struct fetch *f, uint16_t status)
{
    http_begin(&f->http);
    f->http.status = status;
    f->phase = PHASE_HEADER;
}

void fetch_write_row(const struct fetch *f, enum outcome outcome, int error,
                     uint64_t now)
{
    bool answered = f->phase != PHASE_CONNECT;

    fetch_journal(f)->rows[f->item] = (struct row){
        .bytes = answered ? f->http.bytes : 0,
        .hash = answered ? http_hash(&f->http) : 0,
        .start_ns = f->start_ns,
        .first_ns = f->first_ns,
        .end_ns = now,
        .error = error,
        .outcome = (uint16_t)outcome,
        .status = answered ? f->http.status : 0,
        .dials = f->dials,
        .lane = f->conn->index,
    };
    journal_finish(fetch_journal(f), f->item);
}

void fetch_server(const struct dial *first, uint64_t addresses, uint64_t number,
                  struct dial *ret)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&ret->peer;

    *ret = *first;
    if (addresses > 1 && in->sin_family == AF_INET)
        in->sin_addr.s_addr =
            htonl(ntohl(in->sin_addr.s_addr) + (uint32_t)(number % addresses));
}

enum verb fetch_dial(struct fetch *f, uint64_t now)
{
    enter(f, PHASE_CONNECT, now);
    return fetch_redial(f);
}

enum verb fetch_redial(struct fetch *f)
{
    f->dials++;
    return CONN_DIAL;
}

enum verb fetch_ask(struct fetch *f, const void *request, size_t len,
                    uint64_t now)
{
    http_begin(&f->http);
    enter(f, PHASE_HEADER, now);
    conn_stage(f->conn, request, len);
    return CONN_WAIT;
}

static enum verb start(struct conn *c)
{
    return self(c)->job->start(self(c), conn_now(c));
}

static enum verb opened(struct conn *c)
{
    return self(c)->job->ask(self(c), conn_now(c));
}

static enum verb progress(struct fetch *f, enum http_progress p, uint64_t now)
{
    if (p == HTTP_COMPLETE)
        return f->job->end(f, OUTCOME_OK, 0, now);
    if (p == HTTP_FAILED)
        return f->job->end(f, f->http.outcome, 0, now);
    if (f->phase == PHASE_HEADER && f->http.in_body)
        enter(f, PHASE_BODY, now);
    return CONN_WAIT;
}

/* What only the end of the connection would complete is not complete. */
static enum verb cut(struct fetch *f, uint64_t now)
{
    bool open = http_eof(&f->http) == HTTP_COMPLETE;

    return f->job->end(f, open ? OUTCOME_TRUNCATED : f->http.outcome, 0, now);
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    struct fetch *f = self(c);
    uint64_t now = conn_now(c);

    f->read_ns = now;
    if (!f->first_ns)
        f->first_ns = now;
    return progress(f, http_feed(&f->http, data, len), now);
}

static enum verb ended(struct conn *c, int error)
{
    struct fetch *f = self(c);
    uint64_t now = conn_now(c);

    /* TLS without its end: the body may be incomplete. */
    if (error == -ECONNABORTED)
        return cut(f, now);
    if (error || f->phase == PHASE_CONNECT)
        return f->job->end(f, outcome_of_errno(f->phase, error), error, now);
    return progress(f, http_eof(&f->http), now);
}

static enum verb expired(struct conn *c)
{
    struct fetch *f = self(c);

    return f->job->end(f, outcome_of_timeout(f->phase), -ETIMEDOUT,
                       conn_now(c));
}

static enum work_left work(struct conn *c)
{
    return self(c)->job->work(self(c));
}

static enum verb worked(struct conn *c)
{
    return self(c)->job->worked(self(c), conn_now(c));
}

static const struct protocol protocol_fetch = {
    .start = start,
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
    .work = work,
    .worked = worked,
};

/* Conns, layers and the lanes' states are in one mapping. */
struct state {
    struct connections connections;
    struct fetch_job *job;
    struct answering_pages answering;
    struct layers *layers;
    char *lanes; /* each of lane_size bytes */
    size_t lane_size, size;
};

static size_t round_up(size_t size)
{
    return (size + 63) & ~(size_t)63;
}

static struct fetch *lane_at(const struct state *st, size_t i)
{
    return (struct fetch *)(st->lanes + i * st->lane_size);
}

/* Shared, so that models made of processes need no marshalling. */
static int map_lanes(struct state *st, size_t n)
{
    size_t conns = round_up(n * sizeof(*st->connections.conns));
    size_t layers = round_up(n * sizeof(*st->layers));
    char *at;

    st->lane_size = round_up(st->job->lane_size);
    st->size = conns + layers + n * st->lane_size;
    at = mmap(NULL, st->size, PROT_READ | PROT_WRITE,
              MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED)
        return -errno;
    st->connections.conns = (struct conn *)at;
    st->layers = (struct layers *)(at + conns);
    st->lanes = at + conns + layers;
    return 0;
}

int fetch_prepare(struct work *w, const struct setup *s, struct fetch_job *job)
{
    struct state *st = calloc(1, sizeof(*st));
    int error = -ENOMEM;

    if (st) {
        st->job = job;
        error = map_lanes(st, job->lanes);
    }
    if (error) {
        tls_context_destroy(job->tls);
        free(job);
        free(st);
        return error;
    }
    for (size_t i = 0; i < job->lanes; i++) {
        struct fetch *f = lane_at(st, i);

        f->conn = &st->connections.conns[i];
        f->job = job;
        http_init(&f->http, job->max_body,
                  job->keep ? (void *)((char *)f + job->keep) : NULL);
        f->http.body = job->body;
    }
    answering_pages_init(&st->answering, (uint16_t)s->refused_port,
                         (uint16_t)s->full_port, (uint16_t)s->names_port);
    st->answering.tls_port = (uint16_t)s->tls_port;
    st->answering.authority = s->authority;
    st->connections.n = job->lanes;
    st->connections.workers = job->workers;
    st->connections.offload = job->offload;
    if (!job->foreign)
        st->connections.answering = &st->answering.answering;
    *w = (struct work){.job = &st->connections, .state = st};
    return 0;
}

void fetch_aim(struct work *w, const struct setup *s, void *results)
{
    struct state *st = w->state;

    (void)s;
    journal_init(results, (uint32_t)st->job->lanes, (uint32_t)st->job->items);
    for (size_t i = 0; i < st->job->lanes; i++) {
        st->connections.conns[i] = (struct conn){
            .deadline_ns = UINT64_MAX,
            .index = (uint32_t)i,
            .layers = &st->layers[i],
        };
        st->layers[i] = (struct layers){
            .protocol = &protocol_fetch,
            .state = lane_at(st, i),
            .journal = results,
            .sample_peak = w->sample_peak,
            .trace = w->trace,
        };
    }
}

void fetch_finish(struct work *w)
{
    struct state *st = w->state;

    if (!st)
        return;
    munmap(st->connections.conns, st->size);
    answering_pages_finish(&st->answering);
    tls_context_destroy(st->job->tls);
    free(st->job);
    free(st);
    w->state = NULL;
}
