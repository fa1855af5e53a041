/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loop's lanes read what arrived in time, and do heavy work in pieces. */
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/wait/nonblocking.h"
#include "workloads/kinds/journal.h"
#include "workloads/kinds/layers.h"

enum { MOST = 3 };

static struct lanes lanes;
static struct lane each[MOST];
static struct conn conns[MOST];
static struct layers layers[MOST];
static struct journal *journal;
static struct sockaddr_in address;
static size_t received, ended, looked; /* bytes, ends, and the loop's looks */
static enum work_left left[MOST];      /* the answer of a lane's next piece */
static char done[64];                  /* which lanes worked */

static enum verb dial_now(struct conn *c)
{
    memcpy(&c->dial.peer, &address, sizeof(address));
    c->dial.peer_len = sizeof(address);
    c->deadline_ns = UINT64_MAX;
    return CONN_DIAL;
}

static enum verb await_bytes(struct conn *c)
{
    (void)c;
    return CONN_WAIT;
}

static enum verb count_bytes(struct conn *c, const void *data, size_t len)
{
    (void)c;
    (void)data;
    received += len;
    return CONN_WAIT;
}

static enum verb note_end(struct conn *c, int error)
{
    (void)c;
    assert_int_equal(error, 0);
    ended++;
    return CONN_DONE;
}

static enum verb work_at_once(struct conn *c)
{
    (void)c;
    return CONN_WORK;
}

static enum work_left note_piece(struct conn *c)
{
    done[strlen(done)] = (char)('a' + c->index);
    return left[c->index];
}

static enum verb end_work(struct conn *c)
{
    (void)c;
    return CONN_DONE;
}

static const struct protocol reads = {
    .start = dial_now,
    .opened = await_bytes,
    .received = count_bytes,
    .ended = note_end,
};
static const struct protocol works = {
    .start = work_at_once,
    .work = note_piece,
    .worked = end_work,
};

static int note_look(struct lanes *of, struct lane *lane)
{
    (void)of;
    looked += !lane->dialling;
    return 0;
}

static void start(const struct protocol *protocol, uint32_t i)
{
    layers[i] = (struct layers){.protocol = protocol, .journal = journal};
    conns[i] = (struct conn){.index = i, .layers = &layers[i]};
    lanes_start(&lanes, &each[i], &conns[i]);
}

static int set_up(void **state)
{
    (void)state;
    journal = calloc(1, journal_size(0));
    assert_non_null(journal);
    received = ended = looked = 0;
    memset(done, 0, sizeof(done));
    lanes_init(&lanes, note_look);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lanes_finish(&lanes, each, MOST);
    free(journal);
    return 0;
}

/* Connects lane 0; returns the other side. */
static int connect_lane(void)
{
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
    struct pollfd ready;

    address = (struct sockaddr_in){.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (void *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(listener, (void *)&address, &len), 0);
    assert_int_equal(listen(listener, 1), 0);
    start(&reads, 0);
    fd = accept(listener, NULL, NULL);
    assert_true(fd >= 0);
    close(listener);
    ready = (struct pollfd){.fd = each[0].fd, .events = POLLOUT};
    assert_int_equal(poll(&ready, 1, 10000), 1);
    lanes_ready(&lanes, &each[0], false);
    assert_true(lane_listens(&each[0]));
    return fd;
}

static void test_an_end_is_read_with_the_bytes_before_it(void **state)
{
    struct pollfd ready = {.events = POLLRDHUP};
    int fd = connect_lane();

    (void)state;
    assert_int_equal(write(fd, "abc", 3), 3);
    close(fd);
    ready.fd = each[0].fd;
    assert_int_equal(poll(&ready, 1, 10000), 1);
    lanes_ready(&lanes, &each[0], true);
    assert_int_equal(received, 3);
    assert_int_equal(ended, 1);
    assert_int_equal(lanes.left, 0);
}

/* Else the rest would wait for news that does not come. */
static void test_what_fills_the_buffer_is_read_on(void **state)
{
    static char data[sizeof(lanes.buffer) + 1];
    int fd = connect_lane(), arrived = 0;

    (void)state;
    assert_int_equal(send(fd, data, sizeof(data), 0), sizeof(data));
    for (int i = 0; i < 1000 && arrived <= (int)sizeof(lanes.buffer); i++) {
        usleep(1000);
        assert_int_equal(ioctl(each[0].fd, FIONREAD, &arrived), 0);
    }
    assert_int_equal(arrived, sizeof(data));
    lanes_ready(&lanes, &each[0], false);
    assert_int_equal(received, sizeof(data));
    close(fd);
    lanes_ready(&lanes, &each[0], true);
}

static void test_a_turn_has_one_piece_of_work(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MOST; i++) {
        left[i] = WORK_MORE;
        start(&works, i);
    }
    for (int turn = 1; turn <= 4; turn++) {
        lanes_work(&lanes);
        assert_int_equal(strlen(done), turn);
        assert_int_equal(lanes_timeout_ms(&lanes, 0), 0);
    }
    assert_string_equal(done, "abca");
    for (uint32_t i = 0; i < MOST; i++)
        left[i] = WORK_DONE;
    for (int turn = 0; turn < 3; turn++)
        lanes_work(&lanes);
    assert_int_equal(lanes.left, 0);
    assert_int_equal(lanes_timeout_ms(&lanes, 0), -1);
}

/* The loop sleeps only when none of them may work yet. */
static void test_a_loop_that_may_not_work_yet_waits(void **state)
{
    (void)state;
    left[0] = left[1] = WORK_LATER;
    start(&works, 0);
    start(&works, 1);
    lanes_work(&lanes);
    assert_int_equal(lanes_timeout_ms(&lanes, 0), 0);
    lanes_work(&lanes);
    assert_int_equal(lanes_timeout_ms(&lanes, 0), 1);
    left[0] = WORK_MORE;
    lanes_work(&lanes);
    assert_int_equal(lanes_timeout_ms(&lanes, 0), 0);
    left[0] = left[1] = WORK_DONE;
    lanes_work(&lanes);
    lanes_work(&lanes);
    assert_int_equal(lanes.left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_an_end_is_read_with_the_bytes_before_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_fills_the_buffer_is_read_on,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_turn_has_one_piece_of_work,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_loop_that_may_not_work_yet_waits,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
