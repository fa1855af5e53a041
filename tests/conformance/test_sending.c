/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What a protocol stages is sent, by every model: in parts when it is more than
 * the socket takes, without keeping other lanes, until the deadline, and once
 * without waiting when the lane is done.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/kinds/layers.h"

/* More than any two buffers of the kernel hold. */
enum { MANY = 8 * 1024 * 1024, FEW = 1000, LANES = 3 };
enum { LONG_MS = 15000, SHORT_MS = 400, HANG_MS = 10000 };

static char text[MANY];

/* What a lane does, and what became of it. */
struct lane {
    size_t first, then; /* bytes to stage; `then` when these are sent */
    bool done_at_once;  /* with the first ones still pending */
    const char *last;   /* staged with DONE, when something has arrived */
    uint64_t deadline_ns, expired_ns;
    unsigned drained, received, ended;
};

static struct scene {
    struct conn conns[LANES];
    struct layers layers[LANES];
    struct lane lanes[LANES];
    struct journal journal;
    struct sockaddr_in address;
    size_t n;
    int listener;
    _Atomic bool run_is_over;
    /* The server's, by lane. */
    int fds[LANES];
    size_t got[LANES]; /* right bytes, from the first one on */
    bool others_went_first;
} * s;

static struct lane *lane_of(const struct conn *c)
{
    return &s->lanes[c->index];
}

/* A lane is told by its first byte. */
static const char *text_of(const struct conn *c)
{
    return text + c->index;
}

static enum verb dial(struct conn *c)
{
    memcpy(&c->dial.peer, &s->address, sizeof(s->address));
    c->dial.peer_len = sizeof(s->address);
    c->deadline_ns = lane_of(c)->deadline_ns;
    return CONN_DIAL;
}

static enum verb stage_first(struct conn *c)
{
    conn_stage(c, text_of(c), lane_of(c)->first);
    return lane_of(c)->done_at_once ? CONN_DONE : CONN_WAIT;
}

static void stage_then(struct conn *c)
{
    struct lane *lane = lane_of(c);

    if (lane->drained++ == 0 && lane->then)
        conn_stage(c, text_of(c) + lane->first, lane->then);
}

static enum verb leave(struct conn *c, const void *data, size_t len)
{
    struct lane *lane = lane_of(c);

    (void)data;
    (void)len;
    lane->received++;
    if (lane->last)
        conn_stage(c, lane->last, strlen(lane->last));
    return CONN_DONE;
}

static enum verb note_end(struct conn *c, int error)
{
    (void)error;
    lane_of(c)->ended++;
    return CONN_DONE;
}

static enum verb note_expiry(struct conn *c)
{
    lane_of(c)->expired_ns = clock_ns();
    return CONN_DONE;
}

static const struct protocol protocol = {
    .start = dial,
    .opened = stage_first,
    .received = leave,
    .ended = note_end,
    .expired = note_expiry,
    .drained = stage_then,
};

/* The server. */

/* True: the next bytes of the lane, so many of them, were right. */
static bool read_text(size_t i, size_t len)
{
    static char bytes[64 * 1024];

    while (len > 0) {
        size_t most = len < sizeof(bytes) ? len : sizeof(bytes);
        ssize_t n = read(s->fds[i], bytes, most);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || memcmp(bytes, text + i + s->got[i], (size_t)n) != 0)
            return false;
        s->got[i] += (size_t)n;
        len -= (size_t)n;
    }
    return true;
}

static void accept_lanes(void)
{
    for (size_t k = 0; k < s->n; k++) {
        int fd = accept(s->listener, NULL, NULL);
        char byte = 0;

        while (read(fd, &byte, 1) < 0 && errno == EINTR) {
        }
        for (size_t i = 0; i < s->n; i++)
            if (byte == text[i]) {
                s->fds[i] = fd;
                s->got[i] = 1;
            }
    }
}

static void answer(size_t i)
{
    (void)!write(s->fds[i], "x", 1);
}

static void wait_for_its_end(size_t i)
{
    char byte;

    while (read(s->fds[i], &byte, 1) > 0 || errno == EINTR) {
    }
}

static void *read_late(void *context)
{
    (void)context;
    accept_lanes();
    usleep(100000);
    if (read_text(0, s->lanes[0].first + s->lanes[0].then - 1))
        answer(0);
    wait_for_its_end(0);
    return NULL;
}

static void *read_the_others_first(void *context)
{
    (void)context;
    accept_lanes();
    for (size_t i = 1; i < s->n; i++)
        if (read_text(i, s->lanes[i].first - 1))
            answer(i);
    for (size_t i = 1; i < s->n; i++)
        wait_for_its_end(i);
    s->others_went_first = !s->run_is_over;
    if (read_text(0, s->lanes[0].first - 1))
        answer(0);
    wait_for_its_end(0);
    return NULL;
}

static void *read_when_all_is_over(void *context)
{
    (void)context;
    accept_lanes();
    while (!s->run_is_over)
        usleep(1000);
    read_text(0, s->lanes[0].first);
    return NULL;
}

static void *read_the_last_words(void *context)
{
    const char *last = s->lanes[0].last;
    char bytes[16] = {0};
    size_t len = 0;
    ssize_t n;

    (void)context;
    accept_lanes();
    if (read_text(0, s->lanes[0].first - 1))
        answer(0);
    while (len < strlen(last) &&
           (n = read(s->fds[0], bytes + len, sizeof(bytes) - 1 - len)) > 0)
        len += (size_t)n;
    if (strcmp(bytes, last) == 0)
        s->got[0] += len;
    return NULL;
}

