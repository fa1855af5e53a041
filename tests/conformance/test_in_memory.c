/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The asking and the answering protocol against each other, through the model
 * that has no kernel: every combination of parameters, in virtual time.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "tests/conformance/kit.h"
#include "workloads/web/answer.h"
#include "workloads/clock.h"
#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"
#include "workloads/web/page.h"

static const struct model *null_model(void)
{
    const struct model *m = model_find("null");

    assert_non_null(m);
    if (m->absent) {
        print_message("# %s\n", m->absent);
        skip();
    }
    return m;
}

struct parameters {
    uint64_t n, concurrency, limit, latency_ms, bytes, rate, timeout_ms;
};

static void run(struct trial *t, const struct parameters *p)
{
    trial_init(t, "download", 80);
    trial_set(t, "n", p->n);
    trial_set(t, "concurrency", p->concurrency);
    trial_set(t, "requests-per-connection", p->limit);
    trial_set(t, "latency-ms", p->latency_ms);
    trial_set(t, "bytes", p->bytes);
    trial_set(t, "rate", p->rate);
    trial_set(t, "timeout-ms", p->timeout_ms);
    assert_int_equal(trial_run(t, null_model()), 0);
}

/* How many pages had to dial, given a limit per connection. */
static uint64_t least_dials(const struct parameters *p)
{
    return p->limit ? (p->n + p->limit - 1) / p->limit : 1;
}

static void assert_all_well(const struct parameters *p)
{
    struct trial t;
    uint64_t dials = 0;

    run(&t, p);
    trial_assert_right(&t, "null");
    assert_int_equal(trial_journal(&t)->peak, 1); /* lane by lane */
    for (uint64_t i = 0; i < p->n; i++) {
        const struct row *r = &trial_journal(&t)->rows[i];
        uint64_t took_ns = r->end_ns - r->first_ns;
        uint64_t least_ns = p->rate ? p->bytes * NS_PER_S / p->rate : 0;

        dials += r->dials;
        assert_int_equal(r->first_ns - r->start_ns, p->latency_ms * NS_PER_MS);
        if (!p->rate)
            assert_int_equal(took_ns, 0);
        /* The first tick comes at once, the last one may be a short one. */
        assert_true(took_ns + 10 * NS_PER_MS >= least_ns);
        assert_true(took_ns <= least_ns + 10 * NS_PER_MS + 80 * NS_PER_MS);
    }
    assert_in_range(dials, least_dials(p), p->n);
    if (p->limit == 1)
        assert_int_equal(dials, p->n);
    if (p->limit == 0)
        assert_int_equal(dials, p->concurrency ? p->concurrency : p->n);
    trial_finish(&t);
}

static void test_every_combination_is_right(void **state)
{
    static const uint64_t latencies[] = {0, 1, 50};
    static const uint64_t sizes[] = {0, 1, 7, 8, 4095, 4096, 65536, 200000};
    static const uint64_t rates[] = {0, 1000000, 40000000};
    static const uint64_t lanes[] = {0, 1, 2, 5};
    static const uint64_t limits[] = {0, 1, 3};

    (void)state;
    for (size_t i = 0; i < COUNT(latencies); i++)
        for (size_t j = 0; j < COUNT(sizes); j++)
            for (size_t k = 0; k < COUNT(rates); k++)
                for (size_t l = 0; l < COUNT(lanes); l++)
                    for (size_t m = 0; m < COUNT(limits); m++)
                        assert_all_well(&(struct parameters){
                            .n = 5,
                            .concurrency = lanes[l],
                            .limit = limits[m],
                            .latency_ms = latencies[i],
                            .bytes = sizes[j],
                            .rate = rates[k],
                            .timeout_ms = 5000,
                        });
}

/* A rate below a byte a tick comes to its end as well. */
static void test_a_slow_page_is_right(void **state)
{
    (void)state;
    assert_all_well(&(struct parameters){
        .n = 2, .limit = 1, .bytes = 100, .rate = 100, .timeout_ms = 5000});
}

