/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/streams.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/clock.h"
#include "workloads/web/fetch.h"

enum { MAX_REST = 384 };

struct job {
    struct fetch_job fetch; /* first */
    struct setup setup;
    struct streaming streaming;
    char rest[MAX_REST]; /* of a request, behind the page's address */
};

struct lane {
    struct fetch fetch; /* first; its item is the row of the next record */
    struct stream stream;
    uint64_t left;        /* records, without the one that closes the stream */
    struct record record; /* the first `filled` bytes of it came */
    size_t filled;
    uint32_t unstamped; /* the first row whose handler has not ended */
    bool closed;
    char request[MAX_REST + PAGE_MAX_TARGET];
};

static const struct job *job_of(const struct lane *l)
{
    return (const struct job *)l->fetch.job;
}

static enum verb start(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
    const struct setup *s = &job_of(l)->setup;

    l->stream = job_of(l)->streaming.stream(s, f->conn->index);
    fetch_begin(f, (uint32_t)l->stream.first_row, now);
    l->left = l->stream.records;
    l->filled = 0;
    l->unstamped = f->item;
    l->closed = false;
    fetch_server(&s->server, s->addresses, f->conn->index, &f->conn->dial);
    return fetch_dial(f, now);
}

static enum verb ask(struct fetch *f, uint64_t now)
{
    struct lane *l = (struct lane *)f;
    char suffix[PAGE_MAX_TARGET];
    int len;

    page_suffix(&l->stream.page, suffix);
    len = snprintf(l->request, sizeof(l->request),
                   "GET " RECORDS_PREFIX "%" PRIu64 "%s%s",
                   l->stream.page.index, suffix, job_of(l)->rest);
    return fetch_ask(f, l->request, (size_t)len, now);
}

uint64_t *streams_noticed(const struct journal *j)
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
    streams_noticed(fetch_journal(f))[f->item] = woke_ns;
}

static void close_stream(struct lane *l)
{
    struct record closing;

    records_fill(&l->stream.page, l->record.index, &closing);
    l->closed = (l->record.index + 1) * RECORD_BYTES == l->stream.page.bytes &&
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
    if (l->stream.hold_ns)
        journal_hold(j, l->stream.hold_ns);
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
    now = job_of(l)->streaming.stamped ? conn_now(f->conn) : f->read_ns;
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

size_t streams_size(uint64_t rows)
{
    return journal_size(rows) + ((rows * sizeof(uint64_t) + 63) & ~(size_t)63);
}

static struct fetch_job fetch_of_streams(const struct streaming *streaming)
{
    return (struct fetch_job){
        .lanes = streaming->lanes,
        .items = streaming->rows,
        .workers = streaming->workers,
        .lane_size = sizeof(struct lane),
        .timeout_ns = streaming->timeout_ns,
        .max_body = streaming->max_body,
        .start = start,
        .ask = ask,
        .body = body,
        .end = end,
    };
}

int streams_prepare(struct work *w, const struct setup *s,
                    const struct streaming *streaming)
{
    struct job *job = calloc(1, sizeof(*job));
    int len;

    if (!job)
        return -ENOMEM;
    job->fetch = fetch_of_streams(streaming);
    job->setup = *s;
    job->streaming = *streaming;
    len = snprintf(job->rest, sizeof(job->rest),
                   " HTTP/1.1\r\nHost: %s\r\nUser-Agent: baton\r\n"
                   "Accept: */*\r\nConnection: close\r\n\r\n",
                   s->host);
    if ((size_t)len >= sizeof(job->rest)) {
        free(job);
        return -ENAMETOOLONG;
    }
    conn_time_wakes(streaming->stamped);
    return fetch_prepare(w, s, &job->fetch);
}

void streams_finish(struct work *w)
{
    conn_time_wakes(false);
    fetch_finish(w);
}
