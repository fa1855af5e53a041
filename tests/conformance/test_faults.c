/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Every model that connects meets every fault of the stubborn server, and all
 * of them report the same: the outcome, the status, and each byte.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "harness/results/names.h"
#include "tests/conformance/stubborn.h"
#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/kinds/journal.h"
#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"

/*
 * SHORT is for those that are to time out, LONG for all others; HANG is when
 * a test gives up on a model that only had to wait for its deadline.  SHORT is
 * long enough for a header on a machine that stands still for a while.  All
 * wait for it at once, but for the lanes of a model that waits for one after
 * another: BRIEF is for these.
 */
enum { SHORT_MS = 1500, BRIEF_MS = 500, LONG_MS = 15000, HANG_MS = 10000 };

/* Larger than any length that is announced, and soon full. */
enum { REFERENCE = 20000, CAP = REFERENCE + 4096 };

static struct stubborn *server;

static int start_server(void **state)
{
    (void)state;
    return stubborn_create(&server);
}

static int stop_server(void **state)
{
    (void)state;
    stubborn_destroy(server);
    return 0;
}

static bool times_out(const struct fault *f)
{
    return strstr(f->expected, "-timeout") != NULL;
}

static uint64_t lanes_timeout_ms(const struct model *m)
{
    return m->connections.at_once == AT_ONCE_ONE ? BRIEF_MS : SHORT_MS;
}

/* A child's: the faults that end by themselves, or one that has to time out. */
struct job {
    const struct fault *slow; /* NULL: the others */
};

static bool is_due(const struct job *job, const struct fault *f)
{
    return job->slow ? f == job->slow : !times_out(f);
}

/* At once: the faults that end, and each that has to time out. */
static void run_by_fault(void (*body)(const void *context))
{
    struct job *jobs = calloc(1 + stubborn_n_faults, sizeof(*jobs));
    struct kit_job *children = calloc(1 + stubborn_n_faults, sizeof(*children));
    size_t n = 1;

    assert_true(jobs && children);
    for (size_t i = 0; i < stubborn_n_faults; i++)
        if (times_out(&stubborn_faults[i]))
            jobs[n++].slow = &stubborn_faults[i];
    for (size_t i = 0; i < n; i++)
        children[i] = kit_start(body, &jobs[i]);
    kit_join(children, n);
    free(children);
    free(jobs);
}

static void open_trial(struct trial *t, const char *path, uint16_t port,
                       uint64_t n, uint64_t limit, uint64_t timeout_ms)
{
    trial_init(t, "download", port);
    trial_set(t, "n", n);
    trial_set(t, "requests-per-connection", limit);
    trial_set(t, "timeout-ms", timeout_ms);
    t->setup.path = path;
    t->setup.reference_bytes = REFERENCE;
}

static void run(struct trial *t, const struct model *m)
{
    int error = trial_run(t, m);

    if (error)
        fail_msg("%s: %s", m->name, strerror(-error));
}

static void assert_as_expected(const struct row *r, const struct fault *f,
                               const char *model)
{
    uint64_t bytes = f->bytes == STUBBORN_ANY ? r->bytes : f->bytes;

    if (strcmp(outcome_name(r->outcome), f->expected) != 0 ||
        r->status != f->status || r->bytes != bytes)
        fail_msg("%s, %s: %s, status %u, %" PRIu64 " bytes; should be %s, "
                 "status %d, %" PRIu64 " bytes",
                 f->path, model, outcome_name(r->outcome), r->status, r->bytes,
                 f->expected, f->status, bytes);
    if (r->bytes > CAP || r->hash != kit_text_hash(r->bytes))
        fail_msg("%s, %s: %" PRIu64 " wrong bytes", f->path, model, r->bytes);
    if (strcmp(f->path, "/endless") == 0)
        assert_int_equal(r->bytes, CAP);
}

static void assert_time(const struct row *r, uint64_t timeout_ms,
                        const char *what, const char *model)
{
    uint64_t took_ns = r->end_ns - r->start_ns;

    if (took_ns < timeout_ms * NS_PER_MS)
        fail_msg("%s, %s: early, after %" PRIu64 " us", what, model,
                 took_ns / 1000);
    if (took_ns > (timeout_ms + HANG_MS) * NS_PER_MS)
        fail_msg("%s, %s: late, after %" PRIu64 " ms", what, model,
                 took_ns / NS_PER_MS);
    assert_int_equal(r->error, -ETIMEDOUT);
}

