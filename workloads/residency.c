/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/web/fetch.h"
#include "workloads/web/judge.h"
#include "workloads/web/records.h"
#include "workloads/workload.h"

/*
 * How long received bytes wait before the program has them.  Each connection
 * gets a stream of records that carry the time at which they were sent.  With
 * `hog-us`, the handler of the first connection keeps the CPU at each of its
 * records, which come so seldom that it does so a quarter of the time at most.
 */
enum { CONNECTIONS, RECORDS, INTERVAL, HOG, STAMPS, TIMEOUT, N_WORKERS };

static const struct parameter parameters[] = {
    [CONNECTIONS] = {.name = "connections",
                     .preset = 8,
                     .min = 1,
                     .max = 10000,
                     .always = true,
                     .help = "connections, each with a stream of records"},
    [RECORDS] = {.name = "records",
                 .served = true,
                 .preset = 150,
                 .min = 1,
                 .max = 1000000,
                 .help = "records on each connection"},
    [INTERVAL] = {.name = "interval-us",
                  .served = true,
                  .unit = "us",
                  .preset = 1000,
                  .max = 1000000,
                  .help = "from one record to the next (0: all at once)"},
    [HOG] = {.name = "hog-us",
             .unit = "us",
             .max = 1000000,
             .always = true,
             .help = "how long the first connection's handler keeps the CPU at"
                     " each record (0: there is no such handler)"},
    [STAMPS] = {.name = "stamps",
                .preset = 1,
                .max = 1,
                .implied = true,
                .help = "0: no times are taken, to see what that costs"},
    [TIMEOUT] = PARAMETER_TIMEOUT(5000, 1, 3600000),
    [N_WORKERS] = PARAMETER_WORKERS,
};

enum { HOG_SHARE = 4, MAX_TARGET = 384 };
static const uint64_t max_rows = 4000000;

/* What differs between the hog's connection and the others. */
struct stream {
    uint64_t records, interval_us;
};

static uint64_t stream_us(const struct stream *s)
{
    return (s->records + 1) * s->interval_us; /* one record closes it */
}

static struct stream usual_stream(const struct setup *s)
{
    return (struct stream){s->values[RECORDS], s->values[INTERVAL]};
}

static bool has_hog(const struct setup *s)
{
    return s->values[HOG] > 0;
}

/* About as long as the other streams. */
static struct stream hog_stream(const struct setup *s)
{
    struct stream usual = usual_stream(s),
                  hog = {1, HOG_SHARE * s->values[HOG]};

    if (hog.interval_us < usual.interval_us)
        hog.interval_us = usual.interval_us;
    if (stream_us(&usual) > 2 * hog.interval_us)
        hog.records = stream_us(&usual) / hog.interval_us - 1;
    return hog;
}

static struct stream stream_of(const struct setup *s, uint64_t lane)
{
    return lane == 0 && has_hog(s) ? hog_stream(s) : usual_stream(s);
}

/* Rows before those of a lane. */
static uint64_t rows_before(const struct setup *s, uint64_t lane)
{
    uint64_t hogs = lane > 0 && has_hog(s);

    return hogs * hog_stream(s).records + (lane - hogs) * s->values[RECORDS];
}

static struct page page_of(const struct setup *s, uint64_t lane)
{
    struct stream stream = stream_of(s, lane);

    return (struct page){
        .index = lane,
        .seed = s->seed,
        .bytes = (stream.records + 1) * RECORD_BYTES,
        .rate = stream.interval_us
                    ? RECORD_BYTES * UINT64_C(1000000) / stream.interval_us
                    : 0,
    };
}

/* The protocol. */

struct job {
    struct fetch_job fetch; /* first */
    struct setup setup;
    char rest[MAX_TARGET]; /* of a request, behind the page's address */
};

struct lane {
    struct fetch fetch; /* first; its item is the row of the next record */
    uint64_t left;      /* records, without the one that closes the stream */
    uint64_t hold_ns;   /* at each of them */
    struct page page;
    struct record record; /* the first `filled` bytes of it came */
    size_t filled;
    uint32_t unstamped; /* the first row whose handler has not ended */
    bool closed;
    char request[MAX_TARGET + PAGE_MAX_TARGET];
};

static const struct job *job_of(const struct lane *l)
{
    return (const struct job *)l->fetch.job;
}

static enum verb start(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
    const struct setup *s = &job_of(l)->setup;
    uint32_t lane = f->conn->index;

    fetch_begin(f, (uint32_t)rows_before(s, lane), now);
    l->left = stream_of(s, lane).records;
    l->hold_ns = lane == 0 ? s->values[HOG] * 1000 : 0;
    l->page = page_of(s, lane);
    l->filled = 0;
    l->unstamped = f->item;
    l->closed = false;
    fetch_server(&s->server, s->addresses, lane, &f->conn->dial);
    return fetch_dial(f, now);
}

