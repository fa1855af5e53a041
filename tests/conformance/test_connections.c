/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every model that connects downloads the same pages from a real origin. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/sample/process_usage.h"
#include "harness/results/names.h"
#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"

struct parameters {
    uint64_t n, concurrency, limit, latency_ms, bytes, rate;
};

static void open_trial(struct trial *t, const struct parameters *p)
{
    trial_init(t, "download", kit_origin.port);
    trial_set(t, "n", p->n);
    trial_set(t, "concurrency", p->concurrency);
    trial_set(t, "requests-per-connection", p->limit);
    trial_set(t, "latency-ms", p->latency_ms);
    trial_set(t, "bytes", p->bytes);
    trial_set(t, "rate", p->rate);
    trial_set(t, "timeout-ms", 60000);
}

static uint64_t lanes_of(const struct parameters *p)
{
    return p->concurrency && p->concurrency < p->n ? p->concurrency : p->n;
}

static void assert_rows(const struct trial *t, const struct parameters *p)
{
    const struct journal *j = trial_journal(t);
    uint64_t dials = 0;

    for (uint64_t i = 0; i < p->n; i++) {
        const struct row *r = &j->rows[i];

        dials += r->dials;
        assert_true(r->lane < lanes_of(p));
        if (i < lanes_of(p))
            assert_int_equal(r->lane, i);
        assert_true(r->first_ns >= r->start_ns + p->latency_ms * NS_PER_MS);
        assert_true(r->end_ns >= r->first_ns);
        /* From the start: the first byte may be noticed late. */
        if (p->rate)
            assert_true(r->end_ns - r->start_ns + 11 * NS_PER_MS >=
                        p->latency_ms * NS_PER_MS +
                            p->bytes * NS_PER_S / p->rate);
    }
    if (p->limit == 1)
        assert_int_equal(dials, p->n);
    if (p->limit == 0)
        assert_int_equal(dials, lanes_of(p));
}

static uint64_t at_once(const struct model *m, const struct parameters *p)
{
    return kit_at_once(m, &kind_connections, lanes_of(p));
}

static void assert_view(const struct model *m, const char *what, uint64_t is,
                        uint64_t should)
{
    if (is != should)
        fail_msg("%s: the server counted %" PRIu64 " %s, should be %" PRIu64,
                 m->name, is, what, should);
}

