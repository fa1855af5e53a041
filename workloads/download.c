/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/answer.h"
#include "workloads/clock.h"
#include "workloads/web/http.h"
#include "workloads/kinds/journal.h"
#include "workloads/kinds/lanes.h"
#include "workloads/web/judge.h"
#include "workloads/web/page.h"
#include "workloads/workload.h"

/*
 * n pages over HTTP/1.1.  Lane i starts with page i; a lane that is done with
 * its page takes the next one by ticket, on the same connection as long as
 * both sides keep it, else on a new one.
 */
enum { N, CONCURRENCY, REQUESTS, LATENCY, BYTES, RATE, TIMEOUT, N_WORKERS };

enum { MAX_REQUEST = 4096, MAX_OWN_REQUEST = 384 };

/* A foreign page's cap while its length is unknown; a known length's slack. */
static const uint64_t max_body = UINT64_C(64) << 20, slack = 4096;

/* Of all pages of an iteration: each is computed, to be compared with. */
static const uint64_t max_sum = UINT64_C(16) << 30;

static const struct parameter parameters[] = {
    [N] = PARAMETER_N(30, 1000000, "pages to download"),
    [CONCURRENCY] = PARAMETER_CONCURRENCY(1000000, "pages"),
    [REQUESTS] = {.name = "requests-per-connection",
                  .preset = 1,
                  .max = 1000000000,
                  .help = "requests before a connection is closed"
                          " (0: no limit)"},
    [LATENCY] = PARAMETER_LATENCY,
    [BYTES] = PARAMETER_BYTES(PAGE_MAX_BYTES, "length of a page"),
    [RATE] = {.name = "rate",
              .served = true,
              .unit = "bytes/s",
              .max = PAGE_MAX_RATE,
              .kib = true,
              .help = "the origin's speed on each connection"
                      " (0: unlimited)"},
    [TIMEOUT] = PARAMETER_TIMEOUT(5000, 1, 3600000),
    [N_WORKERS] = PARAMETER_WORKERS,
};

/* What all lanes of a cell share and none changes. */
struct download {
    struct dial server;
    uint64_t timeout_ns, limit; /* requests per connection; UINT64_MAX: none */
    bool own;                   /* our origin: the page's index in the path */
    size_t head_len, keep_len, close_len;
    char head[MAX_REQUEST]; /* all before the index; all there is otherwise */
    char keep[MAX_REQUEST], close[MAX_REQUEST]; /* what follows the index */
};

struct lane {
    struct conn *conn;
    const struct download *job;
    struct http http;
    enum phase phase;
    uint32_t page;
    uint32_t dials;    /* for this page */
    uint64_t requests; /* on this connection */
    uint64_t start_ns, first_ns;
    char request[MAX_OWN_REQUEST];
};

struct state {
    struct connections connections;
    struct download job;
    struct answering_pages answering;
    struct witness witness;
    struct lanes lanes;
};

/* The protocol. */

static struct lane *self(const struct conn *c)
{
    return c->layers->state;
}

static enum verb dial(struct lane *l, uint64_t now)
{
    l->phase = PHASE_CONNECT;
    l->requests = 0;
    l->dials++;
    l->conn->dial = l->job->server;
    l->conn->deadline_ns = now + l->job->timeout_ns;
    return CONN_DIAL;
}

static enum verb ask(struct lane *l, uint64_t now)
{
    const struct download *job = l->job;
    bool last = ++l->requests == job->limit;
    const char *rest = last ? job->close : job->keep;
    size_t rest_len = last ? job->close_len : job->keep_len, len;

    http_begin(&l->http);
    l->phase = PHASE_HEADER;
    l->conn->deadline_ns = now + job->timeout_ns;
    if (!job->own) {
        conn_stage(l->conn, rest, rest_len);
        return CONN_WAIT;
    }
    memcpy(l->request, job->head, job->head_len);
    len =
        job->head_len + page_write_number(l->request + job->head_len, l->page);
    memcpy(l->request + len, rest, rest_len);
    conn_stage(l->conn, l->request, len + rest_len);
    return CONN_WAIT;
}