static enum verb ask(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
    char suffix[PAGE_MAX_TARGET];
    int len;

    page_suffix(&l->page, suffix);
    len = snprintf(l->request, sizeof(l->request),
                   "GET " RECORDS_PREFIX "%" PRIu64 "%s%s", l->page.index,
                   suffix, job_of(l)->rest);
    return fetch_ask(f, l->request, (size_t)len, now);
}

/* Behind the journal: when the model noticed each record; 0: not known. */
static uint64_t *noticed_in(const struct journal *j)
{
    return (uint64_t *)((char *)j + journal_size(j->pages));
}

/* The row of a record; who has been handled is known at the end of a read. */
static void write_record(struct lane *l)
{
    struct fetch *f = &l->fetch;
    const struct record *r = &l->record;
    uint64_t woke_ns = conn_woke_ns();
    bool possible = r->sent_ns >= f->start_ns && r->sent_ns <= f->read_ns;

    /* It woke for an earlier record: this one it knows of since it read it. */
    if (woke_ns && woke_ns < r->sent_ns)
        woke_ns = f->read_ns;
    fetch_journal(f)->rows[f->item] = (struct row){
        .bytes = RECORD_BYTES,
        .hash = record_hash(r),
        .start_ns = r->sent_ns,
        .first_ns = f->read_ns,
        .error = possible ? 0 : -ERANGE,
        .status = f->http.status,
        .dials = f->dials,
        .lane = f->conn->index,
    };
    noticed_in(fetch_journal(f))[f->item] = woke_ns;
}

static void close_stream(struct lane *l)
{
    struct record closing;

    records_fill(&l->page, l->record.index, &closing);
    l->closed = (l->record.index + 1) * RECORD_BYTES == l->page.bytes &&
                record_hash(&closing) == record_hash(&l->record);
}

static void take_record(struct lane *l)
{
    struct journal *j = fetch_journal(&l->fetch);

    atomic_fetch_add_explicit(&j->unsent, l->record.unsent != 0,
                              memory_order_relaxed);
    if (!l->left) {
        close_stream(l);
        return;
    }
    write_record(l);
    if (l->hold_ns)
        journal_hold(j, l->hold_ns);
    l->fetch.item++;
    l->left--;
}

/* Records that were read together are handled together. */
static void stamp(struct lane *l, uint64_t now)
{
    struct journal *j = fetch_journal(&l->fetch);

    for (; l->unstamped < l->fetch.item; l->unstamped++) {
        j->rows[l->unstamped].end_ns = now;
        journal_finish(j, l->unstamped);
        if (l->left || l->unstamped + 1 < l->fetch.item)
            journal_begin(j);
    }
}

static void body(struct http *http, const char *at, size_t len)
{
    struct fetch *f = fetch_of(http);
    struct lane *l = (struct lane *)f;
    uint64_t now;

    for (size_t n; len > 0; at += n, len -= n) {
        n = RECORD_BYTES - l->filled;
        if (n > len)
            n = len;
        memcpy((char *)&l->record + l->filled, at, n);
        l->filled += n;
        if (l->filled < RECORD_BYTES)
            break;
        take_record(l);
        l->filled = 0;
    }
    now = job_of(l)->setup.values[STAMPS] ? conn_now(f->conn) : f->read_ns;
    stamp(l, now);
    f->conn->deadline_ns = now + f->job->timeout_ns;
}

/* Records that did not come share the end of their stream. */
static enum verb end(struct fetch *f, enum outcome outcome, int error,
                     uint64_t now)
{
    struct lane *l = (struct lane *)f;
    struct row *last;

    if (outcome == OUTCOME_OK && !l->closed)
        outcome = OUTCOME_MALFORMED;
    while (l->left) {
        fetch_write_row(f, outcome, error, now);
        f->item++;
        if (--l->left)
            journal_begin(fetch_journal(f));
    }
    last = &fetch_journal(f)->rows[f->item - 1];
    last->outcome = (uint16_t)outcome;
    last->error = last->error ? last->error : error;
    return CONN_DONE;
}

/* The workload. */

static uint64_t lanes_of(const struct setup *s)
{
    return s->values[CONNECTIONS];
}

static uint64_t items(const struct setup *s)
{
    return rows_before(s, lanes_of(s));
}

static uint64_t stream_ns(const struct setup *s)
{
    struct stream usual = usual_stream(s), hog = hog_stream(s);
    uint64_t us = stream_us(&usual);

    if (has_hog(s) && stream_us(&hog) > us)
        us = stream_us(&hog);
    return us * 1000;
}

static int check(const struct setup *s, char *why, size_t size)
{
    if (has_hog(s) && s->values[CONNECTIONS] < 2) {
        snprintf(why, size,
                 "--hog-us needs --connections 2 or more: the "
                 "first one is not timed then");
        return -EINVAL;
    }
    if (items(s) > max_rows) {
        snprintf(why, size,
                 "%" PRIu64 " records are more than %" PRIu64
                 " in one iteration",
                 items(s), max_rows);
        return -EINVAL;
    }
    return judge_latency(s->values[INTERVAL] / 1000, s->values[TIMEOUT], why,
                         size);
}