/* Of this process, its threads, and the children that it waited for. */
static uint64_t cpu_ns(void)
{
    uint64_t us = 0;
    struct rusage usage;

    for (int i = 0; i < 2; i++) {
        getrusage(i ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage);
        us += (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
                  1000000 +
              (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    }
    return us * 1000;
}

static struct origin_view download(const struct model *m,
                                   const struct parameters *p)
{
    struct origin_view view;
    struct trial t;
    int error;

    open_trial(&t, p);
    assert_int_equal(origin_reset(&kit_origin), 0);
    error = trial_run(&t, m);
    if (error)
        fail_msg("%s: %s", m->name, strerror(-error));
    if (trial_journal(&t)->started > lanes_of(p))
        fail_msg("%s: conn_start() was called %" PRIu32 " times, should be "
                 "%" PRIu64 ", once for each lane",
                 m->name, trial_journal(&t)->started, lanes_of(p));
    trial_assert_right(&t, m->name);
    assert_rows(&t, p);
    assert_true(trial_judge(&t).peak <= lanes_of(p));
    trial_finish(&t);
    assert_int_equal(origin_read(&kit_origin, &view), 0);
    assert_view(m, "requests", view.requests, p->n);
    assert_view(m, "refused requests", view.refusals, 0);
    assert_view(m, "bytes of bodies", view.bytes, p->n * p->bytes);
    assert_view(m, "connections that are open after the run", view.connections,
                0);
    assert_in_range(view.peak, 1, at_once(m, p));
    return view;
}

/*
 * While the server takes its time, nothing runs: a thread that looks at its
 * socket again and again uses the CPU for all of that time.
 */
static void test_waiting_costs_no_cpu(void **state)
{
    enum { LATENCY_MS = 1000, MOST_MS = 60, TRIES = 3 };
    const struct parameters p = {4, 0, 0, LATENCY_MS, 100, 0};
    uint64_t least_ns = UINT64_MAX;

    (void)state;
    for (int i = 0; i < TRIES && least_ns > MOST_MS * NS_PER_MS; i++) {
        uint64_t before_ns = cpu_ns(), used_ns;

        download(suite_model, &p);
        used_ns = cpu_ns() - before_ns;
        least_ns = used_ns < least_ns ? used_ns : least_ns;
    }
    if (least_ns > MOST_MS * NS_PER_MS)
        fail_msg("%s: used %" PRIu64 " ms of CPU time while it waited for "
                 "%d ms, should be near 0",
                 suite_model->name, least_ns / NS_PER_MS, LATENCY_MS);
}

static void test_every_model_downloads_every_page(void **state)
{
    static const uint64_t pages[] = {1, 10, 100};
    static const uint64_t lanes[] = {1, 3, 0};
    static const uint64_t limits[] = {0, 1, 5};
    static const uint64_t sizes[] = {0, 1, 4096, 300000};
    const struct model *m = suite_model;

    struct kit_usage before;

    (void)state;
    /* What a library opens once for good, it opens here. */
    download(m, &(struct parameters){1, 1, 1, 0, 0, 0});
    before = kit_usage();
    for (size_t i = 0; i < COUNT(pages); i++)
        for (size_t j = 0; j < COUNT(lanes); j++)
            for (size_t k = 0; k < COUNT(limits); k++)
                for (size_t l = 0; l < COUNT(sizes); l++)
                    download(m,
                             &(struct parameters){pages[i], lanes[j], limits[k],
                                                  0, sizes[l], 0});
    kit_assert_holds(&before, m->name);
}

/* From the first byte of a page to its last, at most. */
static uint64_t longest_body_ns(const struct parameters *p)
{
    uint64_t longest_ns = 0;
    struct trial t;

    open_trial(&t, p);
    suite_run_right(&t);
    assert_rows(&t, p);
    for (uint64_t i = 0; i < p->n; i++) {
        const struct row *r = &trial_journal(&t)->rows[i];

        if (r->end_ns - r->first_ns > longest_ns)
            longest_ns = r->end_ns - r->first_ns;
    }
    trial_finish(&t);
    return longest_ns;
}

/*
 * On each lane several, one after another: not all of them begin while the
 * machine stands still; or else in a later try.
 */
/* The first page of a lane decides; titles are spread by their addresses. */
static void test_many_connections_go_to_several_addresses(void **state)
{
    enum { N = 24, ADDRESSES = 3 };
    static const char *const names[] = {"download", "titles"};
    unsigned seen[ADDRESSES] = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct trial t;
        struct connections *c;

        trial_init(&t, names[i], kit_origin.port);
        trial_set(&t, "n", N);
        t.setup.addresses = ADDRESSES;
        assert_int_equal(trial_run(&t, suite_model), 0);
        trial_assert_right(&t, suite_model->name);
        c = t.work.job;
        for (size_t k = 0; k < c->n; k++) {
            struct sockaddr_in *to = (void *)&c->conns[k].dial.peer;
            uint32_t next = ntohl(to->sin_addr.s_addr) - INADDR_LOOPBACK;

            assert_true(next < ADDRESSES);
            seen[next]++;
            if (i == 0)
                assert_int_equal(next, k % ADDRESSES);
        }
        trial_finish(&t);
    }
    for (size_t i = 0; i < ADDRESSES; i++)
        assert_true(seen[i] > N / ADDRESSES);
}

static void test_a_slow_page_arrives_slowly(void **state)
{
    const struct parameters p = {9, 3, 1, 5, 100000, 1000000};
    uint64_t should_ns = p.bytes * NS_PER_S / p.rate - 11 * NS_PER_MS;
    int tries = 0;

    (void)state;
    download(suite_model, &p);
    while (longest_body_ns(&p) < should_ns)
        assert_true(++tries < 10);
}

/*
 * One at a time is exact.  All at once needs all lanes to have asked before
 * the first is answered: on a machine that is busy just then, in a later try
 * with more latency.
 */
static uint64_t peak_of_download(const struct model *m, struct parameters *p)
{
    uint64_t peak = download(m, p).peak;

    for (int i = 0; i < 5 && peak < at_once(m, p); i++) {
        p->latency_ms *= 2;
        peak = download(m, p).peak;
    }
    return peak;
}

static void test_the_origin_sees_as_many_at_once_as_declared(void **state)
{
    const struct model *m = suite_model;
    struct parameters p = {10, 0, 1, 30, 100, 0};
    uint64_t peak = peak_of_download(m, &p);

    (void)state;
    if (peak != at_once(m, &p))
        fail_msg("%s: %" PRIu64 " at once, should be %" PRIu64, m->name, peak,
                 (uint64_t)at_once(m, &p));
    /* Not more than the lanes, either. */
    p = (struct parameters){10, 4, 0, p.latency_ms, 100, 0};
    assert_int_equal(peak_of_download(m, &p), at_once(m, &p));
}

/*
 * Each request has its own time, on a connection that lives longer.  Where the
 * machine stood still for all of that time, a later try has more of it; a
 * request that expired earlier is a defect in any try.
 */
static bool all_end_in_time(const struct trial *t, uint64_t timeout_ms)
{
    const struct journal *j = trial_journal(t);
    bool all = true;

    for (uint32_t i = 0; i < j->pages; i++) {
        const struct row *r = &j->rows[i];

        all &= r->outcome == OUTCOME_OK;
        if (r->outcome != OUTCOME_OK &&
            r->end_ns - r->start_ns < timeout_ms * NS_PER_MS)
            fail_msg("page %" PRIu32 ": %s after %" PRIu64 " ns", i,
                     outcome_name(r->outcome), r->end_ns - r->start_ns);
    }
    return all;
}

/* Not where one of its requests took too long. */
static bool outlives_a_deadline(const struct parameters *p, uint64_t timeout_ms)
{
    struct trial t;
    bool in_time;

    open_trial(&t, p);
    trial_set(&t, "timeout-ms", timeout_ms);
    assert_int_equal(trial_run(&t, suite_model), 0);
    in_time = all_end_in_time(&t, timeout_ms);
    if (in_time) {
        trial_assert_right(&t, suite_model->name);
        assert_rows(&t, p);
        assert_true(trial_journal(&t)->rows[p->n - 1].end_ns -
                        trial_journal(&t)->rows[0].start_ns >
                    timeout_ms * NS_PER_MS);
    }
    trial_finish(&t);
    return in_time;
}

static void test_a_kept_connection_outlives_its_first_deadline(void **state)
{
    struct parameters p = {24, 1, 0, 10, 100, 0};
    uint64_t timeout_ms = 200;

    (void)state;
    while (!outlives_a_deadline(&p, timeout_ms)) {
        assert_true(timeout_ms < 4000);
        p.latency_ms *= 2;
        timeout_ms *= 2;
    }
}

static void test_a_run_can_be_repeated_often(void **state)
{
    const struct model *m = suite_model;

    (void)state;
    for (int i = 0; i < 50; i++)
        download(m, &(struct parameters){20, 5, 3, 0, 1000, 0});
}

/* Connections with this port that are over, and wait for a minute yet. */
static size_t waiting_ports(uint16_t port)
{
    FILE *file = fopen("/proc/net/tcp", "re");
    char line[256];
    unsigned own, peer, state;
    size_t n = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, " %*d: %*x:%x %*x:%x %x", &own, &peer, &state) == 3)
            n += (own == port || peer == port) && state == 6; /* TIME_WAIT */
    fclose(file);
    return n;
}