static void write_row(struct lane *l, enum outcome outcome, int error,
                      uint64_t now)
{
    struct journal *j = l->conn->layers->journal;
    bool answered = l->phase != PHASE_CONNECT;

    j->rows[l->page] = (struct row){
        .bytes = answered ? l->http.bytes : 0,
        .hash = answered ? http_hash(&l->http) : 0,
        .start_ns = l->start_ns,
        .first_ns = l->first_ns,
        .end_ns = now,
        .error = error,
        .outcome = (uint16_t)outcome,
        .status = answered ? l->http.status : 0,
        .dials = l->dials,
        .lane = l->conn->index,
    };
    journal_finish(j, l->page);
}

static enum verb begin_page(struct lane *l, uint64_t now, bool reuse)
{
    journal_begin(l->conn->layers->journal);
    l->start_ns = now;
    l->first_ns = 0;
    l->dials = 0;
    return reuse ? ask(l, now) : dial(l, now);
}

static enum verb end_page(struct lane *l, enum outcome outcome, int error,
                          uint64_t now)
{
    bool reuse = outcome == OUTCOME_OK && l->http.reusable &&
                 l->requests < l->job->limit;

    write_row(l, outcome, error, now);
    l->page = journal_take(l->conn->layers->journal);
    if (l->page == UINT32_MAX)
        return CONN_DONE;
    return begin_page(l, now, reuse);
}

static enum verb start(struct conn *c)
{
    struct lane *l = self(c);

    l->page = c->index;
    return begin_page(l, conn_now(c), false);
}

static enum verb opened(struct conn *c)
{
    return ask(self(c), conn_now(c));
}

static enum verb progress(struct lane *l, enum http_progress p, uint64_t now)
{
    if (p == HTTP_COMPLETE)
        return end_page(l, OUTCOME_OK, 0, now);
    if (p == HTTP_FAILED)
        return end_page(l, l->http.outcome, 0, now);
    if (l->phase == PHASE_HEADER && l->http.in_body) {
        l->phase = PHASE_BODY;
        l->conn->deadline_ns = now + l->job->timeout_ns;
    }
    return CONN_WAIT;
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    struct lane *l = self(c);
    uint64_t now = conn_now(c);

    if (!l->first_ns)
        l->first_ns = now;
    return progress(l, http_feed(&l->http, data, len), now);
}

/* A kept connection may be closed just as it is used again: ask anew, once. */
static bool was_stale(const struct lane *l)
{
    return l->requests > 1 && l->dials == 0 && !l->http.any;
}

static enum verb ended(struct conn *c, int error)
{
    struct lane *l = self(c);
    uint64_t now = conn_now(c);

    if (l->phase == PHASE_CONNECT)
        return end_page(l, outcome_of_errno(l->phase, error), error, now);
    if (was_stale(l))
        return dial(l, now);
    if (error)
        return end_page(l, outcome_of_errno(l->phase, error), error, now);
    return progress(l, http_eof(&l->http), now);
}

static enum verb expired(struct conn *c)
{
    struct lane *l = self(c);

    return end_page(l, outcome_of_timeout(l->phase), -ETIMEDOUT, conn_now(c));
}

static const struct protocol protocol_download = {
    .start = start,
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
};

/* The workload. */

static uint64_t lanes_of(const struct setup *s)
{
    return judge_lanes(s->values[N], s->values[CONCURRENCY]);
}

static struct page page_of(const struct setup *s, uint64_t index)
{
    return (struct page){
        .index = index,
        .seed = s->seed,
        .bytes = s->values[BYTES],
        .latency_ms = s->values[LATENCY],
        .rate = s->values[RATE],
    };
}

static uint64_t page_ns(const struct setup *s)
{
    uint64_t ns = s->values[LATENCY] * NS_PER_MS;

    if (s->values[RATE])
        ns += s->values[BYTES] * NS_PER_S / s->values[RATE];
    return ns;
}