static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t n = lanes_of(s), waves = (n + at_once - 1) / at_once;

    return waves * (stream_ns(s) + NS_PER_MS / 3) + items(s) * 5000;
}

static uint64_t patience_ns(const struct setup *s)
{
    return lanes_of(s) * (stream_ns(s) + NS_PER_MS) + items(s) * 20000;
}

static bool tells_width(const struct setup *s)
{
    return judge_tells_width(stream_ns(s) / NS_PER_MS, lanes_of(s));
}

static size_t results_size(const struct setup *s)
{
    size_t noticed = items(s) * sizeof(uint64_t);

    return journal_size(items(s)) + ((noticed + 63) & ~(size_t)63);
}

static uint64_t max_body(const struct setup *s)
{
    return (s->values[RECORDS] + hog_stream(s).records + 1) * RECORD_BYTES;
}

static int prepare(struct work *w, const struct setup *s)
{
    struct job *job = calloc(1, sizeof(*job));
    int len;

    if (!job)
        return -ENOMEM;
    job->fetch = (struct fetch_job){
        .lanes = lanes_of(s),
        .items = items(s),
        .workers = s->values[N_WORKERS],
        .lane_size = sizeof(struct lane),
        .timeout_ns = s->values[TIMEOUT] * NS_PER_MS,
        .max_body = max_body(s),
        .start = start,
        .ask = ask,
        .body = body,
        .end = end,
    };
    job->setup = *s;
    len = snprintf(job->rest, sizeof(job->rest),
                   " HTTP/1.1\r\nHost: %s\r\nUser-Agent: baton\r\n"
                   "Accept: */*\r\nConnection: close\r\n\r\n",
                   s->host);
    if ((size_t)len >= sizeof(job->rest)) {
        free(job);
        return -ENAMETOOLONG;
    }
    conn_time_wakes(s->values[STAMPS]);
    return fetch_prepare(w, s, &job->fetch);
}

static void finish(struct work *w)
{
    conn_time_wakes(false);
    fetch_finish(w);
}

static int expect(const struct setup *s, void **ret)
{
    uint64_t *hashes = malloc(items(s) * sizeof(*hashes));

    if (!hashes)
        return -ENOMEM;
    for (uint64_t lane = 0, row = 0; lane < lanes_of(s); lane++) {
        struct page page = page_of(s, lane);

        for (uint64_t i = 0; i < stream_of(s, lane).records; i++) {
            struct record record;

            records_fill(&page, i, &record);
            hashes[row++] = record_hash(&record);
        }
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
    int len = snprintf(why, size, "record %" PRIu64 " of connection %" PRIu32,
                       i - rows_before(s, row->lane), row->lane);

    why += len;
    size -= (size_t)len;
    if (row->outcome != OUTCOME_OK) {
        snprintf(why, size, ": %s", outcome_name(row->outcome));
        return ROW_ERROR;
    }
    if (row->hash != hashes[i])
        snprintf(why, size, ": another record is in its place");
    else if (row->error || row->end_ns < row->first_ns)
        snprintf(why, size, ": it was sent at an impossible time");
    else
        return ROW_RIGHT;
    return ROW_WRONG;
}

static uint32_t untimed(const struct setup *s)
{
    if (!s->values[STAMPS])
        return (uint32_t)items(s);
    return has_hog(s) ? (uint32_t)hog_stream(s).records : 0;
}

static void judge(const struct workload *w, const struct setup *s,
                  const void *expected, const void *results, struct findings *f)
{
    const struct journal *j = results;

    judge_journal(w, s, expected, results, f);
    for (uint32_t i = untimed(s); f->take_noticed && i < j->pages; i++)
        if (noticed_in(j)[i])
            f->take_noticed(f, noticed_in(j)[i] - j->rows[i].start_ns);
}

static const struct item_times times = {
    .name = "Wait",
    .span = "from sending a record to the end of its handler",
    .text = "From its sending to the end of its handler; first: until the "
            "model gave it to the handler.",
    .most = "wait at most",
    .more = "waits longer than",
};

const struct workload workload_residency = {
    .name = "residency",
    .summary = "how long received records wait before the program has them",
    .item = "record",
    .verified = "Of a record the contents and the place in its stream are "
                "verified, and that it was sent before it was read.",
    .times = &times,
    .requests = lanes_of,
    .untimed = untimed,
    .kind = &kind_connections,
    .parameters = parameters,
    .n_parameters = sizeof(parameters) / sizeof(parameters[0]),
    .check = check,
    .items = items,
    .tasks = lanes_of,
    .expected_ns = expected_ns,
    .patience_ns = patience_ns,
    .tells_width = tells_width,
    .results_size = results_size,
    .prepare = prepare,
    .aim = fetch_aim,
    .aim_is_work = true,
    .finish = finish,
    .expect = expect,
    .judge = judge,
    .judge_row = judge_row,
};