static void test_no_port_stays_behind(void **state)
{
    const struct model *m = suite_model;

    size_t before = waiting_ports(kit_origin.port);

    (void)state;
    download(m, &(struct parameters){20, 5, 1, 0, 1000, 0});
    if (waiting_ports(kit_origin.port) > before)
        fail_msg("%s: %zu ports wait", m->name,
                 waiting_ports(kit_origin.port) - before);
}

/*
 * The same options on each socket, or a difference between two models may be
 * one between two kernels' defaults.  The lane looks at its own socket: the
 * only one of its process that is connected to this server.
 */
struct options {
    struct sockaddr_in server;
    bool found, no_delay, reset;
    char congestion[16];
};

static void note_options(struct options *o, int fd)
{
    struct linger linger = {0};
    int no_delay = 0;
    socklen_t len = sizeof(no_delay);

    o->found = true;
    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &len);
    o->no_delay = no_delay;
    len = sizeof(linger);
    getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len);
    o->reset = linger.l_onoff && linger.l_linger == 0;
    len = sizeof(o->congestion) - 1;
    getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, &len);
}

static enum verb dial_to_look(struct conn *c)
{
    const struct options *o = c->layers->state;

    memcpy(&c->dial.peer, &o->server, sizeof(o->server));
    c->dial.peer_len = sizeof(o->server);
    c->deadline_ns = UINT64_MAX;
    return CONN_DIAL;
}

static enum verb look(struct conn *c)
{
    struct options *o = c->layers->state;

    for (int fd = 0; fd < 1024; fd++) {
        struct sockaddr_in peer;
        socklen_t len = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
            peer.sin_family == AF_INET && peer.sin_port == o->server.sin_port)
            note_options(o, fd);
    }
    return CONN_DONE;
}

static enum verb see_nothing(struct conn *c, int error)
{
    (void)c;
    (void)error;
    return CONN_DONE;
}

static enum verb see_too_late(struct conn *c)
{
    (void)c;
    return CONN_DONE;
}

/* Not every kernel has it, and not every user may choose it. */
static bool may_be_cubic(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool may = setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) == 0;

    close(fd);
    return may;
}