/* Each fault on its own. */

static void meet(const struct fault *f, const struct model *m,
                 struct row *ret_row)
{
    uint64_t timeout_ms = times_out(f) ? SHORT_MS : LONG_MS;
    struct trial t;

    open_trial(&t, f->path, stubborn_port(server), 1, 1, timeout_ms);
    run(&t, m);
    *ret_row = trial_journal(&t)->rows[0];
    assert_int_equal(trial_journal(&t)->done, 1);
    assert_as_expected(ret_row, f, m->name);
    if (times_out(f))
        assert_time(ret_row, timeout_ms, f->path, m->name);
    else
        assert_true(ret_row->end_ns - ret_row->start_ns < LONG_MS * NS_PER_MS);
    trial_finish(&t);
}

/* What each model reports of each fault: [models][stubborn_n_faults]. */
static struct row *rows;

static struct row *rows_of(size_t place)
{
    return rows + place * stubborn_n_faults;
}

static void meet_each(const void *context)
{
    const struct job *job = context;
    struct kit_usage before;
    struct row row;

    meet(&stubborn_faults[0], suite_model, &row);
    before = kit_usage();
    for (size_t i = 0; i < stubborn_n_faults; i++) {
        const struct fault *f = &stubborn_faults[i];

        if (!is_due(job, f))
            continue;
        meet(f, suite_model, &rows_of(suite_place)[i]);
        kit_assert_holds(&before, f->path);
    }
}

static void test_every_model_reports_each_fault(void **state)
{
    (void)state;
    run_by_fault(meet_each);
}

static void assert_same(const struct row *a, const struct row *b,
                        const struct fault *f)
{
    if (a->outcome != b->outcome || a->status != b->status ||
        a->error != b->error || a->dials != b->dials ||
        (f->bytes != STUBBORN_ANY && a->hash != b->hash))
        fail_msg("%s: one reports %s (error %d, %u dials), the first model %s "
                 "(error %d, %u dials)",
                 f->path, outcome_name(a->outcome), a->error, a->dials,
                 outcome_name(b->outcome), b->error, b->dials);
}

static size_t n_places;

static void test_all_models_report_each_fault_alike(void **state)
{
    (void)state;
    for (size_t place = 1; place < n_places; place++)
        for (size_t i = 0; i < stubborn_n_faults; i++)
            assert_same(&rows_of(place)[i], &rows[i], &stubborn_faults[i]);
}

/* The same page again and again on one lane, kept as long as it can be. */
static void go_on(const void *context)
{
    enum { PAGES = 3 };
    const struct job *job = context;

    for (size_t i = 0; i < stubborn_n_faults; i++) {
        const struct fault *f = &stubborn_faults[i];
        struct trial t;

        if (!is_due(job, f))
            continue;
        open_trial(&t, f->path, stubborn_port(server), PAGES, 0,
                   times_out(f) ? SHORT_MS : LONG_MS);
        trial_set(&t, "concurrency", 1);
        run(&t, suite_model);
        for (size_t page = 0; page < PAGES; page++)
            assert_as_expected(&trial_journal(&t)->rows[page], f,
                               suite_model->name);
        assert_int_equal(trial_journal(&t)->finished, PAGES);
        trial_finish(&t);
    }
}

static void test_a_lane_goes_on_after_each_fault(void **state)
{
    (void)state;
    run_by_fault(go_on);
}

/*
 * Faults among good pages, in one run: a lane of each.  A lane here stands in
 * front of another workload's lane and passes on all that happens to it.
 */
static void pass_on(struct conn *c)
{
    const struct conn *behind = c->layers->state;
    size_t len;
    const void *data = conn_pending(behind, &len);

    c->dial = behind->dial;
    c->deadline_ns = behind->deadline_ns;
    if (data)
        conn_stage(c, data, len);
}

#define FRONT(name, call)                                                      \
    static enum verb name {                                                    \
        enum verb verb = call;                                                 \
                                                                               \
        pass_on(c);                                                            \
        return verb;                                                           \
    }

FRONT(on_start(struct conn *c), conn_start(c->layers->state))
FRONT(on_opened(struct conn *c), conn_opened(c->layers->state))
FRONT(on_received(struct conn *c, const void *data, size_t len),
      conn_received(c->layers->state, data, len))