/* A scene. */

static int build(void **state)
{
    static const int small = 64 * 1024;

    (void)state;
    s = kit_shared(sizeof(*s));
    s->listener = kit_listen(&s->address);
    /* Those that are accepted inherit it. */
    return setsockopt(s->listener, SOL_SOCKET, SO_RCVBUF, &small,
                      sizeof(small));
}

static int clear(void **state)
{
    (void)state;
    close(s->listener);
    kit_free(s, sizeof(*s));
    return 0;
}

static void play(size_t n, uint64_t timeout_ms, void *(*serve)(void *))
{
    struct connections work = {.conns = s->conns, .n = n};
    uint64_t start_ns = clock_ns();
    pthread_t server;

    s->n = n;
    s->journal.lanes = (uint32_t)n;
    for (uint32_t i = 0; i < n; i++) {
        s->layers[i] =
            (struct layers){.protocol = &protocol, .journal = &s->journal};
        s->conns[i] = (struct conn){.index = i, .layers = &s->layers[i]};
        s->lanes[i].deadline_ns = start_ns + timeout_ms * NS_PER_MS;
    }
    assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
    assert_int_equal(kit_run(suite_model, &kind_connections, &work), 0);
    s->run_is_over = true;
    assert_true(clock_ns() - start_ns < HANG_MS * NS_PER_MS);
    pthread_join(server, NULL);
    for (size_t i = 0; i < n; i++)
        close(s->fds[i]);
}

static void test_what_a_socket_does_not_take_is_sent_later(void **state)
{
    struct lane *lane = &s->lanes[0];

    (void)state;
    lane->first = MANY - FEW;
    lane->then = FEW;
    play(1, LONG_MS, read_late);
    assert_int_equal(s->got[0], MANY);
    assert_int_equal(lane->drained, 2);
    assert_int_equal(lane->received, 1);
    assert_int_equal(lane->ended, 0);
    assert_int_equal(lane->expired_ns, 0);
}

static void test_what_is_staged_when_all_was_sent_is_sent_too(void **state)
{
    struct lane *lane = &s->lanes[0];

    (void)state;
    lane->first = lane->then = FEW;
    play(1, LONG_MS, read_late);
    assert_int_equal(s->got[0], 2 * FEW);
    assert_int_equal(lane->drained, 2);
    assert_int_equal(lane->received, 1);
    assert_int_equal(lane->expired_ns, 0);
}

static void test_a_lane_that_cannot_send_does_not_keep_the_others(void **state)
{
    (void)state;
    if (suite_model->connections.at_once == AT_ONCE_ONE)
        suite_leave_out("one lane after another");
    s->lanes[0].first = MANY - LANES;
    for (size_t i = 1; i < LANES; i++)
        s->lanes[i].first = FEW;
    play(LANES, LONG_MS, read_the_others_first);
    assert_true(s->others_went_first);
    for (size_t i = 0; i < LANES; i++) {
        assert_int_equal(s->got[i], s->lanes[i].first);
        assert_int_equal(s->lanes[i].received, 1);
        assert_int_equal(s->lanes[i].expired_ns, 0);
    }
}

static void test_a_deadline_ends_the_wait_for_room(void **state)
{
    struct lane *lane = &s->lanes[0];

    (void)state;
    lane->first = MANY;
    play(1, SHORT_MS, read_when_all_is_over);
    assert_true(lane->expired_ns >= lane->deadline_ns);
    assert_int_equal(lane->drained, 0);
    /* A prefix: in parts, in order. */
    assert_in_range(s->got[0], FEW, MANY - 1);
}

static void test_done_offers_what_is_pending(void **state)
{
    struct lane *lane = &s->lanes[0];

    (void)state;
    lane->first = FEW;
    lane->last = "good-bye";
    play(1, LONG_MS, read_the_last_words);
    assert_int_equal(lane->received, 1);
    assert_int_equal(s->got[0], FEW + strlen(lane->last));
}

static void test_done_waits_for_no_room(void **state)
{
    struct lane *lane = &s->lanes[0];

    (void)state;
    lane->first = MANY;
    lane->done_at_once = true;
    play(1, LONG_MS, read_when_all_is_over);
    assert_int_equal(lane->drained, 0);
    assert_int_equal(lane->ended, 0);
    assert_int_equal(lane->expired_ns, 0);
    assert_in_range(s->got[0], FEW, MANY - 1);
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_what_a_socket_does_not_take_is_sent_later),
        cmocka_unit_test(test_what_is_staged_when_all_was_sent_is_sent_too),
        cmocka_unit_test(test_a_lane_that_cannot_send_does_not_keep_the_others),
        cmocka_unit_test(test_a_deadline_ends_the_wait_for_room),
        cmocka_unit_test(test_done_offers_what_is_pending),
        cmocka_unit_test(test_done_waits_for_no_room),
    };
    const struct suite suite = {
        .name = "sending",
        .kind = &kind_connections,
        .sockets = true,
        .each = each,
        .n_each = COUNT(each),
        .apart = true,
        .setup = build,
        .teardown = clear,
    };

    kit_text(0, text, sizeof(text));
    return suite_run(&suite);
}