/* An hour of waiting takes no time at all. */
static void test_a_late_header_times_out_at_its_deadline(void **state)
{
    const struct parameters p = {.n = 3,
                                 .concurrency = 2,
                                 .latency_ms = 600000,
                                 .bytes = 10,
                                 .timeout_ms = 599999};
    uint64_t real_ns = clock_ns();
    struct trial t;
    struct findings f;

    (void)state;
    run(&t, &p);
    assert_true(clock_ns() - real_ns < 5 * NS_PER_S);
    f = trial_judge(&t);
    assert_int_equal(f.errors, 3);
    for (uint64_t i = 0; i < p.n; i++) {
        const struct row *r = &trial_journal(&t)->rows[i];

        assert_int_equal(r->outcome, OUTCOME_HEADER_TIMEOUT);
        assert_int_equal(r->status, 0);
        assert_int_equal(r->bytes, 0);
        assert_int_equal(r->first_ns, 0);
        assert_int_equal(r->end_ns - r->start_ns, p.timeout_ms * NS_PER_MS);
    }
    trial_finish(&t);
}

static void test_a_header_just_in_time_is_in_time(void **state)
{
    (void)state;
    assert_all_well(&(struct parameters){
        .n = 3, .latency_ms = 99, .bytes = 10, .timeout_ms = 100});
}

static void test_a_slow_body_times_out_at_its_deadline(void **state)
{
    const struct parameters p = {.n = 2,
                                 .latency_ms = 4000,
                                 .bytes = 100000,
                                 .rate = 1000,
                                 .timeout_ms = 5000};
    uint64_t real_ns = clock_ns();
    struct trial t;

    (void)state;
    run(&t, &p);
    assert_true(clock_ns() - real_ns < 5 * NS_PER_S);
    for (uint64_t i = 0; i < p.n; i++) {
        const struct row *r = &trial_journal(&t)->rows[i];
        struct page page = {.index = i, .seed = 7};
        char body[5000];

        assert_int_equal(r->outcome, OUTCOME_BODY_TIMEOUT);
        assert_int_equal(r->status, 200);
        assert_int_equal(r->first_ns - r->start_ns, 4000 * NS_PER_MS);
        assert_int_equal(r->end_ns - r->first_ns, 5000 * NS_PER_MS);
        assert_int_equal(r->bytes, sizeof(body)); /* 500 ticks of 10 */
        page_fill(&page, 0, body, sizeof(body));
        assert_int_equal(r->hash, XXH3_64bits(body, sizeof(body)));
    }
    trial_finish(&t);
}

static void test_two_runs_are_the_same_in_virtual_time(void **state)
{
    const struct parameters p = {.n = 20,
                                 .concurrency = 3,
                                 .limit = 3,
                                 .latency_ms = 7,
                                 .bytes = 30000,
                                 .rate = 2000000,
                                 .timeout_ms = 5000};
    struct trial a, b;

    (void)state;
    run(&a, &p);
    run(&b, &p);
    for (uint64_t i = 0; i < p.n; i++) {
        const struct row *r = &trial_journal(&a)->rows[i];
        const struct row *s = &trial_journal(&b)->rows[i];

        assert_int_equal(r->end_ns - r->start_ns, s->end_ns - s->start_ns);
        assert_int_equal(r->dials, s->dials);
        assert_int_equal(r->lane, s->lane);
        assert_int_equal(journal_order(trial_journal(&a))[i],
                         journal_order(trial_journal(&b))[i]);
    }
    trial_finish(&a);
    trial_finish(&b);
}

/* The same memory serves iteration after iteration. */
static void test_a_run_can_be_repeated(void **state)
{
    struct trial t;

    (void)state;
    trial_init(&t, "download", 80);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(trial_run(&t, null_model()), 0);
        trial_assert_right(&t, "null");
    }
    trial_finish(&t);
}

/* Peers that hang up on every request, and dials that come to nothing. */

static enum verb wait_for_more(struct conn *c)
{
    (void)c;
    return CONN_WAIT;
}

static enum verb hang_up(struct conn *c, const void *data, size_t len)
{
    (void)c;
    (void)data;
    (void)len;
    return CONN_DONE;
}

static int open_rude(const struct answering *a, const struct dial *to,
                     const uint64_t *now, struct conn **ret)
{
    static const struct protocol rude = {.opened = wait_for_more,
                                         .received = hang_up};
    static struct layers layers;
    static struct conn peer;

    (void)a;
    (void)to;
    layers = (struct layers){.protocol = &rude, .now_ns = now};
    peer = (struct conn){.deadline_ns = UINT64_MAX, .layers = &layers};
    *ret = &peer;
    return 0;
}

