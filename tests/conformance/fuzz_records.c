/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A stream of records with any of its bytes altered, in any pieces: it comes to
 * an end, each record has one row, and it is right only as it was sent.
 */
#include "tests/conformance/fuzz.h"
#include "workloads/clock.h"
#include "workloads/kinds/layers.h"
#include "workloads/web/fetch.h"
#include "workloads/web/records.h"

/* After 8 bytes that cut it: pairs of a place and of what is added there. */
const char *const fuzz_seeds[] = {
    "01234567",       "77777777",         "00000000A1",
    "76543210z\x7f",  "3333333340506070", "11111111aAbBcCdDeEfFgGhHiIjJkKlLmM",
    "22222222\xff\1", "55555555~\x80",    NULL,
};

enum { EACH = 4, MAX_STREAM = 1024 };
static const uint64_t begin_ns = NS_PER_S;

extern const struct workload workload_residency;

static size_t write_stream(const struct setup *s, char *out)
{
    const struct page page = {.seed = s->seed,
                              .bytes = (EACH + 1) * RECORD_BYTES};
    int head = sprintf(out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n",
                       (int)page.bytes);

    for (uint64_t i = 0; i <= EACH; i++) {
        struct record record;

        records_fill(&page, i, &record);
        record.sent_ns = begin_ns;
        memcpy(out + head + i * RECORD_BYTES, &record, sizeof(record));
    }
    return (size_t)head + page.bytes;
}

static void play(struct conn *c, const char *text, size_t len,
                 const uint8_t *choice)
{
    enum verb verb = conn_start(c);
    size_t turn = 0;

    FUZZ_CHECK(verb == CONN_DIAL);
    verb = conn_opened(c);
    for (size_t at = 0, n; at < len && verb == CONN_WAIT; at += n) {
        char *copy;

        n = fuzz_piece(choice, &turn, len - at);
        copy = malloc(n);
        FUZZ_CHECK(copy);
        memcpy(copy, text + at, n);
        verb = conn_received(c, copy, n);
        free(copy);
    }
    if (verb == CONN_WAIT)
        verb = choice[7] % 2 ? conn_expired(c) : conn_ended(c, 0);
    FUZZ_CHECK(verb == CONN_DONE);
}

static void check_findings(const struct setup *s, const struct journal *j,
                           bool is_altered)
{
    const struct workload *w = &workload_residency;
    struct findings f = {0};
    void *expected;

    FUZZ_CHECK(w->expect(s, &expected) == 0);
    w->judge(w, s, expected, j, &f);
    free(expected);
    FUZZ_CHECK(j->begun == EACH && j->finished == EACH && j->done == 1);
    for (size_t i = 0; i < EACH; i++)
        FUZZ_CHECK(j->rows[i].end_ns);
    if (!is_altered)
        FUZZ_CHECK(f.wrong_iterations == 0);
    FUZZ_CHECK(f.wrong_iterations == f.broken_iterations);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t now_ns = begin_ns;
    struct setup s = {.values = {1, EACH, 1000, 0, 0, 5000}, .host = "x"};
    const struct workload *w = &workload_residency;
    char text[MAX_STREAM], right[MAX_STREAM];
    struct work work;
    void *results;
    size_t len;

    if (size < 8)
        return 0;
    len = write_stream(&s, text);
    memcpy(right, text, len);
    for (size_t i = 8; i + 1 < size; i += 2)
        text[(data[i] * 31u + i) % len] ^= (char)data[i + 1];
    results = aligned_alloc(64, w->results_size(&s));
    FUZZ_CHECK(results && w->prepare(&work, &s) == 0);
    memset(results, 0, w->results_size(&s));
    w->aim(&work, &s, results);
    connections_set_clock(work.job, &now_ns);
    play(&((struct connections *)work.job)->conns[0], text, len, data);
    check_findings(&s, results, memcmp(text, right, len));
    w->finish(&work);
    free(results);
    return 0;
}
