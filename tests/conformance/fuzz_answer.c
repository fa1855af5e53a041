/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Any bytes as requests, while answers go out in pieces and time passes: the
 * counters add up, memory is bounded, and it always comes to an end.
 */
#include "tests/conformance/fuzz.h"
#include "workloads/web/answer.h"
#include "workloads/clock.h"

const char *const fuzz_seeds[] = {
    "00000000GET /page/1?bytes=100 HTTP/1.1\r\nHost: x\r\n\r\n",
    "12345677GET /page/1?bytes=9&latency-ms=5 HTTP/1.1\r\n\r\n"
    "GET /page/2?bytes=0 HTTP/1.1\r\nConnection: close\r\n\r\n",
    "77777777HEAD /page/1?bytes=100 HTTP/1.0\r\n\r\n",
    "33333333GET /page/7?seed=3&bytes=1000&rate=10000 HTTP/1.1\r\n\r\n",
    "12121212GET /blog/7?seed=3&bytes=1000 HTTP/1.1\r\n\r\n"
    "HEAD /article/7?seed=3&latency-ms=5 HTTP/1.1\r\n\r\n",
    "70707070GET /fault/chunked/1?bytes=70000 HTTP/1.1\r\n\r\n"
    "GET /fault/redirect/next/1 HTTP/1.1\r\n\r\n"
    "GET /fault/not-found/2 HTTP/1.1\r\n\r\n",
    "34343434GET /n/3-100-5/7 HTTP/1.1\r\n\r\n"
    "GET /bulk/3-70000-0/7 HTTP/1.1\r\n\r\n"
    "GET /page/3?bytes=200000&bulk=1&rate=100000000 HTTP/1.1\r\n\r\n"
    "GET /plain/3-700-0-open/7 HTTP/1.1\r\n\r\n"
    "GET /plain/3-700-0/7/article HTTP/1.1\r\n\r\n",
    "02020202GET /fault/reset-in-body/1 HTTP/1.1\r\n\r\n",
    "45454545GET /fault/empty-reply/1?latency-ms=9 HTTP/1.0\r\n\r\n",
    "67676767GET /fault/big-header/1 HTTP/1.1\r\n\r\n",
    "67676767GET /fault/big-body/1 HTTP/1.1\r\n\r\n",
    "13131313GET /fault/slow-header/1 HTTP/1.1\r\n\r\n",
    "31313131GET /fault/slow-body/1?bytes=0 HTTP/1.1\r\n\r\n",
    "22222222GET /fault/silent/1 HTTP/1.1\r\n\r\nGET /page/1",
    "31313131GET /records/1?bytes=640 HTTP/1.1\r\n\r\n"
    "GET /records/2?bytes=1280&rate=64000 HTTP/1.1\r\n\r\n"
    "HEAD /records/2?bytes=64 HTTP/1.1\r\n\r\n",
    "55555555POST /page/7 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
    NULL,
};

struct talk {
    struct conn *peer;
    struct server_counters counters;
    uint64_t now, taken;
    enum verb verb;
};

static void take(struct talk *t, const uint8_t *choice, size_t *turn)
{
    size_t len;
    const void *data = conn_pending(t->peer, &len);

    FUZZ_CHECK((data == NULL) == (len == 0));
    FUZZ_CHECK(len <= 64 * 1024 + 256);
    if (!len)
        return;
    len = fuzz_piece(choice, turn, len);
    conn_sent(t->peer, len);
    t->taken += len;
    FUZZ_CHECK(t->counters.in_flight <= 1);
}

static void tick(struct talk *t)
{
    FUZZ_CHECK(t->peer->deadline_ns != UINT64_MAX);
    if (t->peer->deadline_ns > t->now)
        t->now = t->peer->deadline_ns;
    t->verb = conn_expired(t->peer);
    FUZZ_CHECK(t->verb == CONN_WAIT || t->verb == CONN_DONE);
}

static void hear(struct talk *t, const uint8_t *data, size_t len)
{
    uint8_t *block = malloc(len);

    FUZZ_CHECK(block);
    memcpy(block, data, len);
    t->verb = conn_received(t->peer, block, len);
    free(block);
    FUZZ_CHECK(t->verb == CONN_WAIT || t->verb == CONN_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct talk t;
    size_t turn = 0, at = 8;

    if (size < 8)
        return 0;
    memset(&t.counters, 0, offsetof(struct server_counters, delays_us));
    t.now = NS_PER_S;
    t.taken = 0;
    t.peer = answer_create(&t.counters);
    FUZZ_CHECK(t.peer);
    t.peer->layers->now_ns = &t.now;
    t.verb = conn_opened(t.peer);
    /* A huge page is left in the middle: after 1000 steps or 4 MiB. */
    for (int step = 0; t.verb == CONN_WAIT && step < 1000; step++) {
        unsigned what = data[step % 8] + (unsigned)step;

        if (at < size && what % 3 == 0) {
            size_t len = fuzz_piece(data, &turn, size - at);

            hear(&t, data + at, len);
            at += len;
        } else if (what % 3 == 1 || t.taken > 4 << 20) {
            tick(&t);
        } else {
            take(&t, data, &turn);
        }
        if (t.taken > 4 << 20)
            break;
    }
    if (t.verb == CONN_WAIT)
        FUZZ_CHECK(conn_ended(t.peer, 0) == CONN_DONE);
    answer_destroy(t.peer);
    FUZZ_CHECK(t.counters.in_flight == 0);
    FUZZ_CHECK(t.counters.peak <= 1);
    FUZZ_CHECK(t.counters.n_delays <= t.counters.requests);
    FUZZ_CHECK(t.counters.refusals <= 1);
    return 0;
}
