/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "workloads/clock.h"
#include "workloads/web/fetch.h"
#include "workloads/web/judge.h"
#include "workloads/web/records.h"
#include "workloads/web/streams.h"
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

enum { HOG_SHARE = 4 };
static const uint64_t max_rows = 4000000;

/* What differs between the hog's connection and the others. */
struct pace {
    uint64_t records, interval_us;
};

static uint64_t stream_us(const struct pace *s)
{
    return (s->records + 1) * s->interval_us; /* one record closes it */
}

static struct pace usual_pace(const struct setup *s)
{
    return (struct pace){s->values[RECORDS], s->values[INTERVAL]};
}

static bool has_hog(const struct setup *s)
{
    return s->values[HOG] > 0;
}

/* About as long as the other streams. */
static struct pace hog_pace(const struct setup *s)
{
    struct pace usual = usual_pace(s), hog = {1, HOG_SHARE * s->values[HOG]};

    if (hog.interval_us < usual.interval_us)
        hog.interval_us = usual.interval_us;
    if (stream_us(&usual) > 2 * hog.interval_us)
        hog.records = stream_us(&usual) / hog.interval_us - 1;
    return hog;
}

static struct pace pace_of(const struct setup *s, uint64_t lane)
{
    return lane == 0 && has_hog(s) ? hog_pace(s) : usual_pace(s);
}

/* Rows before those of a lane. */
static uint64_t rows_before(const struct setup *s, uint64_t lane)
{
    uint64_t hogs = lane > 0 && has_hog(s);

    return hogs * hog_pace(s).records + (lane - hogs) * s->values[RECORDS];
}

static struct page page_of(const struct setup *s, uint64_t lane)
{
    struct pace stream = pace_of(s, lane);

    return (struct page){
        .index = lane,
        .seed = s->seed,
        .bytes = (stream.records + 1) * RECORD_BYTES,
        .rate = stream.interval_us
                    ? RECORD_BYTES * UINT64_C(1000000) / stream.interval_us
                    : 0,
    };
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
    struct pace usual = usual_pace(s), hog = hog_pace(s);
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
    return streams_size(items(s));
}

static uint64_t max_body(const struct setup *s)
{
    return (s->values[RECORDS] + hog_pace(s).records + 1) * RECORD_BYTES;
}

static struct stream stream(const struct setup *s, uint64_t lane)
{
    return (struct stream){
        .page = page_of(s, lane),
        .first_row = rows_before(s, lane),
        .records = pace_of(s, lane).records,
        .hold_ns = lane == 0 ? s->values[HOG] * 1000 : 0,
    };
}

static int prepare(struct work *w, const struct setup *s)
{
    const struct streaming streaming = {
        .lanes = lanes_of(s),
        .rows = items(s),
        .workers = s->values[N_WORKERS],
        .timeout_ns = s->values[TIMEOUT] * NS_PER_MS,
        .max_body = max_body(s),
        .stamped = s->values[STAMPS],
        .stream = stream,
    };

    return streams_prepare(w, s, &streaming);
}

static int expect(const struct setup *s, void **ret)
{
    uint64_t *hashes = malloc(items(s) * sizeof(*hashes));

    if (!hashes)
        return -ENOMEM;
    for (uint64_t lane = 0, row = 0; lane < lanes_of(s); lane++) {
        struct page page = page_of(s, lane);

        for (uint64_t i = 0; i < pace_of(s, lane).records; i++) {
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
    return has_hog(s) ? (uint32_t)hog_pace(s).records : 0;
}

static void judge(const struct workload *w, const struct setup *s,
                  const void *expected, const void *results, struct findings *f)
{
    const struct journal *j = results;

    judge_journal(w, s, expected, results, f);
    for (uint32_t i = untimed(s); f->take_noticed && i < j->pages; i++)
        if (streams_noticed(j)[i])
            f->take_noticed(f, streams_noticed(j)[i] - j->rows[i].start_ns);
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
    .finish = streams_finish,
    .expect = expect,
    .judge = judge,
    .judge_row = judge_row,
};
