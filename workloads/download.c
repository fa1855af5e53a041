/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/download.h"
#include "workloads/web/fetch.h"
#include "workloads/web/judge.h"
#include "workloads/web/named.h"
#include "workloads/web/nameserver.h"
#include "workloads/web/page.h"
#include "workloads/web/tls.h"

enum {
    N = DOWNLOAD_N,
    CONCURRENCY = DOWNLOAD_CONCURRENCY,
    REQUESTS = DOWNLOAD_REQUESTS,
    LATENCY = DOWNLOAD_LATENCY,
    BYTES = DOWNLOAD_BYTES,
    RATE = DOWNLOAD_RATE,
    TIMEOUT = DOWNLOAD_TIMEOUT,
    N_WORKERS = DOWNLOAD_WORKERS,
    NAMES = DOWNLOAD_PARAMETERS_N,
    TLS,
};

enum { MAX_REQUEST = 4096, MAX_OWN_REQUEST = 384 };

/* A foreign page's cap while its length is unknown; a known length's slack. */
static const uint64_t max_body = UINT64_C(64) << 20, slack = 4096;

/* Of all pages of an iteration: each is computed, to be compared with. */
static const uint64_t max_sum = UINT64_C(16) << 30;

/* A piece of what is handed away takes so long. */
static const uint64_t piece_ns = 4 * NS_PER_MS;

static const struct parameter parameters[] = {
    DOWNLOAD_PARAMETERS(30, 1, 10, 4096, 5000),
    [NAMES] = PARAMETER_NAMES,
    [TLS] = PARAMETER_TLS,
};

struct download {
    struct fetch_job fetch; /* first */
    struct dial server;
    uint64_t addresses;         /* as in struct setup */
    uint64_t limit;             /* requests per connection; UINT64_MAX: none */
    uint64_t hold_ns;           /* that the handler of page 0 keeps the CPU */
    uint64_t names, latency_ms; /* of the hosts; 0: they have none */
    struct dns_servers name_servers;
    size_t tls; /* where in a lane its struct tls is; 0: nowhere */
    size_t head_len, keep_len, close_len;
    char head[MAX_REQUEST]; /* all before the index; all there is otherwise */
    char keep[MAX_REQUEST], close[MAX_REQUEST]; /* what follows the index */
};

struct lane {
    struct fetch fetch; /* first; its items are pages */
    uint64_t requests;  /* on this connection */
    uint64_t held_ns;   /* of download.hold_ns, by pieces */
    char request[MAX_OWN_REQUEST];
    struct dns dns[]; /* one, where there are names; then its struct tls */
};

static const struct download *job_of(const struct lane *l)
{
    return (const struct download *)l->fetch.job;
}

static enum verb finish(struct lane *l, enum outcome outcome, int error,
                        uint64_t now);

/* Of names that are looked up, the first one is as good as any. */
static size_t write_name(const struct lane *l, char name[NAME_ROOM])
{
    const struct download *job = job_of(l);

    return (size_t)name_write(name, l->fetch.item % job->names,
                              name_scripts[0].name, job->latency_ms);
}

static enum verb looked_up(struct conn *c, enum outcome outcome)
{
    struct lane *l = c->layers->state;
    const struct sockaddr_in *in = (const void *)&job_of(l)->server.peer;
    uint64_t now = conn_now(c);

    if (outcome != OUTCOME_OK)
        return finish(l, outcome, 0, now);
    dns_next(l->dns, ntohs(in->sin_port), &c->dial);
    return fetch_dial(&l->fetch, now);
}

static enum verb look_up(struct lane *l, uint64_t now)
{
    const struct download *job = job_of(l);
    struct conn *c = l->fetch.conn;
    char name[NAME_ROOM];
    size_t len = write_name(l, name);

    fetch_dial(&l->fetch, now);
    dns_begin(l->dns, &job->name_servers, c, name, len, c->deadline_ns,
              looked_up);
    return CONN_DIAL;
}

static enum verb dial(struct lane *l, uint64_t now)
{
    l->requests = 0;
    if (job_of(l)->names)
        return look_up(l, now);
    fetch_server(&job_of(l)->server, job_of(l)->addresses, l->fetch.conn->index,
                 &l->fetch.conn->dial);
    return fetch_dial(&l->fetch, now);
}

static enum verb send_request(struct lane *l, uint64_t now)
{
    struct fetch *f = &l->fetch;
    const struct download *job = job_of(l);
    bool last = ++l->requests == job->limit;
    const char *rest = last ? job->close : job->keep;
    size_t rest_len = last ? job->close_len : job->keep_len, len;

