/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/web/fetch.h"
#include "workloads/web/judge.h"
#include "workloads/web/page.h"

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

struct download {
    struct fetch_job fetch; /* first */
    struct dial server;
    uint64_t limit; /* requests per connection; UINT64_MAX: none */
    size_t head_len, keep_len, close_len;
    char head[MAX_REQUEST]; /* all before the index; all there is otherwise */
    char keep[MAX_REQUEST], close[MAX_REQUEST]; /* what follows the index */
};

struct lane {
    struct fetch fetch; /* first; its items are pages */
    uint64_t requests;  /* on this connection */
    char request[MAX_OWN_REQUEST];
};

static const struct download *job_of(const struct lane *l)
{
    return (const struct download *)l->fetch.job;
}

static enum verb dial(struct lane *l, uint64_t now)
{
    l->requests = 0;
    l->fetch.conn->dial = job_of(l)->server;
    return fetch_dial(&l->fetch, now);
}

static enum verb ask(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
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

static enum verb end(struct fetch *f, enum outcome outcome, int error,
                     uint64_t now)
{
    struct lane *l = (struct lane *)f;
    bool reuse = outcome == OUTCOME_OK && f->http.reusable &&
                 l->requests < job_of(l)->limit;
    uint32_t next;

    if (is_stale(l, error))
        return dial(l, now);
    fetch_write_row(f, outcome, error, now);
    next = journal_take(fetch_journal(f));
    if (next == UINT32_MAX)
        return CONN_DONE;
    fetch_begin(f, next, now);
    return reuse ? ask(f, now) : dial(l, now);
}

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

static int prepare(struct work *w, const struct setup *s)
{
    struct download *job = calloc(1, sizeof(*job));
    int error;

    if (!job)
        return -ENOMEM;
    job->fetch = (struct fetch_job){
        .lanes = lanes_of(s),
        .items = s->values[N],
        .workers = s->values[N_WORKERS],
        .lane_size = sizeof(struct lane),
        .timeout_ns = s->values[TIMEOUT] * NS_PER_MS,
        .max_body = body_cap(s),
        .foreign = s->path,
        .start = start,
        .ask = ask,
        .end = end,
    };
    job->server = s->server;
    job->limit = s->values[REQUESTS] ? s->values[REQUESTS] : UINT64_MAX;
    error = write_request(job, s);
    if (!error)
        return fetch_prepare(w, s, &job->fetch);
    free(job);
    return error;
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

const struct workload workload_download = {
    .name = "download",
    .summary = "n pages over HTTP/1.1",
    .item = "page",
    .refer = refer,
    WORKLOAD_OF_PAGES,
};