FRONT(on_ended(struct conn *c, int error), conn_ended(c->layers->state, error))
FRONT(on_expired(struct conn *c), conn_expired(c->layers->state))

static void on_drained(struct conn *c)
{
    struct conn *behind = c->layers->state;
    size_t len;

    conn_pending(behind, &len);
    if (len)
        conn_sent(behind, len);
    pass_on(c);
}

static const struct protocol protocol_front = {
    .start = on_start,
    .opened = on_opened,
    .received = on_received,
    .ended = on_ended,
    .expired = on_expired,
    .drained = on_drained,
};

enum { PAGES_EACH = 3 };

struct front {
    struct layers layers;
    struct trial trial;
    const struct fault *fault;
};

struct fronts {
    struct conn *conns; /* shared with the processes of a model */
    struct front *fronts;
    struct journal *journal;
    size_t n;
};

static void add_front(struct fronts *f, const struct fault *fault,
                      uint64_t timeout_ms)
{
    size_t i = f->n++;
    struct front *front = &f->fronts[i];
    struct trial *t = &front->trial;

    front->fault = fault;
    /* Half of them keep their connections, the others only twice. */
    open_trial(t, fault->path, stubborn_port(server), PAGES_EACH, i % 2 ? 0 : 2,
               times_out(fault) ? timeout_ms : LONG_MS);
    trial_set(t, "concurrency", 1);
    trial_aim(t);
    front->layers =
        (struct layers){.protocol = &protocol_front,
                        .state = ((struct connections *)t->work.job)->conns,
                        .journal = f->journal};
    f->conns[i] = (struct conn){.deadline_ns = UINT64_MAX,
                                .index = (uint32_t)i,
                                .layers = &front->layers};
}

static void finish_fronts(struct fronts *f, const char *model)
{
    assert_int_equal(f->journal->done, f->n);
    assert_int_equal(f->journal->in_flight, 0);
    for (size_t i = 0; i < f->n; i++) {
        struct front *front = &f->fronts[i];

        assert_int_equal(trial_journal(&front->trial)->finished, PAGES_EACH);
        for (size_t page = 0; page < PAGES_EACH; page++)
            assert_as_expected(&trial_journal(&front->trial)->rows[page],
                               front->fault, model);
        trial_finish(&front->trial);
    }
}

static void test_faults_do_not_touch_the_pages_beside_them(void **state)
{
    size_t most = 2 * stubborn_n_faults;
    const size_t conns = most * sizeof(struct conn),
                 fronts = most * sizeof(struct front),
                 journal = journal_size(most);
    struct fronts f = {.conns = kit_shared(conns),
                       .fronts = kit_shared(fronts),
                       .journal = kit_shared(journal)};
    struct connections work;

    (void)state;
    journal_init(f.journal, (uint32_t)most, (uint32_t)most);
    for (size_t i = 0; i < stubborn_n_faults; i++) {
        add_front(&f, &stubborn_faults[i], lanes_timeout_ms(suite_model));
        add_front(&f, &stubborn_faults[0], LONG_MS); /* a good page */
    }
    work = (struct connections){.conns = f.conns, .n = f.n};
    assert_int_equal(kit_run(suite_model, &kind_connections, &work), 0);
    finish_fronts(&f, suite_model->name);
    kit_free(f.conns, conns);
    kit_free(f.fronts, fronts);
    kit_free(f.journal, journal);
}

/*
 * A peer that answers and resets before it was asked: a request cannot be
 * sent, and the error is there at once, but so is the answer.  The protocol
 * itself is that peer, so that all of it has happened between the connect and
 * the first send.
 */
struct rash {
    int listener;
    bool asks;
    size_t got;
    bool ended;
};

static enum verb rash_start(struct conn *c)
{
    struct rash *r = c->layers->state;

    c->dial.peer_len = sizeof(c->dial.peer);
    getsockname(r->listener, (struct sockaddr *)&c->dial.peer,
                &c->dial.peer_len);
    c->deadline_ns = clock_ns() + LONG_MS * NS_PER_MS;
    return CONN_DIAL;
}

static enum verb rash_opened(struct conn *c)
{
    static const struct linger now = {.l_onoff = 1, .l_linger = 0};
    struct rash *r = c->layers->state;
    int fd = accept(r->listener, NULL, NULL);