static int open_ruder(const struct answering *a, const struct dial *to,
                      const uint64_t *now, struct conn **ret)
{
    open_rude(a, to, now, ret);
    (*ret)->reset = true;
    return 0;
}

static int open_none(const struct answering *a, const struct dial *to,
                     const uint64_t *now, struct conn **ret)
{
    (void)a;
    (void)to;
    (void)now;
    (void)ret;
    return -ENOMEM;
}

static int open_refused(const struct answering *a, const struct dial *to,
                        const uint64_t *now, struct conn **ret)
{
    (void)a;
    (void)to;
    (void)now;
    (void)ret;
    return -ECONNREFUSED;
}

static int open_silent(const struct answering *a, const struct dial *to,
                       const uint64_t *now, struct conn **ret)
{
    (void)a;
    (void)to;
    (void)now;
    *ret = NULL;
    return 0;
}

static unsigned closed;

static void close_rude(struct conn *peer)
{
    assert_non_null(peer);
    closed++;
}

/* All five, each after `took_ns`. */
static void assert_all_end(const struct answering *answering, int result,
                           enum outcome outcome, uint64_t took_ns)
{
    struct trial t;

    trial_init(&t, "download", 80);
    trial_set(&t, "n", 5);
    trial_aim(&t);
    ((struct connections *)t.work.job)->answering = answering;
    assert_int_equal(null_model()->connections.run(t.work.job), result);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(trial_journal(&t)->rows[i].outcome, outcome);
        assert_int_equal(trial_journal(&t)->rows[i].end_ns,
                         trial_journal(&t)->rows[i].start_ns + took_ns);
    }
    assert_int_equal(trial_journal(&t)->done, 5);
    trial_finish(&t);
}

static void test_a_peer_that_hangs_up_is_noticed(void **state)
{
    const struct answering rude = {.open = open_rude, .close = close_rude};

    (void)state;
    closed = 0;
    assert_all_end(&rude, 0, OUTCOME_EMPTY, 0);
    assert_int_equal(closed, 5);
}

static void test_a_peer_that_resets_is_told_from_one_that_ends(void **state)
{
    const struct answering ruder = {.open = open_ruder, .close = close_rude};

    (void)state;
    closed = 0;
    assert_all_end(&ruder, 0, OUTCOME_RESET, 0);
    assert_int_equal(closed, 5);
}

static void test_a_refused_dial_is_no_failure_of_the_model(void **state)
{
    const struct answering refused = {.open = open_refused,
                                      .close = close_rude};

    (void)state;
    closed = 0;
    assert_all_end(&refused, 0, OUTCOME_REFUSED, 0);
    assert_int_equal(closed, 0);
}

static void test_a_dial_that_nobody_answers_waits_for_its_deadline(void **state)
{
    const struct answering full = {.open = open_silent, .close = close_rude};
    uint64_t real_ns = clock_ns();

    (void)state;
    closed = 0;
    assert_all_end(&full, 0, OUTCOME_CONNECT_TIMEOUT, 5000 * NS_PER_MS);
    assert_int_equal(closed, 0);
    assert_true(clock_ns() - real_ns < 5 * NS_PER_S);
}

static void test_no_memory_for_a_peer_is_the_models_failure(void **state)
{
    const struct answering none = {.open = open_none, .close = close_rude};

    (void)state;
    closed = 0;
    assert_all_end(&none, -ENOMEM, OUTCOME_LOCAL_LIMIT, 0);
    assert_int_equal(closed, 0);
}

/* One request to the answering side: how many bytes, how it ended, and when. */
struct guest {
    const char *target;
    uint16_t port;
    char request[200];
    uint64_t bytes;
    int error; /* 0: the end of the stream, or -errno; -ETIMEDOUT: 10 s */
    uint64_t start_ns, took_ns;
};

static struct guest *guest_of(const struct conn *c)
{
    return c->layers->state;
}

static enum verb visit(struct conn *c)
{
    struct sockaddr_in *peer = (struct sockaddr_in *)&c->dial.peer;