static int check(const struct setup *s, char *why, size_t size)
{
    uint64_t body_ms = (page_ns(s) / NS_PER_MS) - s->values[LATENCY];

    if (s->path)
        return 0;
    if (s->values[BYTES] > max_sum / s->values[N]) {
        snprintf(why, size,
                 "%" PRIu64 " pages of %" PRIu64 " bytes are more than 16 GiB "
                 "in one iteration",
                 s->values[N], s->values[BYTES]);
        return -EINVAL;
    }
    if (judge_latency(s->values[LATENCY], s->values[TIMEOUT], why, size))
        return -EINVAL;
    if (body_ms >= s->values[TIMEOUT]) {
        snprintf(why, size,
                 "a page takes %" PRIu64 " ms at this --rate and never comes "
                 "within --timeout-ms %" PRIu64 "; raise it",
                 body_ms, s->values[TIMEOUT]);
        return -EINVAL;
    }
    return 0;
}

static uint64_t items(const struct setup *s)
{
    return s->values[N];
}

static void demand(const struct setup *s, struct demand *ret)
{
    *ret = (struct demand){.tasks = lanes_of(s), .sockets = true};
}

/* Waves of pages wait together; what a page costs besides adds up. */
static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t n = s->values[N], waves = (n + at_once - 1) / at_once;
    uint64_t page = s->path ? NS_PER_S / 10 : page_ns(s) + NS_PER_MS / 3;

    return waves * page + n * 50000;
}

static uint64_t patience_ns(const struct setup *s)
{
    uint64_t each = s->path ? NS_PER_S : page_ns(s) + NS_PER_MS;

    return s->values[N] * each;
}

static bool tells_width(const struct setup *s)
{
    return !s->path && judge_tells_width(s->values[LATENCY], lanes_of(s));
}

static size_t results_size(const struct setup *s)
{
    return journal_size(s->values[N]);
}

static int write_request(struct download *job, const struct setup *s)
{
    static const char format[] = "%s HTTP/1.1\r\nHost: %s\r\n"
                                 "User-Agent: baton\r\nAccept: */*\r\n%s\r\n";
    struct page page = page_of(s, 0);
    char rest[MAX_REQUEST];
    int keep, close;

    job->own = !s->path;
    if (job->own) {
        job->head_len =
            (size_t)snprintf(job->head, sizeof(job->head), "GET " PAGE_PREFIX);
        page_suffix(&page, rest);
    } else if ((size_t)snprintf(rest, sizeof(rest), "GET %s", s->path) >=
               sizeof(rest)) {
        return -ENAMETOOLONG;
    }
    keep = snprintf(job->keep, sizeof(job->keep), format, rest, s->host, "");
    close = snprintf(job->close, sizeof(job->close), format, rest, s->host,
                     "Connection: close\r\n");
    if ((size_t)close >= sizeof(job->close) ||
        (job->own &&
         job->head_len + 10 + (size_t)close > (size_t)MAX_OWN_REQUEST))
        return -ENAMETOOLONG;
    job->keep_len = (size_t)keep;
    job->close_len = (size_t)close;
    return 0;
}

static uint64_t body_cap(const struct setup *s)
{
    if (!s->path)
        return s->values[BYTES] + slack;
    return s->reference_bytes ? s->reference_bytes + slack : max_body;
}

static int prepare(struct work *w, const struct setup *s)
{
    struct state *st = calloc(1, sizeof(*st));
    int error;

    if (!st)
        return -ENOMEM;
    st->job.server = s->server;
    st->job.timeout_ns = s->values[TIMEOUT] * NS_PER_MS;
    st->job.limit = s->values[REQUESTS] ? s->values[REQUESTS] : UINT64_MAX;
    error = write_request(&st->job, s);
    if (!error)
        error = lanes_map(&st->lanes, lanes_of(s), sizeof(struct lane));
    if (error) {
        free(st);
        return error;
    }
    for (size_t i = 0; i < st->lanes.n; i++) {
        struct lane *l = lanes_state(&st->lanes, i);

        http_init(&l->http, body_cap(s), NULL);
        l->conn = &st->lanes.conns[i];
        l->job = &st->job;
    }
    answering_pages_init(&st->answering, &st->witness, 0, 0);
    st->connections = (struct connections){
        .conns = st->lanes.conns,
        .n = st->lanes.n,
        .workers = s->values[N_WORKERS],
        .answering = s->path ? NULL : &st->answering.answering};
    *w = (struct work){.job = &st->connections, .state = st};
    return 0;
}