    if (job->fetch.foreign)
        return fetch_ask(f, rest, rest_len, now);
    memcpy(l->request, job->head, job->head_len);
    len =
        job->head_len + page_write_number(l->request + job->head_len, f->item);
    memcpy(l->request + len, rest, rest_len);
    return fetch_ask(f, l->request, len + rest_len, now);
}

static enum verb secured(struct conn *c, enum outcome outcome)
{
    struct lane *l = c->layers->state;

    return outcome ? finish(l, outcome, 0, conn_now(c))
                   : send_request(l, conn_now(c));
}

/* Of a connection that has just been dialled. */
static enum verb ask(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
    const struct download *job = job_of(l);
    const struct sockaddr_in *in = (const void *)&f->conn->dial.peer;
    struct tls *tls = (void *)((char *)l + job->tls);
    char host[NAME_ROOM];

    if (!job->tls)
        return send_request(l, now);
    if (job->names)
        write_name(l, host);
    else
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
    return tls_begin(tls, job->fetch.tls, f->conn, host, secured);
}

static enum verb start(struct fetch *f, uint64_t now)
{
    fetch_begin(f, f->conn->index, now);
    return dial((struct lane *)f, now);
}

/* A kept connection may be closed just as it is used again: ask anew. */
static bool is_stale(const struct lane *l, int error)
{
    return l->requests > 1 && !l->fetch.http.any && error != -ETIMEDOUT;
}

static enum verb finish(struct lane *l, enum outcome outcome, int error,
                        uint64_t now)
{
    struct fetch *f = &l->fetch;
    bool reuse = outcome == OUTCOME_OK && f->http.reusable &&
                 l->requests < job_of(l)->limit;
    uint32_t next;

    fetch_write_row(f, outcome, error, now);
    next = journal_take(fetch_journal(f));
    if (next == UINT32_MAX)
        return CONN_DONE;
    fetch_begin(f, next, now);
    return reuse ? send_request(l, now) : dial(l, now);
}

static enum verb end(struct fetch *f, enum outcome outcome, int error,
                     uint64_t now)
{
    struct lane *l = (struct lane *)f;
    uint64_t hold_ns = job_of(l)->hold_ns;

    if (is_stale(l, error))
        return dial(l, now);
    if (f->item != 0 || outcome != OUTCOME_OK || !hold_ns)
        return finish(l, outcome, error, now);
    l->held_ns = 0;
    if (f->job->offload)
        return CONN_WORK;
    journal_hold(fetch_journal(f), hold_ns);
    return finish(l, outcome, error, conn_now(f->conn));
}

static enum work_left work(struct fetch *f)
{
    struct lane *l = (struct lane *)f;
    uint64_t left_ns = job_of(l)->hold_ns - l->held_ns;
    uint64_t ns = left_ns < piece_ns ? left_ns : piece_ns;

    journal_hold(fetch_journal(f), ns);
    l->held_ns += ns;
    return ns < left_ns ? WORK_MORE : WORK_DONE;
}

static enum verb worked(struct fetch *f, uint64_t now)
{
    return finish((struct lane *)f, OUTCOME_OK, 0, now);
}

/* The workload. */

uint64_t download_lanes(const struct setup *s)
{
    return judge_lanes(s->values[N], s->values[CONCURRENCY]);
}

static struct page page_of(const struct setup *s, bool bulk, uint64_t index)
{
    return (struct page){
        .index = index,
        .seed = s->seed,
        .bytes = s->values[BYTES],
        .latency_ms = s->values[LATENCY],
        .rate = s->values[RATE],
        .bulk = bulk,
    };
}

static uint64_t page_ns(const struct setup *s)
{
    uint64_t ns = s->values[LATENCY] * NS_PER_MS;

    if (s->values[RATE])
        ns += s->values[BYTES] * NS_PER_S / s->values[RATE];
    return ns;
}

int download_check(const struct setup *s, char *why, size_t size)
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

uint64_t download_items(const struct setup *s)
{
    return s->values[N];
}

/* Waves of pages wait together; what a page costs besides adds up. */
uint64_t download_expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t n = s->values[N], waves = (n + at_once - 1) / at_once;
    uint64_t page = s->path ? NS_PER_S / 10 : page_ns(s) + NS_PER_MS / 3;

    return waves * page + n * 50000;
}

uint64_t download_patience_ns(const struct setup *s)
{
    uint64_t each = s->path ? NS_PER_S : page_ns(s) + NS_PER_MS;

    return s->values[N] * each;
}

bool download_tells_width(const struct setup *s)
{
    return !s->path && !s->names_port && !s->tls_port &&
           judge_tells_width(s->values[LATENCY], download_lanes(s));
}

size_t download_results_size(const struct setup *s)
{
    return journal_size(s->values[N]);
}