    *peer = (struct sockaddr_in){.sin_family = AF_INET,
                                 .sin_port = htons(guest_of(c)->port)};
    c->dial.peer_len = sizeof(*peer);
    guest_of(c)->start_ns = conn_now(c);
    c->deadline_ns = conn_now(c) + 10 * NS_PER_S;
    return CONN_DIAL;
}

static enum verb ask(struct conn *c)
{
    struct guest *g = guest_of(c);
    int len = snprintf(g->request, sizeof(g->request),
                       "GET %s HTTP/1.1\r\nHost: x\r\n"
                       "Connection: close\r\n\r\n",
                       g->target);

    conn_stage(c, g->request, (size_t)len);
    return CONN_WAIT;
}

static enum verb listen_on(struct conn *c, const void *data, size_t len)
{
    (void)data;
    guest_of(c)->bytes += len;
    return CONN_WAIT;
}

static enum verb leave(struct conn *c, int error)
{
    guest_of(c)->error = error;
    guest_of(c)->took_ns = conn_now(c) - guest_of(c)->start_ns;
    return CONN_DONE;
}

static enum verb give_up(struct conn *c)
{
    return leave(c, -ETIMEDOUT);
}

enum { REFUSED_PORT = 81, FULL_PORT = 82 };

static struct guest run_guest_of(const struct protocol *protocol,
                                 const char *target, uint16_t port)
{
    struct guest g = {.target = target, .port = port, .error = 1};
    struct journal *journal = calloc(1, journal_size(1));
    struct layers layers = {
        .protocol = protocol, .state = &g, .journal = journal};
    struct conn c = {.layers = &layers};
    struct answering_pages pages;
    struct connections work = {.conns = &c, .n = 1};

    assert_non_null(journal);
    journal_init(journal, 1, 1);
    answering_pages_init(&pages, REFUSED_PORT, FULL_PORT, 0);
    work.answering = &pages.answering;
    assert_int_equal(null_model()->connections.run(&work), 0);
    assert_int_equal(journal->done, 1);
    assert_int_equal(pages.counters.in_flight, 0);
    free(journal);
    return g;
}

static struct guest run_guest(const char *target, uint16_t port)
{
    static const struct protocol protocol = {.start = visit,
                                             .opened = ask,
                                             .received = listen_on,
                                             .ended = leave,
                                             .expired = give_up};

    return run_guest_of(&protocol, target, port);
}