static void aim(struct work *w, const struct setup *s, void *results)
{
    struct state *st = w->state;

    journal_init(results, (uint32_t)st->lanes.n, (uint32_t)s->values[N]);
    lanes_aim(&st->lanes, w, &protocol_download, results);
}

static void finish(struct work *w)
{
    struct state *st = w->state;

    if (!st)
        return;
    lanes_unmap(&st->lanes);
    free(st);
    w->state = NULL;
}

/* The hash that each page must have. */
static int expect(const struct setup *s, void **ret)
{
    uint64_t *hashes = malloc(s->values[N] * sizeof(*hashes));

    if (!hashes)
        return -ENOMEM;
    for (uint64_t i = 0; i < s->values[N]; i++) {
        struct page page = page_of(s, i);

        hashes[i] = s->path ? s->reference_hash : page_hash(&page);
    }
    *ret = hashes;
    return 0;
}

static enum row_result judge_row(const struct setup *s, const void *expected,
                                 const struct journal *j, uint32_t i, char *why,
                                 size_t size)
{
    const struct row *row = &j->rows[i];
    const uint64_t *hashes = expected;
    uint64_t bytes = s->path ? s->reference_bytes : s->values[BYTES];

    if (!row->end_ns) {
        snprintf(why, size, "page %" PRIu32 " was never finished", i);
        return ROW_WRONG;
    }
    if (row->outcome == OUTCOME_STATUS) {
        snprintf(why, size, "page %" PRIu32 ": status %d", i, row->status);
        return ROW_ERROR;
    }
    if (row->outcome != OUTCOME_OK) {
        snprintf(why, size, "page %" PRIu32 ": %s after %" PRIu64 " bytes", i,
                 outcome_name(row->outcome), row->bytes);
        return ROW_ERROR;
    }
    if (row->bytes == bytes && row->hash == hashes[i])
        return ROW_RIGHT;
    snprintf(why, size,
             "page %" PRIu32 ": %" PRIu64
             " bytes with a wrong checksum, should be %" PRIu64,
             i, row->bytes, bytes);
    return ROW_WRONG;
}

static void judge(const struct setup *s, const void *expected,
                  const void *results, struct findings *f)
{
    const struct judging job = {.rows = s->values[N],
                                .lanes = lanes_of(s),
                                .items = "pages",
                                .row = judge_row};

    judge_journal(&job, s, expected, results, f);
}

static int refer(struct setup *s, const void *results, char *why, size_t size)
{
    const struct journal *j = results;
    const struct row *row = &j->rows[0];

    if (row->outcome == OUTCOME_OK) {
        s->reference_hash = row->hash;
        s->reference_bytes = row->bytes;
        return 0;
    }
    if (row->outcome == OUTCOME_STATUS)
        snprintf(why, size, "it answers with status %d, should be 200",
                 row->status);
    else
        snprintf(why, size, "%s", outcome_name(row->outcome));
    return -EBADMSG;
}

const struct workload workload_download = {
    .name = "download",
    .summary = "n pages over HTTP/1.1",
    .kind = &kind_connections,
    .item = "page",
    .parameters = parameters,
    .n_parameters = sizeof(parameters) / sizeof(parameters[0]),
    .check = check,
    .items = items,
    .demand = demand,
    .expected_ns = expected_ns,
    .patience_ns = patience_ns,
    .tells_width = tells_width,
    .results_size = results_size,
    .prepare = prepare,
    .aim = aim,
    .aim_is_work = true,
    .finish = finish,
    .expect = expect,
    .judge = judge,
    .refer = refer,
};