    send(fd, "an answer", 9, MSG_NOSIGNAL);
    usleep(20 * 1000);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
    usleep(20 * 1000);
    if (r->asks)
        conn_stage(c, "a request", 9);
    return CONN_WAIT;
}

static enum verb rash_received(struct conn *c, const void *data, size_t len)
{
    struct rash *r = c->layers->state;

    if (r->got + len <= 9 && memcmp(data, "an answer" + r->got, len) == 0)
        r->got += len;
    return CONN_WAIT;
}

static enum verb rash_ended(struct conn *c, int error)
{
    struct rash *r = c->layers->state;

    r->ended = error == 0 || error == -ECONNRESET;
    return CONN_DONE;
}

static enum verb rash_expired(struct conn *c)
{
    (void)c;
    return CONN_DONE;
}

static void assert_answer_is_read(const struct model *m, bool asks)
{
    static const struct protocol rash = {
        .start = rash_start,
        .opened = rash_opened,
        .received = rash_received,
        .ended = rash_ended,
        .expired = rash_expired,
    };
    struct sockaddr_in any = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct shared {
        struct rash rash;
        struct layers layers;
        struct conn conn;
        struct journal journal;
    } *s = kit_shared(sizeof(*s));
    struct connections work = {.conns = &s->conn, .n = 1};
    struct rash *r = &s->rash;

    *r = (struct rash){.listener = socket(AF_INET, SOCK_STREAM, 0),
                       .asks = asks};
    s->layers =
        (struct layers){.protocol = &rash, .state = r, .journal = &s->journal};
    s->conn = (struct conn){.deadline_ns = UINT64_MAX, .layers = &s->layers};
    journal_init(&s->journal, 1, 0);
    assert_int_equal(bind(r->listener, (struct sockaddr *)&any, sizeof(any)),
                     0);
    assert_int_equal(listen(r->listener, 1), 0);
    assert_int_equal(kit_run(m, &kind_connections, &work), 0);
    close(r->listener);
    if (s->layers.broken != asks || r->got != 9 || !r->ended)
        fail_msg("%s: write failed %d, %zu bytes came, ended %d", m->name,
                 s->layers.broken, r->got, r->ended);
    assert_int_equal(s->journal.done, 1);
    kit_free(s, sizeof(*s));
}

static void test_an_answer_is_read_although_asking_failed(void **state)
{
    (void)state;
    assert_answer_is_read(suite_model, true);
}

/* A readiness loop is told of the data and of the error in one event. */
static void test_an_answer_is_read_although_the_reset_is_there(void **state)
{
    (void)state;
    assert_answer_is_read(suite_model, false);
}

/* Nobody there. */

static void test_a_refused_connection_is_refused_at_once(void **state)
{
    const struct model *m = suite_model;

    struct trial t;

    (void)state;
    open_trial(&t, "/plain", stubborn_refused_port(server), 10, 1, LONG_MS);
    trial_set(&t, "concurrency", 3);
    run(&t, m);
    for (size_t i = 0; i < 10; i++) {
        const struct row *r = &trial_journal(&t)->rows[i];

        if (r->outcome != OUTCOME_REFUSED)
            fail_msg("%s: %s", m->name, outcome_name(r->outcome));
        assert_int_equal(r->error, -ECONNREFUSED);
        assert_int_equal(r->dials, 1);
        assert_true(r->end_ns - r->start_ns < LONG_MS * NS_PER_MS);
    }
    trial_finish(&t);
}

static void test_a_connect_without_an_answer_times_out(void **state)
{
    const struct model *m = suite_model;
    uint64_t timeout_ms = lanes_timeout_ms(m);
    struct kit_usage before;
    struct trial t;
    struct row row;

    (void)state;
    meet(&stubborn_faults[0], m, &row);
    before = kit_usage();
    open_trial(&t, "/plain", stubborn_blackhole_port(server), 5, 1, timeout_ms);
    trial_set(&t, "concurrency", 3);
    run(&t, m);
    for (size_t i = 0; i < 5; i++) {
        const struct row *r = &trial_journal(&t)->rows[i];

        if (r->outcome != OUTCOME_CONNECT_TIMEOUT)
            fail_msg("%s: %s", m->name, outcome_name(r->outcome));
        assert_time(r, timeout_ms, "the black hole", m->name);
        assert_int_equal(r->first_ns, 0);
    }
    trial_finish(&t);
    kit_assert_holds(&before, m->name);
}