static void test_every_socket_has_the_options_of_all(void **state)
{
    static const struct protocol protocol = {
        .start = dial_to_look,
        .opened = look,
        .ended = see_nothing,
        .expired = see_too_late,
    };
    struct shared {
        struct options options;
        struct conn conn;
        struct layers layers;
        struct journal journal;
    } *s = kit_shared(sizeof(*s));
    struct connections work = {.conns = &s->conn, .n = 1};
    int listener = kit_listen(&s->options.server);

    (void)state;
    s->layers = (struct layers){
        .protocol = &protocol, .state = &s->options, .journal = &s->journal};
    s->conn.layers = &s->layers;
    assert_int_equal(kit_run(suite_model, &kind_connections, &work), 0);
    assert_true(s->options.found);
    assert_true(s->options.no_delay);
    assert_true(s->options.reset);
    if (may_be_cubic())
        assert_string_equal(s->options.congestion, "cubic");
    close(listener);
    kit_free(s, sizeof(*s));
}

/*
 * What arrived before a deadline is read before it counts as missed.  The first
 * lane keeps its driver busy until the deadline of all has passed; the others
 * are answered meanwhile, in time.  The last one is not answered.
 *
 * Where the machine stands still, the answers come late: then in a later try.
 */

enum { PEERS = 20, SILENT = PEERS - 1, DEADLINE_MS = 400, SPARE_MS = 50 };

static struct {
    _Atomic bool busy, answered; /* the first lane is; the others are */
    uint64_t deadline_ns, answered_ns;
    _Atomic uint64_t expired_ns;
    _Atomic size_t received, expired;
    size_t pieces, events; /* of the first lane's work, and during it */
    bool worked;
} seen;

static enum verb dial_at_once(struct conn *c)
{
    const struct sockaddr_in *to = c->layers->state;

    memcpy(&c->dial.peer, to, sizeof(*to));
    c->dial.peer_len = sizeof(*to);
    c->deadline_ns = seen.deadline_ns;
    return CONN_DIAL;
}

static enum verb say_who(struct conn *c)
{
    static const char who[] = {'f', 'o', 's'}; /* first, other, silent */

    conn_stage(c, &who[c->index == 0 ? 0 : c->index < SILENT ? 1 : 2], 1);
    return CONN_WAIT;
}

static enum verb be_busy(struct conn *c, const void *data, size_t len)
{
    (void)data;
    (void)len;
    seen.received++;
    if (c->index != 0)
        return CONN_DONE;
    seen.busy = true;
    while (!seen.answered || clock_ns() < seen.deadline_ns + 5 * NS_PER_MS)
        usleep(1000);
    return CONN_DONE;
}

static enum verb give_up(struct conn *c, int error)
{
    (void)c;
    (void)error;
    return CONN_DONE;
}

static enum verb note_expiry(struct conn *c)
{
    (void)c;
    seen.expired++;
    seen.expired_ns = clock_ns();
    return CONN_DONE;
}

static const struct protocol protocol_busy = {
    .start = dial_at_once,
    .opened = say_who,
    .received = be_busy,
    .ended = give_up,
    .expired = note_expiry,
};

static void answer_those(const int fds[], const char who[], char which)
{
    for (size_t i = 0; i < PEERS; i++)
        if (who[i] == which && write(fds[i], "x", 1) != 1)
            return;
}

/* When all have asked, the first; the others once that keeps its driver busy.
 */
static void *answer_in_time(void *context)
{
    int fds[PEERS], listener = *(int *)context;
    char who[PEERS] = {0}, byte;

    for (size_t i = 0; i < PEERS; i++) {
        fds[i] = accept(listener, NULL, NULL);
        while (read(fds[i], &who[i], 1) < 0 && errno == EINTR) {
        }
    }
    answer_those(fds, who, 'f');
    while (!seen.busy && clock_ns() < seen.deadline_ns)
        usleep(100);
    answer_those(fds, who, 'o');
    answer_those(fds, who, 'f'); /* once more */
    seen.answered_ns = clock_ns();
    seen.answered = true;
    for (size_t i = 0; i < PEERS; i++) {
        /* Until it has hung up. */
        while (read(fds[i], &byte, 1) > 0) {
        }
        close(fds[i]);
    }
    return NULL;
}