static int write_request(struct download *job, const struct setup *s, bool bulk)
{
    static const char format[] = "%s HTTP/1.1\r\nHost: %s\r\n"
                                 "User-Agent: baton\r\nAccept: */*\r\n%s\r\n";
    struct page page = page_of(s, bulk, 0);
    char rest[MAX_REQUEST];
    int keep, close;

    if (!s->path) {
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
        (!s->path &&
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

/* Without the struct tls, which comes behind what there is. */
static size_t tls_at(const struct download_options *options)
{
    return sizeof(struct lane) + (options->names ? sizeof(struct dns) : 0);
}

static size_t lane_size(const struct download_options *options)
{
    return tls_at(options) + (options->tls ? sizeof(struct tls) : 0);
}

static int encode(struct download *job, const struct setup *s,
                  const struct download_options *options)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&job->server.peer;

    in->sin_port = htons((uint16_t)s->tls_port);
    job->tls = tls_at(options);
    return named_tls(s, &job->fetch.tls);
}

int download_prepare(struct work *w, const struct setup *s,
                     const struct download_options *options)
{
    struct download *job = calloc(1, sizeof(*job));
    int error;

    if (!job)
        return -ENOMEM;
    job->fetch = (struct fetch_job){
        .lanes = download_lanes(s),
        .items = s->values[N],
        .workers = s->values[N_WORKERS],
        .lane_size = lane_size(options),
        .timeout_ns = s->values[TIMEOUT] * NS_PER_MS,
        .max_body = body_cap(s),
        .foreign = s->path,
        .offload = options->offload,
        .start = start,
        .ask = ask,
        .end = end,
        .work = work,
        .worked = worked,
    };
    job->server = s->server;
    job->addresses = s->addresses;
    job->hold_ns = options->hold_ns;
    job->names = options->names;
    job->latency_ms = s->values[LATENCY];
    named_servers(s, &job->name_servers);
    job->limit = s->values[REQUESTS] ? s->values[REQUESTS] : UINT64_MAX;
    error = write_request(job, s, options->bulk);
    if (!error && options->tls)
        error = encode(job, s, options);
    if (!error)
        return fetch_prepare(w, s, &job->fetch);
    free(job);
    return error;
}

static int check(const struct setup *s, char *why, size_t size)
{
    int error = named_check_tls(s->values[TLS], why, size);

    return error ? error : download_check(s, why, size);
}

static int prepare(struct work *w, const struct setup *s)
{
    const struct download_options options = {.names = s->values[NAMES],
                                             .tls = s->values[TLS]};

    return download_prepare(w, s, &options);
}

int download_expect(const struct setup *s, bool bulk, void **ret)
{
    uint64_t *hashes = malloc(s->values[N] * sizeof(*hashes));

    if (!hashes)
        return -ENOMEM;
    for (uint64_t i = 0; i < s->values[N]; i++) {
        struct page page = page_of(s, bulk, i);

        hashes[i] = s->path ? s->reference_hash : page_hash(&page);
    }
    *ret = hashes;
    return 0;
}

int download_expect_pages(const struct setup *s, void **ret)
{
    return download_expect(s, false, ret);
}

enum row_result download_judge_row(const struct setup *s, const void *expected,
                                   const struct journal *j, uint32_t i,
                                   char *why, size_t size)
{
    const struct row *row = &j->rows[i];
    const uint64_t *hashes = expected;
    uint64_t bytes = s->path ? s->reference_bytes : s->values[BYTES];

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

/* A name is answered as late as a page. */
static uint64_t named_ns(const struct setup *s)
{
    return s->values[NAMES] ? s->values[LATENCY] * NS_PER_MS : 0;
}

/* A handshake for each page takes both sides' CPU. */
static uint64_t handshake_ns(const struct setup *s)
{
    return s->values[TLS] && s->values[REQUESTS] == 1 ? 2 * NS_PER_MS : 0;
}

static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t waves = (s->values[N] + at_once - 1) / at_once;

    return download_expected_ns(s, at_once) + waves * named_ns(s) +
           s->values[N] * handshake_ns(s);
}

static uint64_t patience_ns(const struct setup *s)
{
    return download_patience_ns(s) +
           s->values[N] * (named_ns(s) + handshake_ns(s));
}

const struct workload workload_download = {
    .name = "download",
    .answer = ANSWER_SUM,
    .summary = "n pages over HTTP/1.1",
    .item = "page",
    .check = check,
    .expect = download_expect_pages,
    .judge = judge_journal,
    .expected_ns = expected_ns,
    .patience_ns = patience_ns,
    .refer = refer,
    DOWNLOAD_WORKLOAD,
};