/* A signal that came is not the end of a wait, nor does the wait begin anew. */

static void on_alarm(int number)
{
    (void)number;
}

static void expect_outcome(const struct model *m, const char *path,
                           uint16_t port, uint64_t timeout_ms,
                           enum outcome outcome)
{
    struct trial t;
    const struct row *r;

    open_trial(&t, path, port, 1, 1, timeout_ms);
    run(&t, m);
    r = &trial_journal(&t)->rows[0];
    if (r->outcome != outcome)
        fail_msg("%s, %s: %s, should be %s", m->name, path,
                 outcome_name(r->outcome), outcome_name(outcome));
    if (outcome != OUTCOME_OK)
        assert_time(r, timeout_ms, path, m->name);
    trial_finish(&t);
}

static void test_signals_move_no_deadline(void **state)
{
    const struct model *m = suite_model;
    const struct itimerval often = {{.tv_usec = 20000}, {.tv_usec = 20000}};
    const struct itimerval never = {{0}, {0}};
    const struct sigaction action = {.sa_handler = on_alarm};

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    /* Shortly before a signal, shortly after it, and in between. */
    for (uint64_t ms = BRIEF_MS; ms < BRIEF_MS + 20; ms += 4)
        expect_outcome(m, "/plain", stubborn_blackhole_port(server), ms,
                       OUTCOME_CONNECT_TIMEOUT);
    expect_outcome(m, "/silent", stubborn_port(server), BRIEF_MS,
                   OUTCOME_HEADER_TIMEOUT);
    expect_outcome(m, "/plain", stubborn_port(server), LONG_MS, OUTCOME_OK);
    setitimer(ITIMER_REAL, &never, NULL);
}

/* 240/4 is routed nowhere; a machine may say so, or be silent. */

static uint16_t *unreachable; /* [models]: the outcomes */

static void test_an_unreachable_network_is_an_outcome(void **state)
{
    struct trial t;
    struct sockaddr_in *peer;

    (void)state;
    open_trial(&t, "/plain", 80, 1, 1, SHORT_MS);
    peer = (struct sockaddr_in *)&t.setup.server.peer;
    peer->sin_addr.s_addr = htonl(0xf0000001);
    run(&t, suite_model);
    unreachable[suite_place] = trial_journal(&t)->rows[0].outcome;
    assert_true(unreachable[suite_place] != OUTCOME_OK);
    trial_finish(&t);
}

static void test_an_unreachable_network_is_the_same_outcome(void **state)
{
    (void)state;
    for (size_t place = 1; place < n_places; place++)
        assert_string_equal(outcome_name(unreachable[place]),
                            outcome_name(unreachable[0]));
}

int suite_faults(int argc, char *argv[])
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_every_model_reports_each_fault),
        cmocka_unit_test(test_a_lane_goes_on_after_each_fault),
        cmocka_unit_test(test_faults_do_not_touch_the_pages_beside_them),
        cmocka_unit_test(test_an_answer_is_read_although_asking_failed),
        cmocka_unit_test(test_an_answer_is_read_although_the_reset_is_there),
        cmocka_unit_test(test_a_refused_connection_is_refused_at_once),
        cmocka_unit_test(test_a_connect_without_an_answer_times_out),
        cmocka_unit_test(test_signals_move_no_deadline),
        cmocka_unit_test(test_an_unreachable_network_is_an_outcome),
    };
    const struct CMUnitTest once[] = {
        cmocka_unit_test(test_all_models_report_each_fault_alike),
        cmocka_unit_test(test_an_unreachable_network_is_the_same_outcome),
    };
    const struct suite suite = {
        .name = "faults",
        .kind = &kind_connections,
        .sockets = true,
        .each = each,
        .n_each = COUNT(each),
        .apart = true,
        .setup = start_server,
        .teardown = stop_server,
        .once = once,
        .n_once = COUNT(once),
    };

    (void)argc;
    (void)argv;
    n_places = suite_models(&suite);
    rows = kit_shared((n_places + 1) * stubborn_n_faults * sizeof(*rows));
    unreachable = kit_shared((n_places + 1) * sizeof(*unreachable));
    return suite_run(&suite);
}