/* False: the machine stood still, so that nothing can be concluded. */
static bool keep_busy(const struct model *m, const struct protocol *protocol)
{
    struct conn conns[PEERS] = {0};
    struct layers layers[PEERS] = {0};
    struct connections work = {.conns = conns, .n = PEERS};
    struct journal *journal = calloc(1, journal_size(0));
    struct sockaddr_in address;
    int listener = kit_listen(&address);
    pthread_t server;

    assert_non_null(journal);
    for (uint32_t i = 0; i < PEERS; i++) {
        layers[i] = (struct layers){
            .protocol = protocol, .state = &address, .journal = journal};
        conns[i] = (struct conn){.index = i, .layers = &layers[i]};
    }
    memset(&seen, 0, sizeof(seen));
    seen.deadline_ns = clock_ns() + DEADLINE_MS * NS_PER_MS;
    assert_int_equal(pthread_create(&server, NULL, answer_in_time, &listener),
                     0);
    assert_int_equal(kit_run(m, &kind_connections, &work), 0);
    /* On a busy machine a lane may expire before it has dialled. */
    shutdown(listener, SHUT_RDWR);
    pthread_join(server, NULL);
    close(listener);
    free(journal);
    return seen.busy &&
           seen.answered_ns + SPARE_MS * NS_PER_MS < seen.deadline_ns;
}

static void test_what_arrived_in_time_is_read_before_a_deadline(void **state)
{
    const struct connections_ability *a = &suite_model->connections;
    int tries = 0;

    (void)state;
    if (a->at_once != AT_ONCE_ALL || a->unit > UNIT_STACK)
        suite_leave_out("its lanes do not share a thread");
    while (!keep_busy(suite_model, &protocol_busy) && ++tries < 20) {
    }
    assert_int_equal(seen.received, PEERS - 1);
    assert_int_equal(seen.expired, 1);
    assert_true(seen.expired_ns >= seen.deadline_ns);
}

/*
 * Heavy work leaves room for other lanes: those that are answered while the
 * first lane works end, and the silent one expires, before it is done, although
 * its own deadline has passed.  What arrives for it meanwhile stays in the
 * socket, and is received afterwards.
 */

enum { PIECE_MS = 2, MOST_PIECES = 1000 };

static enum verb have_work(struct conn *c, const void *data, size_t len)
{
    (void)data;
    (void)len;
    seen.received++;
    if (c->index != 0)
        return CONN_DONE;
    if (seen.events++ == 0)
        return CONN_WORK;
    if (!seen.worked)
        fail_msg("it was given bytes during the work");
    return CONN_DONE;
}

static enum work_left work_long(struct conn *c)
{
    uint64_t end_ns = clock_ns() + PIECE_MS * NS_PER_MS;

    (void)c;
    seen.busy = true;
    while (clock_ns() < end_ns) {
    }
    if (seen.received == PEERS - 1 && seen.expired == 1 &&
        clock_ns() > seen.deadline_ns + 20 * NS_PER_MS)
        return WORK_DONE;
    return ++seen.pieces < MOST_PIECES ? WORK_MORE : WORK_DONE;
}

static enum verb have_worked(struct conn *c)
{
    seen.worked = true;
    if (c->deadline_ns <= seen.deadline_ns)
        fail_msg("the deadline ran during the work");
    c->deadline_ns = clock_ns() + 5 * NS_PER_S;
    return CONN_WAIT;
}

static const struct protocol protocol_work = {
    .start = dial_at_once,
    .opened = say_who,
    .received = have_work,
    .ended = give_up,
    .expired = note_expiry,
    .work = work_long,
    .worked = have_worked,
};

static void test_light_lanes_end_while_a_heavy_one_works(void **state)
{
    const struct connections_ability *a = &suite_model->connections;
    int tries = 0;

    (void)state;
    if (a->at_once != AT_ONCE_ALL || a->unit == UNIT_PROCESS)
        suite_leave_out("its lanes do not share memory, or not the time");
    while (!keep_busy(suite_model, &protocol_work) && ++tries < 20) {
    }
    assert_true(seen.worked);
    assert_in_range(seen.pieces, 1, MOST_PIECES - 1);
    assert_int_equal(seen.events, 2);
    assert_int_equal(seen.received, PEERS);
    assert_int_equal(seen.expired, 1);
}

/* Work that may not begin yet is asked for again now and then: no loop spins.
 */

enum { LATER_MS = 100, MOST_ASKED = LATER_MS + 10 };

struct later {
    struct sockaddr_in server;
    struct conn conn;
    struct layers layers;
    struct journal journal;
    uint64_t until_ns;
    _Atomic unsigned asked;
    _Atomic bool worked;
};

static enum verb dial_for_later(struct conn *c)
{
    struct later *l = c->layers->state;

    memcpy(&c->dial.peer, &l->server, sizeof(l->server));
    c->dial.peer_len = sizeof(l->server);
    c->deadline_ns = UINT64_MAX;
    return CONN_DIAL;
}

static enum verb work_at_once(struct conn *c)
{
    struct later *l = c->layers->state;

    l->until_ns = clock_ns() + LATER_MS * NS_PER_MS;
    return CONN_WORK;
}

static enum work_left work_later(struct conn *c)
{
    struct later *l = c->layers->state;