static void test_sites_end_as_they_would_on_a_socket(void **state)
{
    static const struct {
        const char *target;
        uint16_t port;
        int error;
        uint64_t at_least, at_most; /* bytes */
        uint64_t took_ms;
    } sites[] = {
        {"/blog/1?latency-ms=20", 80, 0, 4096, 4396, 20},
        {"/fault/plain/1?latency-ms=30", 80, 0, 4096, 4396, 30},
        {"/fault/empty-reply/1?latency-ms=5", 80, 0, 0, 0, 5},
        {"/fault/reset-at-once/1?latency-ms=5", 80, -ECONNRESET, 0, 0, 5},
        {"/fault/reset-in-body/1", 80, -ECONNRESET, 2048, 2348, 0},
        {"/fault/short-body/1", 80, 0, 4095, 4395, 0},
        {"/fault/silent/1", 80, -ETIMEDOUT, 0, 0, 10000},
        {"/fault/slow-header/1", 80, -ETIMEDOUT, 200, 201, 10000},
        {"/fault/slow-body/1?latency-ms=70", 80, -ETIMEDOUT, 240, 400, 10000},
        {"/fault/big-header/1", 80, 0, 15000000, 15 << 20, 0},
        {"/fault/big-body/1", 80, 0, 60 << 20, 64 << 20, 0},
        {"/fault/plain/1", REFUSED_PORT, -ECONNREFUSED, 0, 0, 0},
        {"/fault/plain/1", FULL_PORT, -ETIMEDOUT, 0, 0, 10000},
        /* No port is none of the two. */
        {"/fault/plain/1", 0, 0, 4096, 4396, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(sites); i++) {
        struct guest g = run_guest(sites[i].target, sites[i].port);

        if (g.error != sites[i].error)
            fail_msg("%s ends with %d", sites[i].target, g.error);
        assert_in_range(g.bytes, sites[i].at_least, sites[i].at_most);
        assert_int_equal(g.took_ns, sites[i].took_ms * NS_PER_MS);
    }
}

/* Heavy work, on the first bytes: pieces, and one that comes later. */
enum { PIECES = 5 };

static struct {
    unsigned pieces, worked, events;
} heavy;

static enum verb work_on(struct conn *c, const void *data, size_t len)
{
    (void)c;
    (void)data;
    (void)len;
    heavy.events++;
    return CONN_WORK;
}

static enum work_left work_a_piece(struct conn *c)
{
    (void)c;
    heavy.pieces++;
    assert_int_equal(heavy.events, 1);
    return heavy.pieces == 1       ? WORK_LATER
           : heavy.pieces < PIECES ? WORK_MORE
                                   : WORK_DONE;
}

static enum verb have_worked(struct conn *c)
{
    heavy.worked++;
    assert_int_equal(heavy.pieces, PIECES);
    return leave(c, 0);
}

static const struct protocol protocol_heavy = {
    .start = visit,
    .opened = ask,
    .received = work_on,
    .ended = leave,
    .expired = give_up,
    .work = work_a_piece,
    .worked = have_worked,
};

static void test_work_is_done_piece_by_piece_and_once(void **state)
{
    struct guest g;

    (void)state;
    memset(&heavy, 0, sizeof(heavy));
    g = run_guest_of(&protocol_heavy, "/blog/1", 80);
    assert_int_equal(g.error, 0);
    assert_int_equal(heavy.pieces, PIECES);
    assert_int_equal(heavy.worked, 1);
    assert_int_equal(heavy.events, 1);
}

static enum verb wait_on(struct conn *c)
{
    (void)c;
    return CONN_WAIT;
}

static void test_a_deadline_does_not_run_during_work(void **state)
{
    static const struct protocol protocol = {
        .received = work_on, .work = work_a_piece, .worked = wait_on};
    uint64_t now_ns = 50;
    struct layers layers = {.protocol = &protocol, .now_ns = &now_ns};
    struct conn c = {.layers = &layers, .deadline_ns = 100};

    (void)state;
    for (int i = 0; i < 2; i++) {
        memset(&heavy, 0, sizeof(heavy));
        assert_int_equal(conn_received(&c, "x", 1), CONN_WORK);
        while (conn_work(&c) != WORK_DONE)
            now_ns += 1000;
        assert_int_equal(conn_worked(&c), CONN_WAIT);
        if (i == 0)
            assert_int_equal(c.deadline_ns, 100 + (PIECES - 1) * 1000);
        else
            assert_int_equal(c.deadline_ns, UINT64_MAX);
        c.deadline_ns = UINT64_MAX; /* none stays none */
    }
}

static void test_a_real_server_is_not_for_this_model(void **state)
{
    struct trial t;

    (void)state;
    trial_init(&t, "download", 80);
    t.setup.path = "/x";
    assert_true(trial_run(&t, null_model()) < 0);
    trial_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination_is_right),
        cmocka_unit_test(test_a_slow_page_is_right),
        cmocka_unit_test(test_a_late_header_times_out_at_its_deadline),
        cmocka_unit_test(test_a_header_just_in_time_is_in_time),
        cmocka_unit_test(test_a_slow_body_times_out_at_its_deadline),
        cmocka_unit_test(test_two_runs_are_the_same_in_virtual_time),
        cmocka_unit_test(test_a_run_can_be_repeated),
        cmocka_unit_test(test_a_peer_that_hangs_up_is_noticed),
        cmocka_unit_test(test_a_peer_that_resets_is_told_from_one_that_ends),
        cmocka_unit_test(test_a_refused_dial_is_no_failure_of_the_model),
        cmocka_unit_test(
            test_a_dial_that_nobody_answers_waits_for_its_deadline),
        cmocka_unit_test(test_no_memory_for_a_peer_is_the_models_failure),
        cmocka_unit_test(test_sites_end_as_they_would_on_a_socket),
        cmocka_unit_test(test_work_is_done_piece_by_piece_and_once),
        cmocka_unit_test(test_a_deadline_does_not_run_during_work),
        cmocka_unit_test(test_a_real_server_is_not_for_this_model),
    };

    return cmocka_run_group_tests_name("in memory", tests, NULL, NULL);
}