    l->asked++;
    return clock_ns() < l->until_ns ? WORK_LATER : WORK_DONE;
}

static enum verb be_done(struct conn *c)
{
    ((struct later *)c->layers->state)->worked = true;
    return CONN_DONE;
}

static void test_work_that_is_for_later_costs_no_cpu(void **state)
{
    static const struct protocol protocol = {
        .start = dial_for_later,
        .opened = work_at_once,
        .ended = see_nothing,
        .expired = see_too_late,
        .work = work_later,
        .worked = be_done,
    };
    struct later *l = kit_shared(sizeof(*l));
    struct connections work = {.conns = &l->conn, .n = 1};
    int listener = kit_listen(&l->server);

    (void)state;
    l->layers = (struct layers){
        .protocol = &protocol, .state = l, .journal = &l->journal};
    l->conn.layers = &l->layers;
    assert_int_equal(kit_run(suite_model, &kind_connections, &work), 0);
    assert_true(l->worked);
    assert_in_range(l->asked, 2, MOST_ASKED);
    close(listener);
    kit_free(l, sizeof(*l));
}

/*
 * A lane may work when its deadline has passed; what arrives meanwhile is no
 * longer what it waited for, and is received afterwards.
 */

struct overdue {
    struct sockaddr_in server;
    struct conn conn;
    struct layers layers;
    struct journal journal;
    int listener;
    _Atomic uint64_t expired_ns, answered_ns, worked_ns, received_ns;
};

static enum verb dial_to_expire(struct conn *c)
{
    struct overdue *o = c->layers->state;

    memcpy(&c->dial.peer, &o->server, sizeof(o->server));
    c->dial.peer_len = sizeof(o->server);
    c->deadline_ns = UINT64_MAX;
    return CONN_DIAL;
}

static enum verb wait_a_little(struct conn *c)
{
    c->deadline_ns = clock_ns() + 20 * NS_PER_MS;
    return CONN_WAIT;
}

static enum verb work_when_expired(struct conn *c)
{
    ((struct overdue *)c->layers->state)->expired_ns = clock_ns();
    return CONN_WORK;
}

static enum work_left work_past_the_answer(struct conn *c)
{
    const struct overdue *o = c->layers->state;

    usleep(1000);
    return o->answered_ns && clock_ns() > o->answered_ns + 20 * NS_PER_MS
               ? WORK_DONE
               : WORK_MORE;
}

static enum verb wait_for_the_answer(struct conn *c)
{
    ((struct overdue *)c->layers->state)->worked_ns = clock_ns();
    c->deadline_ns = UINT64_MAX;
    return CONN_WAIT;
}

static enum verb note_answer(struct conn *c, const void *data, size_t len)
{
    (void)data;
    (void)len;
    ((struct overdue *)c->layers->state)->received_ns = clock_ns();
    return CONN_DONE;
}

static void *answer_when_expired(void *context)
{
    struct overdue *o = context;
    int fd = accept(o->listener, NULL, NULL);
    char byte;

    while (!o->expired_ns)
        usleep(1000);
    (void)!write(fd, "x", 1);
    o->answered_ns = clock_ns();
    while (read(fd, &byte, 1) > 0) {
    }
    close(fd);
    return NULL;
}

static void test_bytes_wait_for_work_after_a_deadline(void **state)
{
    static const struct protocol protocol = {
        .start = dial_to_expire,
        .opened = wait_a_little,
        .received = note_answer,
        .ended = see_nothing,
        .expired = work_when_expired,
        .work = work_past_the_answer,
        .worked = wait_for_the_answer,
    };
    struct overdue *o = kit_shared(sizeof(*o));
    struct connections work = {.conns = &o->conn, .n = 1};
    pthread_t server;

    (void)state;
    o->listener = kit_listen(&o->server);
    o->layers = (struct layers){
        .protocol = &protocol, .state = o, .journal = &o->journal};
    o->conn.layers = &o->layers;
    assert_int_equal(pthread_create(&server, NULL, answer_when_expired, o), 0);
    assert_int_equal(kit_run(suite_model, &kind_connections, &work), 0);
    pthread_join(server, NULL);
    assert_true(o->worked_ns >= o->answered_ns + 20 * NS_PER_MS);
    assert_true(o->received_ns >= o->worked_ns);
    close(o->listener);
    kit_free(o, sizeof(*o));
}

/*
 * A lane whose work another thread has done, and whose peer is gone, ends once:
 * its loop learns of both at the same time, since another lane keeps it busy.
 */

enum { WORKER, KEEPER, BOTH };

static struct {
    struct sockaddr_in server;
    int listener;
    _Atomic bool works, worked, gone, keeps;
    unsigned ended;
} twice;

static enum verb dial_both(struct conn *c)
{
    memcpy(&c->dial.peer, &twice.server, sizeof(twice.server));
    c->dial.peer_len = sizeof(twice.server);
    c->deadline_ns = UINT64_MAX;
    return CONN_DIAL;
}

static enum verb work_or_keep(struct conn *c)
{
    conn_stage(c, c->index == WORKER ? "w" : "k", 1);
    return CONN_WAIT;
}

static enum verb begin_or_keep(struct conn *c, const void *data, size_t len)
{
    (void)data;
    (void)len;
    if (c->index == WORKER)
        return CONN_WORK;
    twice.keeps = true;
    while (!twice.gone)
        usleep(1000);
    usleep(20000);
    return CONN_DONE;
}

static enum work_left work_while_kept(struct conn *c)
{
    (void)c;
    twice.works = true;
    while (!twice.keeps)
        usleep(1000);
    twice.worked = true;
    return WORK_DONE;
}

static enum verb note_that_it_ended(struct conn *c, int error)
{
    (void)c;
    (void)error;
    twice.ended++;
    return CONN_DONE;
}

static void *leave_after_the_work(void *context)
{
    int fds[BOTH];
    char byte;

    for (int i = 0; i < BOTH; i++) {
        int fd = accept(twice.listener, NULL, NULL);

        if (read(fd, &byte, 1) == 1)
            fds[byte == 'w' ? WORKER : KEEPER] = fd;
    }
    (void)!write(fds[WORKER], "x", 1);
    while (!twice.works)
        usleep(1000);
    (void)!write(fds[KEEPER], "x", 1);
    while (!twice.worked)
        usleep(1000);
    usleep(20000); /* the loop learns first that the work is done */
    close(fds[WORKER]);
    twice.gone = true;
    while (read(fds[KEEPER], &byte, 1) > 0) {
    }
    close(fds[KEEPER]);
    return context;
}

static void test_a_lane_ends_once_after_the_work_of_another_thread(void **state)
{
    static const struct protocol protocol = {
        .start = dial_both,
        .opened = work_or_keep,
        .received = begin_or_keep,
        .ended = note_that_it_ended,
        .expired = see_too_late,
        .work = work_while_kept,
        .worked = see_too_late,
    };
    struct conn conns[BOTH] = {0};
    struct layers layers[BOTH] = {0};
    struct connections work = {
        .conns = conns, .n = BOTH, .workers = 1, .offload = true};
    struct journal *journal;
    pthread_t server;

    (void)state;
    if (!suite_model->connections.can_offload)
        suite_leave_out("it hands no work to other threads");
    journal = calloc(1, journal_size(0));
    assert_non_null(journal);
    twice.listener = kit_listen(&twice.server);
    for (uint32_t i = 0; i < BOTH; i++) {
        layers[i] = (struct layers){.protocol = &protocol, .journal = journal};
        conns[i] = (struct conn){.index = i, .layers = &layers[i]};
    }
    assert_int_equal(pthread_create(&server, NULL, leave_after_the_work, NULL),
                     0);
    assert_int_equal(kit_run(suite_model, &kind_connections, &work), 0);
    pthread_join(server, NULL);
    assert_int_equal(twice.ended, 0);
    close(twice.listener);
    free(journal);
}

/* Descriptors that run out are the lane's misfortune, not the model's. */

static struct rlimit fds_were;

static void allow_fds(size_t more)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &fds_were);
    limit = fds_were;
    limit.rlim_cur = usage_fds() + more;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void test_lanes_without_a_descriptor_say_so(void **state)
{
    enum { LANES = 60, MORE = 20 };
    const struct parameters p = {LANES, 0, 1, 500, 100, 0};
    const struct model *m = suite_model;
    uint64_t ok = 0, start_ns = clock_ns();
    struct origin_view view;
    struct kit_usage before;
    struct trial t;
    int error;

    (void)state;
    if (m->connections.at_once != AT_ONCE_ALL)
        suite_leave_out("so few lanes at once need few descriptors");
    if (m->connections.unit == UNIT_PROCESS)
        suite_leave_out("its processes have descriptors of their own");
    download(m, &(struct parameters){1, 1, 1, 0, 0, 0});
    before = kit_usage();
    open_trial(&t, &p);
    assert_int_equal(origin_reset(&kit_origin), 0);
    allow_fds(MORE);
    error = trial_run(&t, m);
    setrlimit(RLIMIT_NOFILE, &fds_were);
    if (error)
        fail_msg("%s: %s", m->name, strerror(-error));
    kit_assert_holds(&before, m->name);
    assert_true(clock_ns() - start_ns < 20 * NS_PER_S);
    for (uint64_t i = 0; i < LANES; i++) {
        const struct row *r = &trial_journal(&t)->rows[i];

        if (r->outcome == OUTCOME_OK) {
            ok++;
            continue;
        }
        if (r->outcome != OUTCOME_LOCAL_LIMIT || r->error != -EMFILE)
            fail_msg("%s: %s, %s", m->name, outcome_name(r->outcome),
                     strerror(-r->error));
        assert_int_equal(r->bytes, 0);
        assert_int_equal(r->status, 0);
    }
    assert_in_range(ok, 1, LANES - 1);
    assert_int_equal(trial_judge(&t).errors, LANES - ok);
    assert_int_equal(trial_journal(&t)->done, LANES);
    assert_int_equal(origin_read(&kit_origin, &view), 0);
    assert_int_equal(view.requests, ok);
    assert_int_equal(view.connections, 0);
    trial_finish(&t);
}

static void test_few_at_once_need_few_descriptors(void **state)
{
    const struct parameters p = {60, 0, 1, 0, 100, 0};
    const struct model *m = suite_model;

    (void)state;
    if (m->connections.at_once == AT_ONCE_ALL)
        suite_leave_out("each lane needs one");
    allow_fds(1 + at_once(m, &p));
    download(m, &p);
    setrlimit(RLIMIT_NOFILE, &fds_were);
}

/* Threads that run out are the model's. */

/* Non-root, with room for some thirty more threads of this user. */
enum { CANNOT = 77, PLENTY = 300 };

static int give_up_connecting(const void *context)
{
    const struct rlimit limit = {30, 30};
    const struct model *m = context;
    struct kit_usage before = kit_usage();
    struct trial t;

    /* A user of this model alone, with nobody else to be counted. */
    const uid_t uid = 55000 + (uid_t)suite_place;

    if (setrlimit(RLIMIT_NPROC, &limit) || setresuid(uid, uid, uid))
        return CANNOT;
    /* No lane ends before there are too many, however slowly they start. */
    open_trial(&t, &(struct parameters){PLENTY, 0, 1, 2000, 100, 0});
    KIT_CHECK(trial_run(&t, m) == -EAGAIN);
    KIT_CHECK(trial_journal(&t)->started < PLENTY);
    KIT_CHECK(trial_journal(&t)->done == trial_journal(&t)->started);
    KIT_CHECK(trial_judge(&t).broken_iterations == 1);
    KIT_CHECK(kit_holds(&before));
    trial_finish(&t);
    return 0;
}

static void test_a_model_without_enough_threads_gives_up(void **state)
{
    const struct model *m = suite_model;

    int rc;

    (void)state;
    if (m->connections.unit < UNIT_THREAD)
        suite_leave_out("it starts no threads");
    if (m->connections.at_once == AT_ONCE_WORKERS)
        suite_leave_out("its workers are few");
    if (getuid() != 0)
        suite_leave_out("only root can be a user with nothing else running");
    rc = kit_in_child(give_up_connecting, m, 30);
    if (rc == CANNOT)
        skip();
    if (rc)
        fail_msg("%s: the child ended with %d", m->name, rc);
}

int suite_connections(int argc, char *argv[])
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_no_port_stays_behind),
        cmocka_unit_test(test_every_model_downloads_every_page),
        cmocka_unit_test(test_many_connections_go_to_several_addresses),
        cmocka_unit_test(test_a_slow_page_arrives_slowly),
        cmocka_unit_test(test_waiting_costs_no_cpu),
        cmocka_unit_test(test_the_origin_sees_as_many_at_once_as_declared),
        cmocka_unit_test(test_a_kept_connection_outlives_its_first_deadline),
        cmocka_unit_test(test_a_run_can_be_repeated_often),
        cmocka_unit_test(test_every_socket_has_the_options_of_all),
        cmocka_unit_test(test_what_arrived_in_time_is_read_before_a_deadline),
        cmocka_unit_test(test_light_lanes_end_while_a_heavy_one_works),
        cmocka_unit_test(test_work_that_is_for_later_costs_no_cpu),
        cmocka_unit_test(test_bytes_wait_for_work_after_a_deadline),
        cmocka_unit_test(
            test_a_lane_ends_once_after_the_work_of_another_thread),
        cmocka_unit_test(test_lanes_without_a_descriptor_say_so),
        cmocka_unit_test(test_few_at_once_need_few_descriptors),
        cmocka_unit_test(test_a_model_without_enough_threads_gives_up),
    };
    const struct suite suite = {
        .name = "connections",
        .kind = &kind_connections,
        .sockets = true,
        .each = each,
        .n_each = COUNT(each),
        .apart = true,
        .setup = kit_origin_setup,
        .teardown = kit_origin_teardown,
    };

    (void)argc;
    (void)argv;
    return suite_run(&suite);
}
